"""The two tabs of Locust's own page, and the CSV file."""

from __future__ import annotations

from loadtests.page.tables import EXTENDED_TABLES, EXTENDED_TABS, csv_so_far, extended_stats
from tests.loadtest.page.shown_loads import BEGAN, ShownLoad, delta
from tests.loadtest.unit.gatherings import gathered, said

FIRST = int(BEGAN)


def running() -> ShownLoad:
    """Return a load of one second."""
    load = ShownLoad()
    load.begin()
    milliseconds = {"latency": [5.0, 7.0], "lag": [1.0]}
    load.tell(FIRST + 1.1, delta(FIRST, milliseconds, due=3, sent=3, acknowledged=2, expected=3, seen=2))
    return load


def test_every_row_has_a_cell_for_each_column_of_its_table() -> None:
    columns = {table["key"]: [one["key"] for one in table["structure"]] for table in EXTENDED_TABLES}
    rows = {table["key"]: table["data"] for table in extended_stats(running())}
    assert list(columns) == list(rows) == [tab["key"] for tab in EXTENDED_TABS]
    for key, found in rows.items():
        assert [list(row) for row in found] == [columns[key]] * len(found)


def test_the_latencies_are_those_of_the_load_so_far() -> None:
    rows = {row["kind"]: (row["count"], row["max"]) for row in extended_stats(running())[0]["data"]}
    assert rows == {
        "intended": (2, 7.0),
        "service": (0, "–"),
        "schedule lag": (1, 1.0),
        "acknowledgement": (0, "–"),
        "staleness": (0, "–"),
    }


def test_a_shard_that_was_lost_says_so() -> None:
    load = running()
    assert load.gathered is not None
    load.gathered.lose("one")
    (row,) = extended_stats(load)[1]["data"]
    assert (row["worker"], row["sent"], row["seen"], row["outstanding"]) == ("one (lost)", 3, 2, 1)


def test_of_an_external_consumer_nobody_knows_what_is_awaited() -> None:
    load = ShownLoad(state="draining", gathered=gathered(said(), consumer="external"))
    (row,) = extended_stats(load)[1]["data"]
    assert (row["seen"], row["outstanding"]) == (2_000, "unknown")


def test_before_a_load_there_is_nothing_in_the_tabs() -> None:
    latencies, delivery = extended_stats(ShownLoad())
    assert ({row["count"] for row in latencies["data"]}, delivery["data"]) == ({0}, [])


def test_the_csv_file_has_a_row_for_each_kind_and_empty_cells_where_nothing_was_measured() -> None:
    assert csv_so_far(running()).splitlines() == [
        "latency,count,p50_ms,p95_ms,p99_ms,p999_ms,max_ms",
        "intended,2,5.023,7.0,7.0,7.0,7.0",
        "service,0,,,,,",
        "schedule lag,1,1.0,1.0,1.0,1.0,1.0",
        "acknowledgement,0,,,,,",
        "staleness,0,,,,,",
    ]

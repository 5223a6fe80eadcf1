"""The CSV files, read back as a spreadsheet reads them."""

from __future__ import annotations

import csv
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from loadtests.outcome import Quantiles
from loadtests.reporting.rows import latency_rows
from loadtests.reporting.tables import latency_csv, steps_csv
from tests.loadtest.reporting.reports import a_ladder, a_report, a_step, an_empty_report

HOSTILE = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)


def read(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV text by the names of its heading."""
    return list(csv.DictReader(StringIO(text, newline="")))


def test_latencies_are_a_kind_a_row() -> None:
    rows = read(latency_csv(latency_rows(a_report())))
    assert [(row["latency"], row["p50_ms"], row["count"]) for row in rows] == [
        ("intended", "6.1", "60000"),
        ("service", "5.2", "60000"),
        ("schedule lag", "1.1", "1200000"),
        ("acknowledgement", "2.3", "1200000"),
        ("staleness", "61000.0", "60000"),
    ]


def test_what_nobody_can_know_is_an_empty_cell() -> None:
    (row,) = read(steps_csv(a_report(steps=(a_step(1, missing=None),))))
    assert (row["missing"], row["late"]) == ("", "0")


def test_what_was_not_measured_is_an_empty_cell() -> None:
    row = read(latency_csv(latency_rows(a_report(latency_ms=Quantiles()))))[0]
    assert row == {
        "latency": "intended",
        "count": "0",
        "p50_ms": "",
        "p95_ms": "",
        "p99_ms": "",
        "p999_ms": "",
        "max_ms": "",
    }


def test_a_step_has_its_score_beside_that_at_rest() -> None:
    rows = read(steps_csv(a_ladder()))
    columns = ("step", "asked_per_second", "missing", "score.sensitivity", "score_at_rest.sensitivity")
    assert [tuple(row[name] for name in columns) for row in rows[2:]] == [
        ("step 3", "15000.0", "0", "0.43", "0.43"),
        ("step 4", "20000.0", "7", "0.41", "0.43"),
    ]


def test_a_metric_that_a_step_lacks_is_an_empty_cell() -> None:
    steps = (a_step(1, score={"b": 1.0}, score_at_rest={}), a_step(2, score={"a": 2.0}, score_at_rest={"a": None}))
    rows = read(steps_csv(a_report(steps=steps)))
    names = ("score.a", "score_at_rest.a", "score.b", "score_at_rest.b")
    assert [[row[name] for name in names] for row in rows] == [["", "", "1.0", ""], ["2.0", "", "", ""]]


@given(HOSTILE, HOSTILE)
def test_any_name_reads_back(step: str, metric: str) -> None:
    text = steps_csv(a_report(steps=(a_step(1, name=step, score={metric: 0.5}, score_at_rest={}),)))
    assert [(row["step"], row[f"score.{metric}"]) for row in read(text)] == [(step, "0.5")]


def test_a_load_of_nothing_can_be_shown() -> None:
    assert (len(read(latency_csv(latency_rows(an_empty_report())))), read(steps_csv(an_empty_report()))) == (5, [])

"""Prometheus is answered in its own words, cheaply, and only where it may be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from timeit import repeat
from urllib.request import urlopen

import pytest
from prometheus_client import REGISTRY, Gauge
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as families

from loadtests.metrics.prometheus import Served, exposition, serve
from loadtests.metrics.series import HISTOGRAMS, SERIES, View
from loadtests.reports import ShardCounts
from simulator.core.errors import UsageError
from tests.loadtest.metrics.loads import KINDS, long_load, small_load

SCRAPE_SECONDS_MAX = 0.005
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
LATENCIES = {"latency": [4.0, 40.0, 90_000.0]}


def scraped(view: View) -> dict[str, Metric]:
    body, _ = exposition(view)
    return {family.name: family for family in families(body.decode())}


def counters(view: View) -> dict[tuple[str, str], float]:
    """Return what must never fall: counters, and the parts of histograms."""
    return {
        (sample.name, str(sample.labels)): sample.value
        for family in scraped(view).values()
        if family.type in ("counter", "histogram")
        for sample in family.samples
    }


def test_every_series_is_there_with_its_kind_and_help() -> None:
    load = small_load(ShardCounts(shard=0), milliseconds=LATENCIES)
    found = {name: (family.type, family.documentation) for name, family in scraped(lambda: load).items()}
    assert found == {series.prometheus_name: (series.kind, series.text) for series in SERIES}


def test_a_counter_is_told_by_scenario_and_shard() -> None:
    load = small_load(ShardCounts(shard=0, sent=5), ShardCounts(shard=1, sent=20_000_000))
    assert (
        counters(lambda: load).items()
        >= {
            ("pulsetrain_load_events_sent_total", "{'scenario': 'sepsis-v1', 'shard': '0'}"): 5.0,
            ("pulsetrain_load_events_sent_total", "{'scenario': 'sepsis-v1', 'shard': '1'}"): 20_000_000.0,
        }.items()
    )


def test_before_any_load_every_series_is_named_and_one_has_a_value() -> None:
    found = scraped(lambda: None)
    assert len(found) == len(SERIES)
    assert [name for name, family in found.items() if family.samples] == ["pulsetrain_load_running"]


@pytest.mark.parametrize("name", [series.prometheus_name for series in HISTOGRAMS])
def test_the_bucket_without_a_bound_is_the_count(name: str) -> None:
    load = small_load(milliseconds=dict.fromkeys(KINDS, (4.0, 40.0, 90_000.0)))
    samples = scraped(lambda: load)[name].samples
    buckets = {sample.labels["le"]: sample.value for sample in samples if "le" in sample.labels}
    count = next(sample.value for sample in samples if sample.name.endswith("_count"))
    assert (buckets["+Inf"], buckets["60.0"], buckets["0.005"], count) == (3.0, 2.0, 1.0, 3.0)
    assert all(lower <= higher for lower, higher in pairwise(buckets.values()))


def test_counters_never_fall_while_a_load_goes_on() -> None:
    load = small_load(ShardCounts(shard=0, due=10, sent=9, seen=1), milliseconds=LATENCIES)
    before = counters(lambda: load)
    load.counts = [ShardCounts(shard=0, due=12, sent=12, seen=4), ShardCounts(shard=1, sent=1)]
    load.so_far.merge(small_load(milliseconds=dict.fromkeys(KINDS, (0.3, 7.0))).so_far.delta())
    after = counters(lambda: load)
    assert [name for name, value in before.items() if after[name] < value] == []


def test_openmetrics_is_answered_where_it_is_asked_for() -> None:
    load = small_load(ShardCounts(shard=0, sent=5), milliseconds=LATENCIES)
    body, content_type = exposition(lambda: load, accept=OPENMETRICS)
    parsed = open_families(body.decode())  # type: ignore[no-untyped-call]  # published without types
    found = {family.name for family in parsed}
    assert (content_type.partition(";")[0], found) == (
        "application/openmetrics-text",
        {series.prometheus_name for series in SERIES},
    )


def test_a_plain_answer_says_that_it_is_one() -> None:
    assert exposition(lambda: None)[1] == "text/plain; version=0.0.4; charset=utf-8"


def test_a_scrape_after_an_hour_of_load_stays_cheap() -> None:
    load = long_load(shards=4)
    # The quickest of several, as others use these processors too.
    assert min(repeat(lambda: exposition(lambda: load), number=1, repeat=20)) < SCRAPE_SECONDS_MAX


@pytest.fixture
def served() -> Iterator[Served]:
    """Serve a small load on a free port."""
    load = small_load(ShardCounts(shard=0, sent=5), milliseconds=LATENCIES)
    server = serve(lambda: load, 0)
    yield server
    server.close()


def test_a_port_of_its_own_gives_the_same_answer(served: Served) -> None:
    load = small_load(ShardCounts(shard=0, sent=5), milliseconds=LATENCIES)
    with urlopen(f"http://127.0.0.1:{served.port}/metrics", timeout=5) as answer:
        assert answer.read() == exposition(lambda: load)[0]


def test_nobody_but_this_host_can_ask(served: Served) -> None:
    assert served._server.socket.getsockname() == ("127.0.0.1", served.port)


def test_a_closed_port_is_free_again() -> None:
    server = serve(lambda: None, 0)
    server.close()
    again = serve(lambda: None, server.port)
    again.close()
    assert again.port == server.port


def test_a_port_in_use_is_named(served: Served) -> None:
    with pytest.raises(UsageError, match=rf"port {served.port} of 127.0.0.1 .* Address already in use\. Name another"):
        serve(lambda: None, served.port)


def test_a_host_that_is_not_ours_is_named() -> None:
    # An address of the range kept for documentation (RFC 5737), which no host has.
    with pytest.raises(UsageError, match=r"of 192\.0\.2\.1 for Prometheus cannot be had"):
        serve(lambda: None, 0, host="192.0.2.1")


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_cannot_be_is_refused(port: int) -> None:
    with pytest.raises(UsageError, match=rf"port {port} .* between 0 and 65535"):
        serve(lambda: None, port)


def test_what_other_libraries_register_is_not_shown() -> None:
    strange = Gauge("strange", "Of another library.")
    found = scraped(lambda: None)
    REGISTRY.unregister(strange)
    assert "strange" not in found

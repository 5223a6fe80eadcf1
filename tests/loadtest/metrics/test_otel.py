"""OpenTelemetry reads the same series, and is refused where it would harm the load."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import reload
from timeit import repeat

import pytest
from opentelemetry.sdk.metrics import MeterProvider, ObservableCounter
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    InMemoryMetricReader,
    Metric,
    NumberDataPoint,
    Sum,
)

from loadtests.metrics import otel
from loadtests.metrics.cumulative import BOUNDS_SECONDS
from loadtests.metrics.series import COUNTERS, GAUGES, HISTOGRAMS
from loadtests.reports import ShardCounts
from simulator.core.errors import UsageError
from tests.loadtest.metrics.loads import KINDS, SmallLoad, long_load, small_load

COLLECT_SECONDS_MAX = 0.02
SENT = "pulsetrain.load.events.sent"


class Exported:
    """What OpenTelemetry reads of the load that is `shown`."""

    def __init__(self, load: SmallLoad | None, temporality: AggregationTemporality) -> None:
        self.shown = load
        self._reader = InMemoryMetricReader(preferred_temporality={ObservableCounter: temporality})
        otel.observe(lambda: self.shown, provider=MeterProvider([self._reader], shutdown_on_exit=False))

    def metrics(self) -> dict[str, Metric]:
        """Collect, and return the metrics by name."""
        data = self._reader.get_metrics_data()
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics] if data else []
        return {metric.name: metric for scope in scopes for metric in scope.metrics}

    def points(self, name: str) -> dict[tuple[str, ...], float]:
        """Collect, and return a metric's values by those of its attributes; none where it has none."""
        metric = self.metrics().get(name)
        points = metric.data.data_points if metric else []
        return {
            tuple(map(str, (point.attributes or {}).values())): point.value
            for point in points
            if isinstance(point, NumberDataPoint)
        }


def exported(
    load: SmallLoad | None, temporality: AggregationTemporality = AggregationTemporality.CUMULATIVE
) -> Exported:
    return Exported(load, temporality)


def test_every_series_has_its_name_unit_and_meaning() -> None:
    load = small_load(ShardCounts(shard=0, answers_clock=True), milliseconds=dict.fromkeys(KINDS, (4.0,)))
    found = {name: (metric.unit, metric.description) for name, metric in exported(load).metrics().items()}
    expected = {series.name: (series.unit, series.text) for series in (*COUNTERS, *GAUGES)}
    for series in HISTOGRAMS:
        expected[f"{series.name}.bucket"] = "{value}", series.text
        expected[f"{series.name}.sum"] = "s", series.text
        expected[f"{series.name}.quantile"] = "s", series.text
    assert found == expected


def test_counters_are_sums_that_only_rise_and_the_rest_gauges() -> None:
    load = small_load(ShardCounts(shard=0), milliseconds=dict.fromkeys(KINDS, (4.0,)))
    found = exported(load).metrics()
    rising = {name for name, metric in found.items() if isinstance(metric.data, Sum) and metric.data.is_monotonic}
    parts = {f"{series.name}.{part}" for series in HISTOGRAMS for part in ("bucket", "sum")}
    assert rising == {series.name for series in COUNTERS} | parts


def test_a_counter_is_told_by_scenario_and_shard() -> None:
    load = small_load(ShardCounts(shard=0, sent=5), ShardCounts(shard=1, sent=7))
    assert exported(load).points(SENT) == {("sepsis-v1", "0"): 5, ("sepsis-v1", "1"): 7}


def test_the_counts_of_a_histogram_lead_up_to_all_of_it() -> None:
    load = small_load(milliseconds={"latency": [4.0, 40.0, 90_000.0]})
    found = exported(load).points("pulsetrain.load.latency.bucket")
    assert [bound for _, bound in found] == [*map(str, BOUNDS_SECONDS), "+Inf"]
    assert (found["sepsis-v1", "0.005"], found["sepsis-v1", "60.0"], found["sepsis-v1", "+Inf"]) == (1, 2, 3)


def test_quantiles_are_of_the_load_so_far_in_seconds() -> None:
    load = small_load(milliseconds={"latency": list(range(1, 101))})
    found = exported(load).points("pulsetrain.load.latency.quantile")
    assert found == {
        ("sepsis-v1", "0.5"): pytest.approx(0.050, rel=0.008),
        ("sepsis-v1", "0.95"): pytest.approx(0.095, rel=0.008),
        ("sepsis-v1", "0.99"): pytest.approx(0.099, rel=0.008),
    }


def test_before_any_load_there_is_but_one_value() -> None:
    assert list(exported(None).metrics()) == ["pulsetrain.load.running"]


@pytest.mark.parametrize(
    ("temporality", "expected"), [(AggregationTemporality.CUMULATIVE, 14), (AggregationTemporality.DELTA, 4)]
)
def test_a_counter_goes_on_where_the_load_before_left_off(temporality: AggregationTemporality, expected: int) -> None:
    reads = exported(small_load(ShardCounts(shard=0, sent=10)), temporality)
    reads.points(SENT)
    reads.shown = small_load(ShardCounts(shard=0, sent=4))
    assert reads.points(SENT) == {("sepsis-v1", "0"): expected}


def test_an_export_after_an_hour_of_load_stays_cheap() -> None:
    reads = exported(long_load(shards=4))
    # The quickest of several, as others use these processors too.
    assert min(repeat(reads.metrics, number=1, repeat=20)) < COLLECT_SECONDS_MAX


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http"}, {"OTEL_EXPORTER_OTLP_PROTOCOL": "http"}),
    ],
)
def test_exports_go_by_http_where_nothing_is_said(given: dict[str, str], expected: dict[str, str]) -> None:
    otel.prepare(given)
    assert given == expected


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"])
def test_grpc_is_refused_with_the_way_out(name: str) -> None:
    with pytest.raises(UsageError, match=rf"^{name}=gRPC would stop the load .* Set it to http/protobuf"):
        otel.prepare({name: "gRPC"})


@pytest.fixture
def no_api(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hide the API for the length of a test."""
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "opentelemetry.metrics", None)
        yield
    reload(otel)


@pytest.mark.usefixtures("no_api")
def test_a_missing_api_is_named_with_the_way_out() -> None:
    with pytest.raises(
        UsageError, match=r"^--otel needs opentelemetry-api, .* pip install -c constraints.txt -e '\.\[load\]'"
    ):
        reload(otel)


def test_a_missing_sdk_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otel, "find_spec", lambda _: None)
    with pytest.raises(
        UsageError, match=r"^--otel needs opentelemetry-sdk, .* pip install -c constraints.txt -e '\.\[load\]'"
    ):
        otel.prepare({})

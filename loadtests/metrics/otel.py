"""The series for OpenTelemetry, by way of the provider that Locust's --otel sets up.

A histogram goes out as cumulative counts at fixed bounds (`le`, as in Prometheus), a sum, and the
quantiles of the load so far. The API has but `Histogram.record`, one value at a time and 4 µs
each: at 20,000 events/s that is more than a tenth of a processor for every histogram, to say what
the buckets say for nothing. And nothing is lost where an export fails: the next one holds it all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import replace
from functools import partial
from importlib.util import find_spec

from loadtests.metrics.cumulative import BOUNDS_SECONDS
from loadtests.metrics.series import COUNTERS, GAUGES, HISTOGRAMS, Load, Series, View, distribution, readings
from loadtests.metrics.succession import Succession, Values
from simulator.core.errors import UsageError
from simulator.core.suggestions import installation

_MISSING = f"--otel needs {{}}, which is not installed: {installation('load')}."

try:
    from opentelemetry.metrics import CallbackOptions, Meter, MeterProvider, Observation, get_meter
except ImportError as error:
    raise UsageError(_MISSING.format("opentelemetry-api")) from error

HTTP = "http/protobuf"
QUANTILES = (0.5, 0.95, 0.99)
_PROTOCOL = "_PROTOCOL"


def prepare(variables: MutableMapping[str, str]) -> None:
    """Make the environment variables of a process fit for --otel.

    To be called before Locust reads them; the import of the locustfile is early enough. Exports go
    by HTTP where nothing is said. Raises UsageError where the SDK is not installed, which Locust
    would only mention, and for gRPC: it waits outside gevent, so that an export stops the whole hub
    for as long as the collector takes, and gRPC's own mode for gevent left forked workers hanging.
    """
    if find_spec("opentelemetry.sdk") is None:
        raise UsageError(_MISSING.format("opentelemetry-sdk"))
    variables.setdefault(f"OTEL_EXPORTER_OTLP{_PROTOCOL}", HTTP)
    for name, value in variables.items():
        if name.startswith("OTEL_EXPORTER_OTLP") and name.endswith(_PROTOCOL) and value.strip().lower() == "grpc":
            raise UsageError(f"{name}={value} would stop the load at every export. Set it to {HTTP} (port 4318).")


def observe(view: View, *, provider: MeterProvider | None = None) -> None:
    """Let OpenTelemetry read every series whenever it exports.

    To be called once, in the process that gathers, after it was forked. Without a provider it is
    the one that was set up for the process. Counters are those of all the loads so far.
    """
    meter, loads = get_meter("pulsetrain.loadtests", meter_provider=provider), Succession(view)
    for series in COUNTERS:
        _count(meter, loads, series, read=partial(_counted, series))
    for series in GAUGES:
        gauge = partial(_measured, series=series, view=view)
        meter.create_observable_gauge(series.name, [gauge], series.unit, series.text)
    for series in HISTOGRAMS:
        bucket = replace(series, name=f"{series.name}.bucket", unit="{value}", scope="bound")
        _count(meter, loads, bucket, read=partial(_buckets, series))
        _count(meter, loads, replace(series, name=f"{series.name}.sum"), read=partial(_sum, series))
        quantiles = partial(_quantiles, series=series, view=view)
        meter.create_observable_gauge(f"{series.name}.quantile", [quantiles], series.unit, series.text)


def _count(meter: Meter, loads: Succession, series: Series, *, read: Callable[[Load], Values]) -> None:
    loads.add(series.name, read)
    totals = partial(_totals, series=series, loads=loads)
    meter.create_observable_counter(series.name, [totals], series.unit, series.text)


def _totals(_options: CallbackOptions, *, series: Series, loads: Succession) -> Iterator[Observation]:
    for labels, total in loads.values(series.name).items():
        yield Observation(total, dict(zip(series.labels, labels, strict=True)))


def _measured(_options: CallbackOptions, *, series: Series, view: View) -> Iterator[Observation]:
    for one in readings(series, view()):
        yield Observation(one.value, dict(zip(series.labels, one.labels, strict=True)))


def _quantiles(_options: CallbackOptions, *, series: Series, view: View) -> Iterator[Observation]:
    if (load := view()) is None:
        return
    for share in QUANTILES:
        milliseconds = load.so_far.quantile(series.field, share)
        if milliseconds is not None:
            labels = {"scenario": load.plan.scenario.id, "quantile": str(share)}
            yield Observation(milliseconds / 1_000.0, labels)


def _counted(series: Series, load: Load) -> Values:
    return {one.labels: one.value for one in readings(series, load)}


def _sum(series: Series, load: Load) -> Values:
    return {(load.plan.scenario.id,): distribution(series, load).sum_seconds}


def _buckets(series: Series, load: Load) -> Values:
    found, scenario = distribution(series, load), load.plan.scenario.id
    bounds = [*map(str, BOUNDS_SECONDS), "+Inf"]
    return {(scenario, bound): count for bound, count in zip(bounds, (*found.counts, found.count), strict=True)}

"""The series for Prometheus: read at each scrape, for a route of the web UI or on a port of their own."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from wsgiref.simple_server import WSGIServer

from loadtests.metrics.cumulative import BOUNDS_SECONDS
from loadtests.metrics.series import COUNTERS, GAUGES, HISTOGRAMS, Load, Series, View, distribution, readings
from simulator.core.errors import UsageError
from simulator.core.suggestions import installation

try:
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
    from prometheus_client.exposition import choose_encoder
    from prometheus_client.registry import Collector
except ImportError as error:
    raise UsageError(
        f"metrics for Prometheus need prometheus-client, which is not installed: {installation('load')}."
    ) from error

LOOPBACK = "127.0.0.1"
PORT_MAX = 65_535
_BOUND_NAMES = [str(bound) for bound in BOUNDS_SECONDS]


def exposition(view: View, *, accept: str = "") -> tuple[bytes, str]:
    """Return what Prometheus is answered, and its content type.

    `accept` is the request's header of that name: OpenMetrics is answered where it is asked for.
    A new load starts its counters from 0, which Prometheus takes as a restart.
    """
    encode, content_type = choose_encoder(accept)
    return encode(_registry(view)), content_type


class Served:
    """A port on which Prometheus may ask, until it is closed."""

    def __init__(self, server: WSGIServer, thread: Thread) -> None:
        """Take over a server that listens, and the thread in which it does."""
        self._server, self._thread = server, thread

    @property
    def port(self) -> int:
        """Return the port."""
        return self._server.server_port

    def close(self) -> None:
        """Stop listening; return once the port is free."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve(view: View, port: int, *, host: str = LOOPBACK) -> Served:
    """Answer Prometheus on a port of its own, a free one where 0 is given.

    Threads are the standard library's, so under gevent they are greenlets of the hub in which the
    load is gathered, and wait as those do. Nobody is asked who they are: a host other than the
    loopback shows the figures to all who reach it. Raises UsageError for a port that cannot be had.
    """
    if not 0 <= port <= PORT_MAX:
        raise UsageError(f"port {port} for Prometheus is not between 0 and {PORT_MAX}.")
    try:
        return Served(*start_http_server(port, host, _registry(view)))
    except OSError as error:
        raise UsageError(
            f"port {port} of {host} for Prometheus cannot be had: {error.strerror}. Name another, or 0 for a free one."
        ) from error


class _LoadCollector(Collector):
    """Makes the families of all series anew whenever it is asked."""

    def __init__(self, view: View) -> None:
        self._view = view

    def collect(self) -> Iterator[Metric]:
        load = self._view()
        for series in COUNTERS:
            yield _filled(CounterMetricFamily(*_named(series), labels=series.labels), series, load)
        for series in GAUGES:
            yield _filled(GaugeMetricFamily(*_named(series), labels=series.labels), series, load)
        for series in HISTOGRAMS:
            yield _histogram(series, load)


def _registry(view: View) -> CollectorRegistry:
    # One of our own: the library's global one would add figures of this process and of other libraries.
    registry = CollectorRegistry()
    registry.register(_LoadCollector(view))
    return registry


def _named(series: Series) -> tuple[str, str]:
    return series.prometheus_name, series.text


def _filled(family: CounterMetricFamily | GaugeMetricFamily, series: Series, load: Load | None) -> Metric:
    for reading in readings(series, load):
        family.add_metric(reading.labels, reading.value)
    return family


def _histogram(series: Series, load: Load | None) -> Metric:
    family = HistogramMetricFamily(*_named(series), labels=series.labels)
    if load is not None:
        found = distribution(series, load)
        buckets = [*zip(_BOUND_NAMES, found.counts, strict=True), ("+Inf", found.count)]
        family.add_metric((load.plan.scenario.id,), buckets, found.sum_seconds)
    return family

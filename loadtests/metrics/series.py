"""The series of a load that monitoring reads: each named, described and found in one place.

Names and units are OpenTelemetry's; those for Prometheus follow from them by the rules with which
a collector translates one to the other, so that both ways lead to the same dashboard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from loadtests.metrics.cumulative import Cumulative, cumulative
from loadtests.reports import ShardCounts, is_known
from loadtests.seconds import Second
from simulator.harness.plan import Plan

Kind = Literal["counter", "gauge", "histogram"]
Scope = Literal["process", "load", "shard", "bound"]
"""What a series has one value for; `bound` is that of a histogram, which bounds its values from above."""

LABELS: dict[Scope, tuple[str, ...]] = {
    "process": (),
    "load": ("scenario",),
    "shard": ("scenario", "shard"),
    "bound": ("scenario", "le"),
}
# https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
_UNIT_SUFFIXES = {"s": "_seconds", "1": "_ratio", "{event}/s": "_per_second"}


class Load(Protocol):
    """What the series read of a load under way, or over; Gathered is one."""

    @property
    def plan(self) -> Plan:
        """Return the plan, which names the scenario."""

    @property
    def counts(self) -> Sequence[ShardCounts]:
        """Return the newest counts of each shard."""

    @property
    def knows(self) -> bool:
        """Say whether the decisions are known beforehand."""

    @property
    def so_far(self) -> Second:
        """Return the sum of the seconds measured so far, kept up as reports come in."""

    @property
    def began(self) -> float | None:
        """Return when the load began; None before."""

    @property
    def ended(self) -> float | None:
        """Return when the load ended; None before."""


View = Callable[[], Load | None]
"""Returns the load of the moment, the last one where none goes on, None before the first."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series: what it is called, what it means, where its values stand.

    `unit` is of UCUM, as OpenTelemetry asks; what is counted stands in braces. `field` is an
    attribute of ShardCounts or, of a histogram, the kind of a Second's histograms. `is_momentary`
    is what only a worker that is still there can say: of a lost one it is left out.
    """

    name: str
    kind: Kind
    unit: str
    field: str
    text: str
    scope: Scope = "shard"
    is_momentary: bool = False

    @property
    def prometheus_name(self) -> str:
        """Return the name for Prometheus, without the `_total` of a counter."""
        return self.name.replace(".", "_") + _UNIT_SUFFIXES.get(self.unit, "")

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the names of the labels."""
        return LABELS[self.scope]


@dataclass(frozen=True, slots=True)
class Reading:
    """A value of a series, with the values of its labels in their order."""

    labels: tuple[str, ...]
    value: float


def readings(series: Series, load: Load | None) -> Iterator[Reading]:
    """Yield the values of a counter or gauge; nothing where none can be known."""
    if series.scope == "process":
        yield Reading((), float(_is_running(load)))
    elif load is not None:
        for counts in load.counts:
            is_gone = series.is_momentary and counts.is_lost
            if not is_gone and is_known(counts, series.field, knows=load.knows):
                yield Reading((load.plan.scenario.id, str(counts.shard)), _value(series, counts, load))


def distribution(series: Series, load: Load) -> Cumulative:
    """Return the cumulative counts of a histogram as they stand, over all shards."""
    return cumulative(load.so_far.histograms.get(series.field))


def _value(series: Series, counts: ShardCounts, load: Load) -> float:
    # Nothing is asked for any more, though the workers still say what was asked last.
    if series.field == "rate" and load.ended is not None:
        return 0.0
    value: float = getattr(counts, series.field)
    return value


def _is_running(load: Load | None) -> bool:
    return load is not None and load.began is not None and load.ended is None


def _counter(name: str, unit: str, field: str, *, text: str) -> Series:
    return Series(f"pulsetrain.load.{name}", "counter", unit, field, text)


def _gauge(name: str, unit: str, field: str, *, text: str) -> Series:
    return Series(f"pulsetrain.load.{name}", "gauge", unit, field, text, is_momentary=True)


def _histogram(name: str, field: str, *, text: str) -> Series:
    return Series(f"pulsetrain.load.{name}", "histogram", "s", field, text, scope="load")


RUNNING = Series("pulsetrain.load.running", "gauge", "", "running", "1 while a load goes on, else 0.", scope="process")
# Not momentary: what a lost worker still awaited has come to nothing, and is missing.
OUTSTANDING = Series(
    "pulsetrain.load.decisions.outstanding",
    "gauge",
    "{decision}",
    "outstanding",
    "Decisions expected and not seen yet; missing once the load is over.",
)
COUNTERS = (
    _counter("events.due", "{event}", "due", text="Events that had become due by the schedule."),
    _counter("events.sent", "{event}", "sent", text="Events handed to the Kafka client."),
    _counter("events.acknowledged", "{event}", "acknowledged", text="Events acknowledged by the brokers."),
    _counter("events.failed", "{event}", "failed", text="Events that will never arrive."),
    _counter("faults.injected", "{fault}", "faults", text="Faults injected into the events."),
    _counter("decisions.expected", "{decision}", "expected", text="Decisions that must follow from what was sent."),
    _counter("decisions.seen", "{decision}", "seen", text="Expected decisions seen, each counted once."),
    _counter("decisions.twice", "{decision}", "twice", text="Decisions that came again."),
    _counter("decisions.unexpected", "{decision}", "unexpected", text="Decisions that follow from nothing sent."),
    _counter(
        "decisions.out_of_order", "{decision}", "out_of_order", text="Decisions after a later one on the same subject."
    ),
    _counter("decisions.unreadable", "{decision}", "unreadable", text="Records that are no decisions."),
    _counter("decisions.late", "{decision}", "late", text="Decisions seen, but later than the SLO allows."),
    _counter("turns.starved", "{turn}", "starved", text="Turns that found events due and none generated."),
    _counter("turns.refused", "{turn}", "refused", text="Turns that found the Kafka client full."),
)
GAUGES = (
    RUNNING,
    _gauge("events.asked", "{event}/s", "rate", text="Rate of events asked for."),
    _gauge("events.ahead", "{event}", "ahead_events", text="Events generated and not yet due."),
    OUTSTANDING,
    _gauge("consumer.lag", "s", "lag_seconds", text="How long the oldest event not dealt with has been due."),
    _gauge("consumer.lag_events", "{event}", "lag_events", text="Events not yet known to be read by the consumer."),
    _gauge("worker.cpu", "1", "cpu_share", text="Share of one processor that the worker takes."),
)
HISTOGRAMS = (
    _histogram("latency", "latency", text="From when an event was due until its decision was seen."),
    _histogram("service_latency", "service", text="From when an event was sent until its decision was seen."),
    _histogram("schedule_lag", "lag", text="From when an event was due until it was sent: the generator's own part."),
    _histogram("acknowledgement", "acknowledgement", text="From when an event was due until a broker acknowledged it."),
)
SERIES = (*COUNTERS, *GAUGES, *HISTOGRAMS)

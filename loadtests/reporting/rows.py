"""The rows that every form of a report shows: latencies, delivery and scores, and how numbers are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from loadtests.outcome import LoadReport, Quantiles
from loadtests.summary import worse_than_at_rest
from simulator.core.scenario import Metric, Scores
from simulator.reporting.terminal import number_text

QUANTILES = ("p50", "p95", "p99", "p999", "max")
_SIMULATED_UNITS = {"h": 3_600_000.0, "min": 60_000.0, "s": 1_000.0}


class LatencyKind(NamedTuple):
    """A kind of latency: its name, and from when to when it is.

    `kind` is what seconds call it, `field` where a report holds it.
    """

    kind: str
    field: str
    name: str
    meaning: str
    is_simulated: bool = False


LATENCY_KINDS = (
    LatencyKind("latency", "latency_ms", "intended", "an event due until its decision seen"),
    LatencyKind("service", "service_ms", "service", "sent until its decision seen"),
    LatencyKind("lag", "schedule_lag_ms", "schedule lag", "due until sent: the generator's own"),
    LatencyKind("acknowledgement", "acknowledgement_ms", "acknowledgement", "due until the broker has it"),
    LatencyKind("staleness", "staleness_ms", "staleness", "simulated time gone on when seen", is_simulated=True),
)


class LatencyRow(msgspec.Struct, frozen=True):
    """A kind of latency: its name, from when to when it is, and its quantiles.

    Those are milliseconds, of simulated time where `is_simulated`.
    """

    name: str
    meaning: str
    quantiles: Quantiles
    is_simulated: bool = False

    def texts(self) -> list[str]:
        """Return the quantiles as a reader wants them; simulated lengths carry their unit."""
        write = simulated_text if self.is_simulated else milliseconds_text
        return [write(getattr(self.quantiles, name)) for name in QUANTILES]


class ScoreRow(msgspec.Struct, frozen=True):
    """A metric under load, beside the one at rest.

    That is of a faultless consumer of the same patients' events.
    """

    name: str
    unit: str
    value: float | None
    at_rest: float | None
    is_worse: bool

    def text(self) -> str:
        """Return the value, with the one at rest in brackets where that is another."""
        value, rest = number_text(self.value), number_text(self.at_rest)
        return value if self.at_rest is None or value == rest else f"{value} ({rest})"


class Fact(msgspec.Struct, frozen=True):
    """A count of the delivery, in words; `is_bad` where it should have been zero.

    It is None where nobody can know it.
    """

    count: int | None
    what: str
    is_bad: bool = False

    def __str__(self) -> str:
        """Return the count before its words."""
        return f"{count_text(self.count)} {self.what}"


def latency_rows(report: LoadReport) -> tuple[LatencyRow, ...]:
    """Return the latencies, that of the decisions first, the generator's beside it."""
    return latency_rows_of(lambda kind: getattr(report, kind.field))


def latency_rows_of(quantiles: Callable[[LatencyKind], Quantiles]) -> tuple[LatencyRow, ...]:
    """Return a row for each kind of latency, with the quantiles that are known of it."""
    return tuple(LatencyRow(one.name, one.meaning, quantiles(one), one.is_simulated) for one in LATENCY_KINDS)


def score_rows(score: Scores, at_rest: Scores, metrics: Sequence[Metric]) -> tuple[ScoreRow, ...]:
    """Return the metrics that say how good decisions are.

    Each has a value, under load or at rest. In the scenario's order; those that `metrics` does not know are last.
    """
    rows = _score_rows(score, at_rest, metrics)
    return tuple(row for row in rows if row.value is not None or row.at_rest is not None)


def unscored(score: Scores, at_rest: Scores, metrics: Sequence[Metric]) -> tuple[str, ...]:
    """Return the names of the metrics that have no value, and so no row."""
    rows = _score_rows(score, at_rest, metrics)
    return tuple(row.name for row in rows if row.value is None and row.at_rest is None)


def patients_text(patients: int) -> str:
    """Return so many patients in words."""
    return f"{patients:,} {'patient' if patients == 1 else 'patients'}"


def delivery_facts(report: LoadReport) -> dict[str, tuple[Fact, ...]]:
    """Return what became of `events` and of `decisions`."""
    delivery = report.delivery
    events = (
        Fact(delivery.due, "due"),
        Fact(delivery.sent, "sent"),
        Fact(delivery.acknowledged, "acknowledged"),
        Fact(delivery.failed, "never acknowledged", delivery.failed > 0),
    )
    faults = (Fact(delivery.faults, "faults injected"),) if delivery.faults else ()
    decisions = (
        Fact(delivery.expected, "expected"),
        Fact(delivery.seen, "seen"),
        Fact(delivery.missing, "missing", bool(delivery.missing)),
        Fact(delivery.twice, "twice"),
        Fact(delivery.late, "late"),
        Fact(delivery.out_of_order, "out of order", delivery.out_of_order > 0),
        Fact(delivery.unexpected, "unexpected", bool(delivery.unexpected)),
        Fact(delivery.unreadable, "unreadable", delivery.unreadable > 0),
    )
    return {"events": (*events, *faults), "decisions": decisions}


def count_text(count: int | None) -> str:
    """Return a count, or that nobody can know it."""
    return "unknown" if count is None else f"{count:,}"


def milliseconds_text(value: float | None) -> str:
    """Return milliseconds to some three digits, as a histogram holds; a dash for none."""
    if value is None:
        return "-"
    decimals = 2 if abs(value) < 10 else 1 if abs(value) < 1_000 else 0
    return f"{value:,.{decimals}f}"


def simulated_text(milliseconds: float | None) -> str:
    """Return a simulated length in the largest unit that it fills; a dash for none."""
    if milliseconds is None:
        return "-"
    for unit, size in _SIMULATED_UNITS.items():
        if milliseconds >= size:
            return f"{milliseconds / size:,.1f} {unit}"
    return f"{milliseconds:,.0f} ms"


def rate_text(events_per_second: float | None) -> str:
    """Return a rate without its unit; a dash for none."""
    return "-" if events_per_second is None else f"{events_per_second:,.0f}"


def share_text(share: float | None) -> str:
    """Return a share in per cent, never rounded up to the whole; a dash for none."""
    if share is None:
        return "-"
    text = f"{share:.2%}"
    return "99.99%" if text == "100.00%" and share < 1 else text


def _score_rows(score: Scores, at_rest: Scores, metrics: Sequence[Metric]) -> list[ScoreRow]:
    known = {metric.name: metric for metric in metrics}
    names = [name for name in known if name in score and known[name].better != "neither"]
    names += [name for name in score if name not in known]
    return [_score_row(known.get(name) or Metric(name, ""), score, at_rest) for name in names]


def _score_row(metric: Metric, score: Scores, at_rest: Scores) -> ScoreRow:
    unit = "" if metric.unit == "1" else metric.unit
    is_worse = bool(worse_than_at_rest([metric], dict(score), dict(at_rest)))
    return ScoreRow(metric.name, unit, score.get(metric.name), at_rest.get(metric.name), is_worse)

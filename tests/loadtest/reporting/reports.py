"""Reports of load tests as they could be, for the tests of what is made of them."""

from __future__ import annotations

from typing import Any

import msgspec

from loadtests.outcome import Knee, LoadDelivery, LoadReport, Quantiles, StepReport, Window
from loadtests.reports import ShardCounts
from simulator.core.scenario import Metric

METRICS = (
    Metric("sensitivity", "found", "1", "higher"),
    Metric("alarms_per_patient_day", "burden", "1/d", "lower"),
    Metric("patients", "admitted", "patients", "neither"),
)
SCORE: dict[str, float | None] = {"sensitivity": 0.41, "alarms_per_patient_day": 0.461, "patients": 1_000.0}
AT_REST: dict[str, float | None] = {"sensitivity": 0.43, "alarms_per_patient_day": 0.461, "patients": 1_000.0}
VERSIONS = {"python": "3.11.9", "numpy": "2.4.6", "msgspec": "0.22.0", "confluent-kafka": "2.12.2"}
REPEAT = "pulsetrain loadtest sepsis-v1 --rate 20000 --duration 60s --seed 42"


def quantiles(p50: float, *, count: int = 60_000) -> Quantiles:
    """Return quantiles that rise from a median."""
    p95, p99, p999, largest = (round(p50 * factor, 3) for factor in (2, 3, 4, 5))
    return Quantiles(p50=p50, p95=p95, p99=p99, p999=p999, max=largest, count=count)


def windows(*p50s: float, rate: float = 20_000.0) -> tuple[Window, ...]:
    """Return windows with these medians, one after the other."""
    return tuple(Window(5 * place, rate, p50, p50 * 2, round(p50 * 3, 3)) for place, p50 in enumerate(p50s))


def a_step(number: int, **changes: Any) -> StepReport:
    """Return a step of a ladder of 5,000 events a second a step."""
    step = StepReport(
        name=f"step {number}",
        start_seconds=12.0 * (number - 1),
        seconds=9,
        asked_per_second=5_000.0 * number,
        offered_per_second=5_000.0 * number,
        achieved_per_second=5_000.0 * number,
        latency_ms=quantiles(4.0 + number, count=1_000 * number),
        schedule_lag_ms=quantiles(1.0),
        missing=0,
        late=0,
        patients=100,
        score=AT_REST,
        score_at_rest=AT_REST,
    )
    return msgspec.structs.replace(step, **changes)


def a_report(**changes: Any) -> LoadReport:
    """Return the report of a load that passed."""
    report = LoadReport(
        scenario="sepsis-v1",
        seed=42,
        consumer="reference",
        shape="constant",
        verdict="pass",
        reasons=(),
        repeat=REPEAT,
        seconds=60.0,
        asked_per_second=20_000.0,
        offered_per_second=20_001.5,
        achieved_per_second=19_999.8,
        achieved_share=0.99991,
        latency_ms=quantiles(6.1),
        service_ms=quantiles(5.2),
        schedule_lag_ms=quantiles(1.1, count=1_200_000),
        acknowledgement_ms=quantiles(2.3, count=1_200_000),
        staleness_ms=quantiles(61_000.0),
        delivery=LoadDelivery(due=1_200_000, sent=1_200_000, acknowledged=1_200_000, expected=60_000, seen=60_000),
        score=AT_REST,
        score_at_rest=AT_REST,
        patients=1_000,
        shards=(ShardCounts(shard=0, worker="w-1", due=1_200_000, sent=1_200_000, expected=60_000, seen=60_000),),
        steps=(a_step(4, name="constant", start_seconds=0.0, seconds=60),),
        windows=windows(6.0, 6.2, 6.1, 6.3, 5.9, 6.0, 6.1, 6.2, 6.0, 6.1, 6.2, 6.1),
        versions=VERSIONS,
    )
    return msgspec.structs.replace(report, **changes)


def a_ladder(**changes: Any) -> LoadReport:
    """Return the report of a ladder whose last step lost decisions, with a knee and a baseline."""
    steps = (*(a_step(number) for number in (1, 2, 3)), a_step(4, missing=7, late=90, score=SCORE))
    fields: dict[str, Any] = {
        "shape": "ladder:steps=4",
        "verdict": "fail",
        "reasons": ("7 decisions are missing", "sensitivity 0.41 is worse than 0.43 at rest"),
        "seconds": 48.0,
        "late": 90,
        "delivery": LoadDelivery(
            due=600_000, sent=600_000, acknowledged=600_000, expected=30_000, seen=29_993, missing=7, late=90
        ),
        "score": SCORE,
        "steps": steps,
        "windows": (
            *windows(5.0, 5.1, 6.0, 6.2, 7.0),
            Window(25, 15_000.0, None, None, None),
            Window(30, 20_000.0, 8.0, 20.0, 900.0),
        ),
        "knee": Knee(
            events_per_second=15_000.0, not_sustained=20_000.0, limited_by="pipeline", reason="7 decisions are missing"
        ),
        "baseline": {"outcome": "regressed", "runs": "3", "reasons": "missing: 0 before, 7 now"},
    }
    return a_report(**(fields | changes))


def an_empty_report() -> LoadReport:
    """Return the report of a load in which nothing came to pass."""
    nothing = Quantiles()
    return a_report(
        verdict="inconclusive",
        reasons=("no decision came",),
        seconds=0.0,
        asked_per_second=0.0,
        offered_per_second=None,
        achieved_per_second=None,
        achieved_share=None,
        latency_ms=nothing,
        service_ms=nothing,
        schedule_lag_ms=nothing,
        acknowledgement_ms=nothing,
        staleness_ms=nothing,
        delivery=LoadDelivery(),
        score={},
        score_at_rest={},
        patients=0,
        shards=(),
        steps=(),
        windows=(),
        versions={},
    )

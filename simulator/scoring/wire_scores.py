"""Scores that every scenario has: what became of the records, and how fast decisions came."""

from __future__ import annotations

from simulator.core.history import History
from simulator.core.scenario import Metric, Scores
from simulator.scoring.timeliness import quantile

WIRE_METRICS = (
    Metric("delivery_lost", "events that never arrived readable, faults aside", "events", "lower"),
    Metric("delivery_duplicated", "further arrivals of an event, faults aside", "events", "lower"),
    Metric("delivery_reordered", "events that came after a later one, faults aside", "events", "lower"),
    Metric("delivery_phantom", "arrivals that nobody sent so, faults aside", "events", "lower"),
    Metric("repeated_decisions", "decisions that came again under their id", "decisions", "lower"),
    Metric("phantom_decisions", "decisions because of an event not sent, or another subject's", "decisions", "lower"),
    Metric("dead_letters", "records that could not be used", "records", "lower"),
    Metric("latency_p50_ms", "half of the decisions came within", "ms", "lower"),
    Metric("latency_p95_ms", "95 % of the decisions came within", "ms", "lower"),
    Metric("latency_p99_ms", "99 % of the decisions came within", "ms", "lower"),
)


def wire_scores(history: History) -> Scores:
    """Return the scores of WIRE_METRICS; latencies are None where none was measured."""
    delivery, latencies = history.delivery, history.latencies_ms
    return {
        "delivery_lost": delivery.lost,
        "delivery_duplicated": delivery.duplicated,
        "delivery_reordered": delivery.reordered,
        "delivery_phantom": delivery.phantom,
        "repeated_decisions": history.repeated_decisions,
        "phantom_decisions": history.phantom_decisions,
        "dead_letters": len(history.dead_letters),
        "latency_p50_ms": quantile(latencies, 0.50),
        "latency_p95_ms": quantile(latencies, 0.95),
        "latency_p99_ms": quantile(latencies, 0.99),
    }

"""The same figures as tables: two tabs of Locust's own page, and a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from loadtests.outcome import Quantiles
from loadtests.page.live import View, current, latencies_of
from loadtests.reports import ShardCounts

Cell = str | int | float

# Each kind of latency: its name, what the seconds call it, and from when to when it goes.
_KINDS = (
    ("intended", "latency", "due to seen"),
    ("service", "service", "sent to seen"),
    ("schedule lag", "lag", "due to sent"),
    ("acknowledgement", "acknowledgement", "due to acknowledged"),
    ("staleness", "staleness", "simulated time since what was decided on"),
)
_QUANTILES = {"p50": "p50", "p95": "p95", "p99": "p99", "p999": "p99.9", "max": "max"}
_LATENCY_COLUMNS = {"kind": "Latency, ms", "span": "From and to", "count": "# Values", **_QUANTILES}
_DELIVERY_COLUMNS = {
    "shard": "Shard",
    "worker": "Worker",
    "sent": "# Sent",
    "acknowledged": "# Acknowledged",
    "expected": "# Expected",
    "seen": "# Seen",
    "outstanding": "# Missing so far",
    "twice": "# Twice",
    "disorder": "# Out of order",
    "late": "# Late",
    "lag": "Lag, s",
    "cpu": "CPU, %",
}

# In the words of Locust's template: what it shows beside its own tabs.
EXTENDED_TABS = [{"key": "e2e", "title": "E2E latency"}, {"key": "delivery", "title": "Delivery"}]
EXTENDED_TABLES = [
    {"key": key, "structure": [{"key": column, "title": title} for column, title in columns.items()]}
    for key, columns in (("e2e", _LATENCY_COLUMNS), ("delivery", _DELIVERY_COLUMNS))
]


def extended_stats(view: View) -> list[dict[str, object]]:
    """Return the rows of both tabs, in the form that Locust's page polls."""
    gathered = current(view)
    shards = [_shard(one, knows=gathered.knows) for one in gathered.counts] if gathered else []
    latencies = [_latency(view, name, kind, span=span) for name, kind, span in _KINDS]
    return [
        {"key": "e2e", "data": [dict(zip(_LATENCY_COLUMNS, row, strict=True)) for row in latencies]},
        {"key": "delivery", "data": [dict(zip(_DELIVERY_COLUMNS, row, strict=True)) for row in shards]},
    ]


def latency_csv(view: View) -> str:
    """Return the latencies as CSV; a cell is empty where nothing was measured."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["latency_ms", "count", *_QUANTILES.values()])
    for name, kind, _ in _KINDS:
        found = latencies_of(view, kind)
        writer.writerow([name, found.count, *_values(found)])
    return file.getvalue()


def _latency(view: View, name: str, kind: str, *, span: str) -> Sequence[Cell]:
    found = latencies_of(view, kind)
    return name, span, found.count, *("–" if one is None else one for one in _values(found))


def _values(found: Quantiles) -> list[float | None]:
    return [getattr(found, name) for name in _QUANTILES]


def _shard(counts: ShardCounts, *, knows: bool) -> Sequence[Cell]:
    return (
        counts.shard,
        f"{counts.worker} (lost)" if counts.is_lost else counts.worker,
        counts.sent,
        counts.acknowledged,
        counts.expected,
        counts.seen,
        counts.outstanding if knows else "unknown",
        counts.twice,
        counts.out_of_order,
        counts.late,
        round(counts.lag_seconds, 2),
        round(100 * counts.cpu_share),
    )

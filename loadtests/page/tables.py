"""The same figures as tables: two tabs of Locust's own page, and a CSV file."""

from __future__ import annotations

from collections.abc import Sequence

from loadtests.page.live import View, current, latencies_of
from loadtests.reporting.rows import QUANTILES, LatencyRow, latency_rows_of
from loadtests.reporting.tables import latency_csv
from loadtests.reports import ShardCounts, is_known

Cell = str | int | float

_QUANTILES = {name: name.replace("p999", "p99.9") for name in QUANTILES}
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
    latencies = [_latency(row) for row in _latency_rows(view)]
    return [
        {"key": "e2e", "data": [dict(zip(_LATENCY_COLUMNS, row, strict=True)) for row in latencies]},
        {"key": "delivery", "data": [dict(zip(_DELIVERY_COLUMNS, row, strict=True)) for row in shards]},
    ]


def csv_so_far(view: View) -> str:
    """Return the latencies as CSV, so far or as reported."""
    return latency_csv(_latency_rows(view))


def _latency_rows(view: View) -> Sequence[LatencyRow]:
    return latency_rows_of(lambda kind: latencies_of(view, kind))


def _latency(row: LatencyRow) -> Sequence[Cell]:
    values = (getattr(row.quantiles, name) for name in QUANTILES)
    return row.name, row.meaning, row.quantiles.count, *("–" if one is None else one for one in values)


def _shard(counts: ShardCounts, *, knows: bool) -> Sequence[Cell]:
    return (
        counts.shard,
        f"{counts.worker} (lost)" if counts.is_lost else counts.worker,
        counts.sent,
        counts.acknowledged,
        counts.expected,
        counts.seen,
        _known(counts, "outstanding", counts.outstanding, knows=knows),
        counts.twice,
        counts.out_of_order,
        counts.late,
        _known(counts, "lag_seconds", round(counts.lag_seconds, 2), knows=knows),
        round(100 * counts.cpu_share),
    )


def _known(counts: ShardCounts, name: str, value: Cell, *, knows: bool) -> Cell:
    return value if is_known(counts, name, knows=knows) else "unknown"

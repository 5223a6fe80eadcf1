"""What speaks against a load while it goes on: the verdict's reasons, as far as they show already."""

from __future__ import annotations

from loadtests.gathered import Gathered
from loadtests.outcome import ACHIEVED_SHARE_MIN, Quantiles
from loadtests.summary import CPU_SHARE_MAX, LAG_P99_MS_MAX


def concerns_of(gathered: Gathered, schedule_lag_ms: Quantiles) -> list[str]:
    """Return what would keep the load from passing if it ended now, as texts."""
    return [*_of_the_load(gathered, schedule_lag_ms), *_of_the_decisions(gathered)]


def _of_the_load(gathered: Gathered, schedule_lag_ms: Quantiles) -> list[str]:
    delivery, lag = gathered.delivery(), schedule_lag_ms.p99
    share = delivery.sent / delivery.due if delivery.due else 1.0
    found = [gathered.error] if gathered.error else []
    found += [
        f"worker {one.worker or one.shard} of shard {one.shard} is lost" for one in gathered.counts if one.is_lost
    ]
    if share < ACHIEVED_SHARE_MIN:
        found.append(f"only {share:.1%} of what was due is sent")
    if lag is not None and lag > LAG_P99_MS_MAX:
        found.append(f"the generator lags: schedule lag p99 {lag:.1f} ms, above {LAG_P99_MS_MAX:g} ms")
    if gathered.cpu_share() > CPU_SHARE_MAX:
        found.append(f"a worker is saturated: {gathered.cpu_share():.0%} of a processor")
    return found


def _of_the_decisions(gathered: Gathered) -> list[str]:
    delivery = gathered.delivery()
    counts = {
        "events failed and will never arrive": delivery.failed,
        "decisions came out of order": delivery.out_of_order,
        "records of the decisions topic are no decisions": delivery.unreadable,
        "decisions follow from nothing that was sent": delivery.unexpected,
    }
    return [f"{count:,} {what}" for what, count in counts.items() if count]

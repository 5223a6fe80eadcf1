"""What a worker says to whoever gathers: absolute counts, seconds, and what the judge needs."""

from __future__ import annotations

import msgspec

from loadtests.seconds import SecondDelta


class Counts(msgspec.Struct, kw_only=True):
    """What became of events and decisions.

    `due` events had become due, `sent` were taken by the Kafka client, `acknowledged` by the
    brokers, `failed` will never arrive, and of `faults` many the wire did wrong. `expected`
    decisions must follow from what was sent; `seen` of them came, each once; `twice` came again,
    `out_of_order` came after a later one on the same subject, `unreadable` are no decisions, `late`
    took longer than the SLO.
    """

    due: int = 0
    sent: int = 0
    acknowledged: int = 0
    failed: int = 0
    faults: int = 0
    expected: int = 0
    seen: int = 0
    twice: int = 0
    out_of_order: int = 0
    unreadable: int = 0
    late: int = 0


class ShardCounts(Counts, kw_only=True):
    """The counts of one shard since the test began, and how it stands now.

    Counts are absolute, so that a report that is lost loses nothing. `unexpected` decisions follow
    from nothing that was sent, as far as can be known. `starved` turns found
    nothing generated though events were due; `refused` turns found the client's queue full. Lags
    are of the consumer: `lag_events` not yet known to be read, `lag_seconds` since the oldest of
    them was due. `ahead_events` are generated and not yet due. `clock_offset_ms` is how far the
    worker's wall clock is ahead of the gathering one's, None where that is unknown.
    """

    shard: int = -1
    worker: str = ""
    rate: float = 0.0
    unexpected: int = 0
    starved: int = 0
    refused: int = 0
    lag_events: int = 0
    lag_seconds: float = 0.0
    answers_clock: bool = False
    ahead_events: int = 0
    cpu_share: float = 0.0
    clock_offset_ms: float | None = None
    round_trip_ms: float | None = None
    simulated_until: int = 0
    cohort: int = 0
    is_ready: bool = False
    is_lost: bool = False
    error: str = ""

    @property
    def outstanding(self) -> int:
        """Return how many decisions are expected and not seen yet."""
        return self.expected - self.seen


def is_known(counts: ShardCounts, name: str, *, knows: bool) -> bool:
    """Say whether anybody can know a count of a shard.

    `knows` is whether its decisions are known beforehand. Without that, none is missing or
    unexpected, and only a consumer that answers the clock says how far it is behind.
    """
    if name in ("outstanding", "unexpected"):
        return knows
    if name == "lag_seconds":
        return knows or counts.answers_clock
    return name != "lag_events" or counts.answers_clock


class JudgedLines(msgspec.Struct, array_like=True):
    """The judge's lines of a second: labels, decisions seen, decisions expected."""

    at: int
    labels: list[bytes] = []
    seen: list[bytes] = []
    expected: list[bytes] = []


class WorkerReport(msgspec.Struct, kw_only=True):
    """All that a worker says at once."""

    counts: ShardCounts
    seconds: list[SecondDelta] = []
    judged: list[JudgedLines] = []
    is_final: bool = False

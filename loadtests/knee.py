"""The knee: the highest rate that is sustained, found by doubling and then by halving the gap.

A rate is sustained when it was offered, at least 99 % of it was sent, p99 from due to seen is
within the SLO, every decision came, in order, once the load had stopped, and the score is not worse
than at rest. One that is not is probed once more: only two probes in a row say that it is beyond
the pipeline.
"""

from __future__ import annotations

from dataclasses import dataclass

from loadtests.outcome import ACHIEVED_SHARE_MIN, Knee
from loadtests.shapes import Span

FIRST_SHARE = 1 / 16  # of the highest rate; our choice: low enough to be sustained, four doublings from the top
PRECISION = 0.05  # our choice: rates of one machine differ more from run to run
SETTLE_SECONDS = 3.0  # our choice: until Locust's users follow, and first effects are over
PROBE_SECONDS = 10.0  # our choice, where no --duration is given
REPORT_SECONDS = 1.0  # workers speak once a second: what they say later than this is of the whole probe
RECOVER_SECONDS = 20.0  # our choice: how long a consumer may take to work off what it was given
OFFERED_SHARE_MIN = ACHIEVED_SHARE_MIN


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of a probe; `lag_p99_ms` and `cpu_share` are the generator's own.

    `asked`, `offered` and `achieved` are events. `out_of_order` counts decisions since the search
    began; `worse` says of each metric that is worse than at rest that it is.
    """

    asked: float
    offered: float
    achieved: float
    p99_ms: float | None
    missing: int
    lag_p99_ms: float | None
    cpu_share: float = 0.0
    out_of_order: int = 0
    worse: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Probe:
    """A rate as a share of the highest, and from when to when it was asked for."""

    share: float
    start: float
    stop: float


class KneeSearch:
    """What is asked of a load that seeks its knee, one probe after the other.

    It stands where an `Asked` stands: `wards_at` says how many users there should be. Between two
    probes there are none, until what was sent has been decided.
    """

    shape = "knee"

    def __init__(
        self, *, rate: float, wards: int, slo_ms: float, lag_ms_max: float, cpu_share_max: float, seconds: float | None
    ) -> None:
        """Seek up to `rate`, events a second; each probe is measured for `seconds`."""
        self.rate, self.wards = rate, wards
        self.seconds: float | None = None
        self._slo_ms, self._lag_ms_max, self._cpu_share_max = slo_ms, lag_ms_max, cpu_share_max
        self._length = SETTLE_SECONDS + (PROBE_SECONDS if seconds is None else seconds)
        self._probes = [_Probe(self._whole(FIRST_SHARE), 0.0, self._length)]
        self._sustained: float | None = None
        self._best: Span | None = None
        self._out_of_order = 0
        self._not_sustained: float | None = None
        self._limited_by = self._reason = ""
        self._is_over = self._has_failed = False

    @property
    def current(self) -> Span:
        """Return the measured part of the probe that is under way, or was last."""
        probe = self._probes[-1]
        return Span(self._name(probe), probe.start + SETTLE_SECONDS, probe.stop)

    @property
    def best(self) -> Span | None:
        """Return the measured part of the probe of the highest rate that was sustained."""
        return self._best

    @property
    def warm_up_wards(self) -> int:
        """Return how many users there should be before the beginning."""
        return self.wards_at(0.0)

    def wards_at(self, elapsed: float) -> int:
        """Return how many users there should be, so many seconds after the beginning."""
        probe = self._probes[-1]
        return max(1, round(probe.share * self.wards)) if elapsed < probe.stop else 0

    def is_over(self, elapsed: float) -> bool:
        """Say whether the knee has been found."""
        return self._is_over

    def is_waiting(self, elapsed: float) -> bool:
        """Say whether a probe has ended and is to be judged once all has come."""
        return not self._is_over and elapsed >= self._probes[-1].stop

    def has_waited(self, elapsed: float) -> bool:
        """Say whether it is not waited any longer for what has not come."""
        return elapsed >= self._probes[-1].stop + RECOVER_SECONDS

    def judge(self, probed: Probed, *, elapsed: float) -> None:
        """Take in what came of the last probe, and choose the next."""
        share = self._probes[-1].share
        limited_by, reason = self._verdict(probed)
        is_first_failure = bool(reason) and not self._has_failed
        self._has_failed = is_first_failure
        if reason and not is_first_failure:
            self._not_sustained, self._limited_by, self._reason = share, limited_by, reason
        elif not reason:
            self._sustained, self._best = share, self.current
        self._out_of_order = probed.out_of_order
        # What else a machine does may spoil one probe; a rate that is beyond it spoils two.
        following = share if is_first_failure else self._following()
        if following is None:
            self._is_over = True
        else:
            self._probes.append(_Probe(following, elapsed, elapsed + self._length))

    def rate_at(self, elapsed: float) -> float:
        """Return the rate that was asked for, events a second."""
        shares = [one.share for one in self._probes if one.start <= elapsed < one.stop]
        return max(1, round(shares[0] * self.wards)) * self.rate / self.wards if shares else 0.0

    def events(self, start: float, stop: float) -> float:
        """Return how many events were asked for between two times since the beginning."""
        parts = ((min(one.stop, stop) - max(one.start, start), self.rate_at(one.start)) for one in self._probes)
        return sum(length * rate for length, rate in parts if length > 0)

    def spans(self, seconds: float) -> list[Span]:
        """Return the probes, in seconds since the beginning."""
        return [Span(self._name(one), one.start, one.stop) for one in self._probes]

    def knee(self) -> Knee:
        """Return what was found."""
        return Knee(
            events_per_second=None if self._sustained is None else self._sustained * self.rate,
            not_sustained=None if self._not_sustained is None else self._not_sustained * self.rate,
            limited_by=self._limited_by or "rate",
            reason=self._reason or f"the highest rate asked for, {self.rate:,.0f} events/s, was sustained",
        )

    def _verdict(self, probed: Probed) -> tuple[str, str]:
        """Return what limits a rate, and why it is not sustained; empty where it is."""
        if probed.lag_p99_ms is not None and probed.lag_p99_ms > self._lag_ms_max:
            return "generator", f"schedule lag p99 {probed.lag_p99_ms:.1f} ms"
        if probed.offered < OFFERED_SHARE_MIN * probed.asked:
            return "generator", f"{probed.offered / probed.asked:.1%} of what was asked for was offered"
        if probed.achieved < ACHIEVED_SHARE_MIN * probed.offered:
            return "generator", f"{probed.achieved / probed.offered:.1%} of what was due was sent"
        if probed.cpu_share > self._cpu_share_max:
            return "generator", f"a worker was saturated: {probed.cpu_share:.0%} of a processor"
        reason = self._trouble(probed)
        return ("pipeline", reason) if reason else ("", "")

    def _trouble(self, probed: Probed) -> str:
        """Return what the pipeline did not do at a rate that was made; empty where it did all."""
        disordered = probed.out_of_order - self._out_of_order
        if probed.missing:
            return f"{probed.missing:,} decisions did not come"
        if disordered:
            return f"{disordered:,} decisions came out of order"
        if probed.p99_ms is None:
            return "no decision came"
        if probed.p99_ms > self._slo_ms:
            return f"p99 {probed.p99_ms:,.1f} ms is above the SLO of {self._slo_ms:g} ms"
        return "; ".join(probed.worse)

    def _following(self) -> float | None:
        low, high = self._sustained, self._not_sustained
        if low is None:
            return None
        if high is None:
            return min(1.0, 2 * low) if low < 1.0 else None
        middle = self._whole((low + high) / 2)
        is_close = high - low <= PRECISION * low or middle in (low, high)
        return None if is_close else middle

    def _whole(self, share: float) -> float:
        """Return the share that whole users make, so that the rate found is one that was asked for."""
        return max(1, round(share * self.wards)) / self.wards

    def _name(self, probe: _Probe) -> str:
        return f"{probe.share * self.rate:,.0f}/s"

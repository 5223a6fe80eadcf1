"""Chance: could alerts that know nothing of the disease have done as well?

Each case is compared with the patients at risk at the same time since their admission: had the
onset fallen on any one of them instead, how often would there have been an alert in time? This
is the risk set of Cox's partial likelihood (Cox, Biometrika 1975;62:269) with the question
"alerted in time?" as the only covariate. So a consumer earns nothing by alerting often, always
at the same hour, or on patients drawn by lot, and repeated alerts about one patient count once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.core.arrays import FloatArray, IntArray
from simulator.core.time import Milliseconds

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Patients as the comparison sees them; one entry a patient.

    Times are milliseconds since the admission: `observed` is how long the patient was watched,
    `onset` when the disease set in, -1 for never.
    """

    observed: IntArray
    onset: IntArray


@dataclass(frozen=True, slots=True)
class Window:
    """An alert is in time from `before` the onset until `after` it."""

    before: Milliseconds
    after: Milliseconds


@dataclass(frozen=True, slots=True)
class ChanceComparison:
    """How many cases were detected, and what chance would have given.

    `shares` has one entry a case: the share of its risk set with an alert in time.
    """

    detected: int
    shares: FloatArray

    @property
    def expected(self) -> float:
        """Return how many cases chance would have detected, on average."""
        return float(self.shares.sum())

    @property
    def p_value(self) -> float:
        """Return the probability that chance detects as many cases or more."""
        return poisson_binomial_tail(self.shares, self.detected)


def compare_with_chance(
    patients: FollowUp, alerted: IntArray, alert_times: IntArray, *, window: Window
) -> ChanceComparison:
    """Compare alerts with chance.

    `alerted` (positions in `patients`) and `alert_times` (milliseconds since the admission) have
    one entry an alert. Only cases and comparison patients who were watched until `after` the
    onset take part, so that all had the same time in which to be alerted.
    """
    moments = np.where(patients.onset >= 0, patients.onset + window.after, _NEVER)
    takes_part = moments <= patients.observed
    leaves = np.minimum(moments, patients.observed)
    # Seen from `after` the onset, an alert is in time for before + after.
    owners, begins, ends = _covered(alerted, alert_times, window.before + window.after)
    ends = np.minimum(ends, leaves[owners])
    kept = begins <= ends
    cases = np.sort(moments[takes_part])
    covered = _inside(begins[kept], ends[kept], cases)
    at_risk = _inside(np.zeros_like(leaves), leaves, cases)
    own = moments[owners]
    is_hit = takes_part[owners] & (begins <= own) & (own <= ends)
    return ChanceComparison(detected=int(np.count_nonzero(is_hit)), shares=covered / at_risk)


def poisson_binomial_tail(probabilities: FloatArray, at_least: int) -> float:
    """Return the probability of `at_least` or more successes among independent events.

    `probabilities` has one entry an event. Exact, by adding one event after the other
    (Barlow and Heidtmann, IEEE Trans Reliability 1984;33:322).
    """
    reached = np.zeros(at_least + 1)
    reached[0] = 1.0
    for probability in probabilities.tolist():
        moved = reached[:-1] * probability
        reached[:-1] -= moved
        reached[1:] += moved
    return float(reached[-1])


def _covered(owners: IntArray, times: IntArray, length: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return the owner, begin and end of the spans in which an alert counts, none overlapping."""
    order = np.lexsort((times, owners))
    owners, begins = owners[order], times[order]
    ends = begins + length
    is_first = np.ones(len(owners), dtype=np.bool_)
    is_first[1:] = (owners[1:] != owners[:-1]) | (begins[1:] > ends[:-1])
    firsts = np.flatnonzero(is_first)
    lasts = np.append(firsts[1:], len(owners)) - 1 if len(owners) else firsts
    return owners[firsts], begins[firsts], ends[lasts]


def _inside(begins: IntArray, ends: IntArray, moments: IntArray) -> IntArray:
    """Count, for each moment, the spans [begin, end] that hold it."""
    begun = np.searchsorted(np.sort(begins), moments, side="right")
    ended = np.searchsorted(np.sort(ends), moments, side="left")
    return begun - ended

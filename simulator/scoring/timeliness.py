"""Timeliness: how long before the onset an alert came, and quantiles of any lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from simulator.core.time import SimTime, hours


@dataclass(frozen=True, slots=True)
class Quartiles:
    """The quartiles of some lengths, in the unit of the lengths."""

    q1: float
    median: float
    q3: float


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the value below which `share` of the values lie, or None of no values.

    Between two values the line that joins them decides (type 7 of Hyndman and Fan, 1996).
    """
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def quartiles(values: Sequence[float]) -> Quartiles | None:
    """Return the quartiles of some lengths, or None of no values."""
    q1, median, q3 = (quantile(values, share) for share in (0.25, 0.5, 0.75))
    if q1 is None or median is None or q3 is None:
        return None
    return Quartiles(q1=q1, median=median, q3=q3)


def lead_time_hours(alerted: SimTime, onset: SimTime) -> float:
    """Return the hours from the alert to the onset; negative when it came after."""
    return (onset - alerted) / hours(1)

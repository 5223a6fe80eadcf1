"""What was asked of a load: its shape, length and highest rate, and so its rate at any time."""

from __future__ import annotations

import msgspec

from loadtests.shapes import Span, parse_shape
from simulator.core.errors import UsageError

SHORTEST_SECONDS = 1.0
LONGEST_SECONDS = 30 * 86_400.0  # our choice: longer is a typing error
_STEPS = 1_000  # our choice: into how many pieces a shape is cut to be added up


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A load as it was asked for.

    `seconds` None: until it is stopped, at a constant rate. `wards` are Locust's users: each stands
    for an equal part of `rate`, events a second, so the steps of a rate are no finer than that.
    """

    shape: str = "constant"
    seconds: float | None = None
    rate: float = 1_000.0
    wards: int = 100

    def check(self) -> None:
        """Raise UsageError for what cannot be."""
        parse_shape(self.shape)
        if self.wards < 1:
            raise UsageError(f"{self.wards} users make no load. Give at least 1.")
        if self.seconds is not None and not SHORTEST_SECONDS <= self.seconds <= LONGEST_SECONDS:
            raise UsageError(f"a load of {self.seconds:g} s cannot be. Give 1s to 30d.")
        if self.seconds is None and self.shape != "constant":
            raise UsageError(f'--shape "{self.shape}" needs a length: give --duration (Locust: --run-time).')

    @property
    def warm_up_wards(self) -> int:
        """Return how many users there should be before the beginning.

        It is the mean of the shape and never none: some shapes begin at nothing.
        """
        width = (self.seconds or 0.0) / _STEPS
        mean = sum(self._share((place + 0.5) * width) for place in range(_STEPS)) / _STEPS
        return max(1, round(mean * self.wards))

    def wards_at(self, elapsed: float) -> int:
        """Return how many users there should be, so many seconds after the beginning."""
        return round(self._share(elapsed) * self.wards)

    def is_over(self, elapsed: float) -> bool:
        """Say whether the load has come to its end."""
        return self.seconds is not None and elapsed >= self.seconds

    def rate_at(self, elapsed: float) -> float:
        """Return the rate asked for, events a second, so many seconds after the beginning."""
        return self.wards_at(elapsed) * self.rate / self.wards

    def events(self, start: float, stop: float) -> float:
        """Return how many events were asked for between two times since the beginning."""
        width = (stop - start) / _STEPS
        return sum(self.rate_at(start + (place + 0.5) * width) for place in range(_STEPS)) * width

    def spans(self, seconds: float) -> list[Span]:
        """Return the parts reported by themselves, in seconds since the beginning."""
        whole = self.seconds or seconds
        spans = parse_shape(self.shape).spans()
        return [Span(one.name, one.start * whole, one.stop * whole) for one in spans if one.stop > one.start]

    def _share(self, elapsed: float) -> float:
        return parse_shape(self.shape).share(min(elapsed / self.seconds, 1.0)) if self.seconds else 1.0

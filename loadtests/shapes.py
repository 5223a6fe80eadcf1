"""Shapes of a load: how much of the highest rate is asked for, and which steps are told apart.

Each shape is a small class with numbers of its own, written NAME or NAME:KEY=VALUE,KEY=VALUE.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import cos, pi
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from simulator.core.errors import UsageError
from simulator.core.suggestions import suggestion

_ROUNDING = 1e-9  # of sums of shares that are written in tenths
_Share = Annotated[float, Meta(ge=0.0, le=1.0)]


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a load that is reported by itself: its name, start and stop.

    In a shape `start` and `stop` are shares of the whole, in a load they are seconds.
    """

    name: str
    start: float
    stop: float


class Shape(Protocol):
    """A load over time, in shares of its whole length and of its highest rate."""

    def share(self, at: float) -> float:
        """Return the share of the highest rate at a share `at` of the time."""

    def spans(self) -> tuple[Span, ...]:
        """Return the parts that are reported by themselves."""


class Constant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The highest rate throughout."""

    def share(self, at: float) -> float:
        """Return 1."""
        return 1.0

    def spans(self) -> tuple[Span, ...]:
        """Return the whole."""
        return (Span("constant", 0.0, 1.0),)


class Ramp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `start` of the highest rate up to all of it, in a straight line."""

    start: _Share = 0.0

    def share(self, at: float) -> float:
        """Return the height of the line."""
        return self.start + (1.0 - self.start) * at

    def spans(self) -> tuple[Span, ...]:
        """Return the quarters."""
        return _named("ramp", [0.0, 0.25, 0.5, 0.75, 1.0])


class Ladder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up in `steps` equal steps of equal length, the last one at the highest rate."""

    steps: Annotated[int, Meta(ge=1, le=50)] = 5

    def share(self, at: float) -> float:
        """Return the height of the step."""
        return (min(int(at * self.steps), self.steps - 1) + 1) / self.steps

    def spans(self) -> tuple[Span, ...]:
        """Return the steps."""
        return _named("step", [one / self.steps for one in range(self.steps + 1)])


class Spike(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `base`, and from `start` to `stop` of the time all of the highest rate."""

    base: _Share = 0.2
    start: _Share = 0.4
    stop: _Share = 0.5

    def share(self, at: float) -> float:
        """Return the base or the height of the spike."""
        return 1.0 if self.start <= at < self.stop else self.base

    def spans(self) -> tuple[Span, ...]:
        """Return what is before the spike, the spike, and what follows."""
        return Span("before", 0.0, self.start), Span("spike", self.start, self.stop), Span("after", self.stop, 1.0)


class Diurnal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day as long as the load: `night` of the highest rate at midnight, all at noon."""

    night: _Share = 0.3

    def share(self, at: float) -> float:
        """Return a cosine with its trough at both ends."""
        return self.night + (1.0 - self.night) * (1.0 - cos(2.0 * pi * at)) / 2.0

    def spans(self) -> tuple[Span, ...]:
        """Return the quarters of the day."""
        parts = zip(("night", "morning", "afternoon", "evening"), pairwise([0.0, 0.25, 0.5, 0.75, 1.0]), strict=True)
        return tuple(Span(name, start, stop) for name, (start, stop) in parts)


class Outage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An interface engine that is down from `start` to `stop`, then sends its backlog.

    `base` is the rate without trouble. The backlog comes on top of it, at the highest rate, for as
    long as it takes to send all that was held back.

    It is a shape of the rate alone: events of the backlog count as due when the engine sends them,
    so what they waited while it was down is not in their latency.
    """

    base: Annotated[float, Meta(gt=0.0, lt=1.0)] = 0.5
    start: _Share = 0.2
    stop: _Share = 0.4

    @property
    def caught_up(self) -> float:
        """Return when the backlog has been sent."""
        return self.stop + (self.stop - self.start) * self.base / (1.0 - self.base)

    def share(self, at: float) -> float:
        """Return 0 while it is down, 1 while it catches up, else the base."""
        if self.start <= at < self.stop:
            return 0.0
        return 1.0 if self.stop <= at < self.caught_up else self.base

    def spans(self) -> tuple[Span, ...]:
        """Return what is before the outage, the outage, the backlog and what follows."""
        bounds = [0.0, self.start, self.stop, min(self.caught_up, 1.0), 1.0]
        parts = zip(("before", "outage", "backlog", "after"), pairwise(bounds), strict=True)
        return tuple(Span(name, start, stop) for name, (start, stop) in parts)


SHAPES: dict[str, type[Constant | Ramp | Ladder | Spike | Diurnal | Outage]] = {
    "constant": Constant,
    "ramp": Ramp,
    "ladder": Ladder,
    "spike": Spike,
    "diurnal": Diurnal,
    "outage": Outage,
}


@cache
def parse_shape(text: str) -> Shape:
    """Read a shape such as `ladder` or `spike:base=0.1,stop=0.6`. Raises UsageError."""
    name, _, rest = text.partition(":")
    if name not in SHAPES:
        raise UsageError(f'no shape "{name}".{suggestion(name, SHAPES)} Known: {", ".join(SHAPES)}.')
    pairs = [pair.partition("=") for pair in rest.split(",") if pair]
    for key, equals, _ in pairs:
        if not equals:
            raise UsageError(f'--shape "{text}": "{key}" is not understood. Write KEY=VALUE.')
    try:
        shape = msgspec.convert({key: value for key, _, value in pairs}, SHAPES[name], strict=False)
    except msgspec.ValidationError as error:
        known = ", ".join(SHAPES[name].__struct_fields__) or "none"
        raise UsageError(f'--shape "{text}" is not valid: {error}. Its keys: {known}.') from None
    _check_order(text, shape)
    return shape


def _check_order(text: str, shape: Shape) -> None:
    starts = [one.start for one in shape.spans()] + [1.0]
    if starts != sorted(starts):
        raise UsageError(f'--shape "{text}" is not valid: what stops must have started. Let start be below stop.')
    if isinstance(shape, Outage) and shape.caught_up > 1.0 + _ROUNDING:
        raise UsageError(
            f'--shape "{text}" is not valid: its backlog would be sent only at {shape.caught_up:.0%} of the load, '
            "after its end. Let base be lower, or stop earlier or nearer to start."
        )


def _named(name: str, bounds: list[float]) -> tuple[Span, ...]:
    return tuple(Span(f"{name} {place}", start, stop) for place, (start, stop) in enumerate(pairwise(bounds), 1))

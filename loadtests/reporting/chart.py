"""The chart of a load as shapes to draw: latency over time on a logarithmic scale, the rate below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from statistics import mean

from loadtests.outcome import LoadReport, StepReport, Window
from loadtests.reporting.rows import milliseconds_text, rate_text
from loadtests.summary import WINDOW_SECONDS

WIDTH, HEIGHT = 920, 430
LEFT, RIGHT = 64.0, 904.0
_LATENCY_PANEL, _RATE_PANEL = (40.0, 258.0), (308.0, 396.0)
_SHORTEST_MS = 0.001  # what a histogram can tell from nothing, which has no place on a logarithmic scale
_POINTS_MAX = 600  # our choice: more than a screen can tell apart
_DOTS_MAX = 120  # our choice: closer together, dots hide the line
_SPANS_NAMED_MAX = 12  # our choice: more names run into each other
_ROUND = (1, 2, 5, 10)
_TIME_STEPS = (5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
_TICKS_MAX = 10
_Scale = Callable[[float], float]
_Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a line: where it is, and what it says to the pointer."""

    across: float
    down: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a panel: its name, its path in SVG's words, and its dots.

    The name is the class by which it is coloured as well.
    """

    name: str
    path: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the two parts of the chart, from `top` to `bottom`."""

    title: str
    top: float
    bottom: float
    ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """All there is to draw, in the pixels of a box of WIDTH and HEIGHT.

    `spans` are the starts of steps, `summary` is for who cannot see it.
    """

    panels: tuple[Panel, ...]
    times: tuple[Tick, ...]
    spans: tuple[Tick, ...]
    summary: str


def chart_of(report: LoadReport) -> Chart | None:
    """Return the chart of a load's windows; None where there are too few for a line."""
    windows = _thinned(report.windows)
    if len(windows) < 2:
        return None
    seconds = max(report.seconds, windows[-1].start_seconds + WINDOW_SECONDS)
    across = _linear((0.0, seconds), (LEFT, RIGHT))
    panels = [panel for panel in (_latency(windows, across), _rates(report, windows, across)) if panel]
    return Chart(tuple(panels), _time_ticks(seconds, across), _spans(report.steps, across), _summary(report))


def _latency(windows: Sequence[Window], across: _Scale) -> Panel | None:
    known = [max(value, _SHORTEST_MS) for one in windows for value in (one.p50, one.p95, one.p99) if value is not None]
    if not known:
        return None
    top, bottom = _LATENCY_PANEL
    # A little lower, so that latencies that are all the same still have an axis.
    bounds = _round_below(min(known) * 0.95), _round_above(max(known))
    down = _logarithmic(bounds, (bottom, top))
    ticks = tuple(
        Tick(down(value), milliseconds_text(value).removesuffix(".00").removesuffix(".0"))
        for value in _decades(*bounds)
    )
    lines = tuple(
        _line(name, [(one, getattr(one, name)) for one in windows], across, down=down, write=_latency_text)
        for name in ("p99", "p95", "p50")
    )
    return Panel("latency from when events were due, ms (logarithmic)", top, bottom, ticks, lines)


def _rates(report: LoadReport, windows: Sequence[Window], across: _Scale) -> Panel:
    top, bottom = _RATE_PANEL
    asked = [step.asked_per_second for step in report.steps]
    highest = _round_above(max(1.0, *asked, *(one.achieved_per_second for one in windows)))
    down = _linear((0.0, highest), (bottom, top))
    ticks = tuple(Tick(down(value), rate_text(value)) for value in (0.0, highest / 2, highest))
    achieved = [(one, one.achieved_per_second) for one in windows]
    lines = (
        Line("asked", _stairs(report, across, down), ()),
        _line("achieved", achieved, across, down=down, write=_rate_text),
    )
    return Panel("events a second", top, bottom, ticks, lines)


def _line(
    name: str,
    points: Sequence[tuple[Window, float | None]],
    across: _Scale,
    *,
    down: _Scale,
    write: Callable[[float], str],
) -> Line:
    """Return a line that is broken where nothing was measured."""
    path, dots, is_broken = list[str](), list[Dot](), True
    for window, value in points:
        if value is None or value < 0:
            is_broken = True
            continue
        middle = window.start_seconds + WINDOW_SECONDS / 2
        dot = Dot(
            round(across(middle), 1),
            round(down(value), 1),
            f"{_time_text(window.start_seconds)}: {name} {write(value)}",
        )
        path.append(f"{'M' if is_broken else 'L'}{dot.across} {dot.down}")
        dots.append(dot)
        is_broken = False
    return Line(name, " ".join(path), tuple(dots) if len(dots) <= _DOTS_MAX else ())


def _stairs(report: LoadReport, across: _Scale, down: _Scale) -> str:
    starts = [step.start_seconds for step in report.steps]
    stops = [*starts[1:], report.seconds]
    parts = [
        f"M{across(start):.1f} {down(step.asked_per_second):.1f} H{across(stop):.1f}"
        for step, start, stop in zip(report.steps, starts, stops, strict=True)
    ]
    return " ".join(parts)


def _spans(steps: Sequence[StepReport], across: _Scale) -> tuple[Tick, ...]:
    is_named = len(steps) <= _SPANS_NAMED_MAX
    ticks = (Tick(round(across(step.start_seconds), 1), step.name if is_named else "") for step in steps)
    return tuple(ticks) if len(steps) > 1 else ()


def _thinned(windows: Sequence[Window]) -> list[Window]:
    """Return at most so many windows as can be told apart, each the worst of those it stands for."""
    size = ceil(len(windows) / _POINTS_MAX) or 1
    groups = (windows[start : start + size] for start in range(0, len(windows), size))
    return [_worst(group) for group in groups] if size > 1 else list(windows)


def _worst(group: Sequence[Window]) -> Window:
    highest = (_highest(getattr(one, name) for one in group) for name in ("p50", "p95", "p99"))
    return Window(group[0].start_seconds, mean(one.achieved_per_second for one in group), *highest)


def _highest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _time_ticks(seconds: float, across: _Scale) -> tuple[Tick, ...]:
    step = next((one for one in _TIME_STEPS if seconds / one <= _TICKS_MAX), _TIME_STEPS[-1])
    return tuple(Tick(round(across(at), 1), _time_text(at)) for at in range(0, int(seconds) + 1, step))


def _time_text(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"


def _latency_text(value: float) -> str:
    return f"{milliseconds_text(value)} ms"


def _rate_text(value: float) -> str:
    return f"{rate_text(value)} events/s"


def _summary(report: LoadReport) -> str:
    p50, p99 = (milliseconds_text(value) for value in (report.latency_ms.p50, report.latency_ms.p99))
    return f"Latency and rate over {report.seconds:,.0f} seconds: p50 {p50} ms and p99 {p99} ms of the whole."


def _linear(values: _Range, places: _Range) -> _Scale:
    (low, high), (start, stop) = values, places
    return lambda value: start + (value - low) / (high - low) * (stop - start)


def _logarithmic(values: _Range, places: _Range) -> _Scale:
    low, high = values
    linear = _linear((log10(low), log10(high)), places)
    # What is below the axis, such as a latency of zero, lies on it.
    return lambda value: linear(log10(max(value, low)))


def _decades(low: float, high: float) -> list[float]:
    """Return round values between two: 1, 2, 5 of each decade, or the decades alone where those are many."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    factors = (1,) if len(powers) > 4 else _ROUND[:3]
    values = (factor * 10.0**power for power in powers for factor in factors)
    return [value for value in values if low * 0.999 <= value <= high * 1.001]


def _round_above(value: float) -> float:
    power = 10.0 ** floor(log10(value))
    return next((factor * power for factor in _ROUND if factor * power >= value * 0.999), 10 * power)


def _round_below(value: float) -> float:
    power = 10.0 ** floor(log10(value))
    return next(factor * power for factor in reversed(_ROUND) if factor * power <= value * 1.001)

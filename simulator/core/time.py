"""Simulated time: whole milliseconds since the epoch, UTC, and the texts for them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NewType

from simulator.core.errors import UsageError

SimTime = NewType("SimTime", int)
"""An instant of simulated time: milliseconds since 1970-01-01T00:00:00Z."""

Milliseconds = NewType("Milliseconds", int)
"""A length of simulated time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_LONGEST = 10 * 366 * _UNITS["d"]  # ten years; our choice: longer ones are typing errors
_SHOWN = 40  # our choice: how much of an absurd text an error repeats
_LATEST = SimTime(4_102_444_800_000)  # 2100-01-01; our choice: later starts are typing errors


def seconds(count: float) -> Milliseconds:
    """Return `count` seconds as a length of simulated time."""
    return Milliseconds(round(count * 1_000))


def minutes(count: float) -> Milliseconds:
    """Return `count` minutes as a length of simulated time."""
    return Milliseconds(round(count * 60_000))


def hours(count: float) -> Milliseconds:
    """Return `count` hours as a length of simulated time."""
    return Milliseconds(round(count * 3_600_000))


def days(count: float) -> Milliseconds:
    """Return `count` days as a length of simulated time."""
    return Milliseconds(round(count * 86_400_000))


def parse_duration(text: str) -> Milliseconds:
    """Read a duration such as `72h`, `1h30m`, `500ms` or `2d`.

    Raises UsageError when the text is anything else, or the length zero or beyond ten years.
    """
    if not text or _DURATION.sub("", text):
        raise UsageError(f'duration "{text}" is not understood. Write 72h, 90m, 1h30m, 2d, 30s or 500ms.')
    length = sum(float(count) * _UNITS[unit] for count, unit in _DURATION.findall(text))
    if length > _LONGEST:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        raise UsageError(f'duration "{shown}" is longer than ten years. Write a length such as 72h or 30d.')
    if round(length) <= 0:
        raise UsageError(f'duration "{text}" is zero. Write a positive length such as 72h.')
    return Milliseconds(round(length))


def format_duration(length: Milliseconds) -> str:
    """Write a length so that `parse_duration` reads it back: `72h`, `1h30m`."""
    rest, parts = int(length), []
    for unit in ("h", "m", "s", "ms"):
        count, rest = divmod(rest, _UNITS[unit])
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0ms"


def parse_instant(text: str) -> SimTime:
    """Read an RFC 3339 instant with its offset, such as `2026-01-05T00:00:00Z`.

    Raises UsageError when the text is no instant, has no offset, or lies outside 1970 to 2100.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f'instant "{text}" is not understood. Write 2026-01-05T00:00:00Z.') from None
    if instant.tzinfo is None:
        raise UsageError(f'instant "{text}" has no time zone. Write 2026-01-05T00:00:00Z.')
    moment = SimTime((instant - _EPOCH) // timedelta(milliseconds=1))
    if not 0 <= moment < _LATEST:
        raise UsageError(f'instant "{text}" is outside 1970 to 2100.')
    return moment


def read_instant(text: str) -> SimTime:
    """Read an instant off the wire. Raises ValueError when it has no offset."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f'instant "{text}" has no time zone')
    return SimTime((instant - _EPOCH) // timedelta(milliseconds=1))


def format_instant(moment: int) -> str:
    """Write an instant with milliseconds and `Z`: `2026-01-05T00:00:00.000Z`."""
    text = (_EPOCH + timedelta(milliseconds=int(moment))).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{int(moment) % 1_000:03d}Z"

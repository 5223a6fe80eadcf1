"""JSON texts by the column: each distinct piece is made once, then put together row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

import msgspec
import numpy as np
import numpy.typing as npt

from simulator.core.arrays import FloatArray, IntArray
from simulator.core.errors import CodecError


@dataclass(frozen=True, slots=True)
class Choice:
    """A piece of which there are few: row i has `texts[index[i]]`."""

    texts: Sequence[bytes]
    index: IntArray


Part = bytes | list[bytes] | Choice
"""A piece of every row's text: the same in all rows, or one text a row."""

_DAY = 86_400_000
_MINUTE = 60_000
_DAYS_A_TABLE = 512
_INSTANT = np.dtype([("date", "S10"), ("minute", "S7"), ("second", "S7")])
_PATTERNS_MAX = 64  # our choice: as many as stay in a near cache
_ROWS_A_PATTERN = 8  # measured: a pattern costs as much as it saves on that many rows
_TENTHS_MAX = 10_000  # our choice: vital signs and most results lie below 1,000


def weave(parts: Sequence[Part]) -> list[bytes]:
    """Return the rows' texts: the parts one after another.

    At least one part is a list. Few alternatives become part of the pattern that the rows are
    poured into, so that fewer pieces are put together for each row.
    """
    columns = [part for part in parts if isinstance(part, list)]
    choices = [part for part in parts if isinstance(part, Choice)]
    index = _index_of_patterns(choices, len(columns[0]))
    columns = [_column(part) for part in parts if not (isinstance(part, bytes) or _is_choice(part, index))]
    rows = zip(*columns, strict=True)
    if index is None:
        pattern = _pattern(parts, index, 0)
        return [pattern % row for row in rows]
    count = min(len(choice.texts) for choice in choices if choice.index is index)
    patterns = [_pattern(parts, index, value) for value in range(count)]
    return [pattern % row for pattern, row in zip(chosen(patterns, index), rows, strict=True)]


def number_texts(values: IntArray | FloatArray) -> list[bytes]:
    """Return each number in the shortest form that reads back as the same number.

    Raises CodecError for one that is not finite: JSON has no form for it.
    """
    if len(values) == 0:
        return []
    if values.dtype.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):  # beyond the table in any case
            tenths = np.rint(values * 10)
        if _are_tenths(values, tenths):
            rows: list[bytes] = _tenths().take(tenths.astype(np.int64) + _TENTHS_MAX).tolist()
            return rows
        if not np.isfinite(values).all():
            raise CodecError(f"{values[~np.isfinite(values)][0]} cannot be written as JSON")
    return msgspec.json.encode(values.tolist())[1:-1].split(b",")


def value_texts(values: Iterable[object]) -> list[bytes]:
    """Return the JSON text of each value.

    Raises CodecError for a number that is not finite.
    """
    return [_value_text(value) for value in values]


def chosen(texts: Sequence[bytes], index: IntArray) -> list[bytes]:
    """Return `texts[i]` for each i of the index."""
    rows: list[bytes] = _pool(texts).take(index).tolist()
    return rows


def instant_texts(moments: IntArray) -> list[bytes]:
    """Return each instant as `2026-01-05T00:00:00.000Z`, without quotes. 1970 to 9999."""
    if len(moments) == 0:
        return []
    day, rest = np.divmod(moments, _DAY)
    minute, millisecond = np.divmod(rest, _MINUTE)
    lowest = int(day.min()) // _DAYS_A_TABLE
    dates = _dates(lowest, int(day.max()) // _DAYS_A_TABLE + 1)
    texts = np.empty(len(moments), dtype=_INSTANT)
    texts["date"] = dates.take(day - lowest * _DAYS_A_TABLE)
    texts["minute"] = _minutes().take(minute)
    texts["second"] = _seconds().take(millisecond)
    rows: list[bytes] = texts.view("S24").tolist()
    return rows


def _index_of_patterns(choices: Sequence[Choice], rows: int) -> IntArray | None:
    most = min(rows // _ROWS_A_PATTERN, _PATTERNS_MAX)
    few = [choice.index for choice in choices if len(choice.texts) <= most]
    return few[0] if few else None


def _is_choice(part: Part, index: IntArray | None) -> bool:
    return isinstance(part, Choice) and part.index is index


def _column(part: Part) -> list[bytes]:
    assert not isinstance(part, bytes)
    return part if isinstance(part, list) else chosen(part.texts, part.index)


def _pattern(parts: Sequence[Part], index: IntArray | None, value: int) -> bytes:
    """Return the pattern of rows that have the given value of the index."""
    return b"".join(_piece(part, index, value) for part in parts)


def _piece(part: Part, index: IntArray | None, value: int) -> bytes:
    if isinstance(part, Choice) and part.index is index:
        part = part.texts[value]
    return part.replace(b"%", b"%%") if isinstance(part, bytes) else b"%b"


def _are_tenths(values: IntArray | FloatArray, tenths: FloatArray) -> bool:
    """Tell whether all are small numbers of one decimal; a zero below zero is not."""
    if not (tenths.min() >= -_TENTHS_MAX and tenths.max() <= _TENTHS_MAX):
        return False
    return bool((tenths / 10 == values).all()) and not np.signbit(tenths[tenths == 0.0]).any()


def _value_text(value: object) -> bytes:
    if isinstance(value, float) and not isfinite(value):
        raise CodecError(f"{value} cannot be written as JSON")
    return msgspec.json.encode(value)


@lru_cache(maxsize=8)
def _dates(first_table: int, stop_table: int) -> npt.NDArray[np.bytes_]:
    days = np.arange(first_table * _DAYS_A_TABLE, stop_table * _DAYS_A_TABLE)
    return days.astype("M8[D]").astype("S10")


@lru_cache(maxsize=1)
def _minutes() -> npt.NDArray[np.bytes_]:
    return np.array([b"T%02d:%02d:" % divmod(minute, 60) for minute in range(1_440)])


@lru_cache(maxsize=1)
def _seconds() -> npt.NDArray[np.bytes_]:
    seconds = np.array([b"%02d." % second for second in range(60)])
    milliseconds = np.array([b"%03dZ" % millisecond for millisecond in range(1_000)])
    return np.char.add(seconds[:, np.newaxis], milliseconds).ravel()


@lru_cache(maxsize=1)
def _tenths() -> npt.NDArray[np.object_]:
    tenths = [tenth / 10 for tenth in range(-_TENTHS_MAX, _TENTHS_MAX + 1)]
    return _pool(msgspec.json.encode(tenths)[1:-1].split(b","))


def _pool(texts: Sequence[bytes]) -> npt.NDArray[np.object_]:
    pool: npt.NDArray[np.object_] = np.empty(len(texts), dtype=np.object_)
    pool[:] = texts
    return pool

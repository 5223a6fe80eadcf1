"""JSON texts by the column: each distinct piece is made once, then put together row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import isfinite

import msgspec
import numpy as np
import numpy.typing as npt

from simulator.core.arrays import FloatArray, IntArray
from simulator.core.errors import CodecError

Part = bytes | list[bytes]
"""A piece of every row's text: the same in all rows, or one text a row."""

_DAY = 86_400_000
_MINUTE = 60_000
_DAYS_A_TABLE = 512
_INSTANT = np.dtype([("date", "S10"), ("minute", "S7"), ("second", "S7")])


def weave(parts: Sequence[Part]) -> list[bytes]:
    """Return the rows' texts: the parts one after another.

    At least one part has a text a row.
    """
    pattern = b"".join(part.replace(b"%", b"%%") if isinstance(part, bytes) else b"%b" for part in parts)
    columns = [part for part in parts if isinstance(part, list)]
    return [pattern % row for row in zip(*columns, strict=True)]


def number_texts(values: IntArray | FloatArray) -> list[bytes]:
    """Return each number in the shortest form that reads back as the same number.

    Raises CodecError for one that is not finite: JSON has no form for it.
    """
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise CodecError(f"{values[~np.isfinite(values)][0]} cannot be written as JSON")
    return msgspec.json.encode(values.tolist())[1:-1].split(b",") if len(values) else []


def value_texts(values: Iterable[object]) -> list[bytes]:
    """Return the JSON text of each value.

    Raises CodecError for a number that is not finite.
    """
    return [_value_text(value) for value in values]


def chosen(texts: Sequence[bytes], index: IntArray) -> list[bytes]:
    """Return `texts[i]` for each i of the index."""
    pool: npt.NDArray[np.object_] = np.empty(len(texts), dtype=np.object_)
    pool[:] = texts
    rows: list[bytes] = pool.take(index).tolist()
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
    return np.array([b"%02d.%03dZ" % divmod(moment, 1_000) for moment in range(_MINUTE)])

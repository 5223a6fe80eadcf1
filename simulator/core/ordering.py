"""Put rows in order by several fields at once: one sort of packed words where they fit."""

from __future__ import annotations

import numpy as np

from simulator.core.arrays import BoolArray, IntArray

_WORD_BITS = 63  # of an int64, without its sign


def order_by(*fields: IntArray) -> IntArray:
    """Return the order of the rows by the fields, the first the most significant; ties keep row order.

    Fields have equal lengths. One sort of packed integers costs 10-20 ns a row; fields too wide for 63 bits
    take a lexicographic sort, five times as long, with the same answer.
    """
    rows = np.arange(len(fields[0]), dtype=np.int64)
    if len(rows) < 2:
        return rows
    row_bits = int(len(rows) - 1).bit_length()
    packed = _pack(fields, spare_bits=row_bits)
    if packed is None:
        return np.lexsort(fields[::-1])
    packed <<= row_bits
    packed |= rows
    packed.sort()
    packed &= (1 << row_bits) - 1
    return packed


def is_first_of_run(values: IntArray) -> BoolArray:
    """Return for each row whether its value differs from the row's before; the first row's does."""
    first = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return first


def _pack(fields: tuple[IntArray, ...], *, spare_bits: int) -> IntArray | None:
    lowest = [int(field.min()) for field in fields]
    widths = [(int(field.max()) - low).bit_length() for field, low in zip(fields, lowest, strict=True)]
    if sum(widths) + spare_bits > _WORD_BITS:
        return None
    packed = fields[0] - lowest[0]
    for field, low, width in zip(fields[1:], lowest[1:], widths[1:], strict=True):
        packed <<= width
        packed |= field - low
    return packed

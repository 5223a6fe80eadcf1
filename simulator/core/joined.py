"""Many byte strings as lines: cheap to hash and to hand from process to process, cut when looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from simulator.core.arrays import IntArray

_LINES_AT_ONCE = 256  # our choice: what is joined stays in the processor's near cache


class JoinedLines(Sequence[bytes]):
    """A sequence of byte strings kept as one, a line feed after each.

    They may hold line feeds themselves: where each ends is known.
    """

    def __init__(self, joined: bytes, ends: IntArray) -> None:
        """Keep `joined`; `ends` says for each string where its line feed has been passed."""
        self._joined = joined
        self._ends = ends

    def __len__(self) -> int:
        """Return how many strings there are."""
        return len(self._ends)

    def __iter__(self) -> Iterator[bytes]:
        """Return the strings, in order."""
        start, joined = 0, self._joined
        for end in self._ends.tolist():
            yield joined[start : end - 1]
            start = end

    @overload
    def __getitem__(self, place: int) -> bytes: ...
    @overload
    def __getitem__(self, place: slice) -> list[bytes]: ...
    def __getitem__(self, place: int | slice) -> bytes | list[bytes]:
        """Return one string, or a list of several."""
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        position = range(len(self))[place]
        start = int(self._ends[position - 1]) if position else 0
        return self._joined[start : int(self._ends[position]) - 1]


def lines_of(values: Sequence[bytes], rows: slice) -> Iterator[tuple[bytes, IntArray]]:
    """Join the values of `rows`, a line feed after each: some at a time.

    With the lines comes how long each is.
    """
    for start in range(rows.start, rows.stop, _LINES_AT_ONCE):
        few = values[start : min(start + _LINES_AT_ONCE, rows.stop)]
        yield b"\n".join([*few, b""]), line_lengths(few)


def line_lengths(values: Sequence[bytes]) -> IntArray:
    """Return how long the line of each value is."""
    return np.fromiter(map(len, values), dtype=np.int64, count=len(values)) + 1

"""Many byte strings as one: cheap to hand from process to process, sliced when looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from simulator.core.arrays import IntArray


class JoinedValues(Sequence[bytes]):
    """A sequence of byte strings kept as one string and the end of each."""

    def __init__(self, joined: bytes, ends: IntArray) -> None:
        """Keep `joined`; string i is what lies between the ends of i - 1 and i."""
        self._joined = joined
        self._ends = ends

    def __len__(self) -> int:
        """Return how many strings there are."""
        return len(self._ends)

    def __iter__(self) -> Iterator[bytes]:
        """Return the strings, in order."""
        start, joined = 0, self._joined
        for end in self._ends.tolist():
            yield joined[start:end]
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
        return self._joined[start : int(self._ends[position])]


def lengths_of(values: Sequence[bytes]) -> IntArray:
    """Return the length of each byte string."""
    return np.fromiter(map(len, values), dtype=np.int64, count=len(values))

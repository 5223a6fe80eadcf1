"""Many byte strings as one: cheap to hand from process to process, sliced when looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import numpy as np

from simulator.core.arrays import IntArray


class JoinedValues(Sequence[bytes]):
    """A sequence of byte strings kept as one string and the end of each."""

    def __init__(self, joined: bytes, ends: IntArray) -> None:
        """Keep `joined`; string i is what lies between the ends of i - 1 and i."""
        self._joined = joined
        self._ends = ends

    @classmethod
    def of(cls, values: Sequence[bytes]) -> JoinedValues:
        """Join byte strings."""
        lengths = np.fromiter(map(len, values), dtype=np.int64, count=len(values))
        return cls(b"".join(values), np.cumsum(lengths))

    @classmethod
    def of_pieces(cls, pieces: Iterable[tuple[JoinedValues, int, int]]) -> JoinedValues:
        """Join pieces of others, each from a first string to before a last, uncut."""
        cuts = [values.piece(first, stop) for values, first, stop in pieces]
        lengths = np.concatenate([np.diff(ends, prepend=0) for _, ends in cuts])
        return cls(b"".join(joined for joined, _ in cuts), np.cumsum(lengths))

    def piece(self, first: int, stop: int) -> tuple[bytes, IntArray]:
        """Return the strings from `first` to before `stop`: joined, and the end of each."""
        start = int(self._ends[first - 1]) if first else 0
        return self._joined[start : int(self._ends[stop - 1])], self._ends[first:stop] - start

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

"""The keys of subjects as bytes, each made once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simulator.core.arrays import IntArray
from simulator.core.catalog import Catalog

_WIDEST = 1 << 22  # subjects; our choice: beyond it keys are made anew, so that memory stays bounded


class SubjectKeys:
    """Look up keys of subjects whose numbers lie in one range, as a cohort's do."""

    def __init__(self, catalog: Catalog) -> None:
        """Start with no keys."""
        self._catalog = catalog
        self._first = 0
        self._keys: npt.NDArray[np.object_] = np.empty(0, dtype=np.object_)

    def of(self, subjects: IntArray) -> list[bytes]:
        """Return the keys of the subjects, in their order."""
        if len(subjects) == 0:
            return []
        lowest, highest = int(subjects.min()), int(subjects.max())
        if not self._cover(lowest, highest):
            return [self._make(subject) for subject in subjects.tolist()]
        keys: list[bytes] = self._keys.take(subjects - self._first).tolist()
        return keys

    def _cover(self, lowest: int, highest: int) -> bool:
        """Make the keys that the range lacks. Return whether the range can be held."""
        first, stop = self._first, self._first + len(self._keys)
        if first <= lowest and highest < stop:
            return True
        if first == stop:
            first = stop = lowest
        if max(highest + 1, stop) - min(lowest, first) > _WIDEST:
            return False
        below, above = range(min(lowest, first), first), range(stop, max(highest + 1, stop))
        self._keys = np.concatenate([self._made(below), self._keys, self._made(above)])
        self._first = below.start
        return True

    def _made(self, subjects: range) -> npt.NDArray[np.object_]:
        return np.fromiter(map(self._make, subjects), dtype=np.object_, count=len(subjects))

    def _make(self, subject: int) -> bytes:
        return self._catalog.subject_name(subject).encode()


@lru_cache(maxsize=4)
def keys_of(catalog: Catalog) -> SubjectKeys:
    """Return the keys of a catalog's subjects, shared by all who ask."""
    return SubjectKeys(catalog)

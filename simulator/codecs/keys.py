"""The keys of subjects as bytes, each made once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simulator.core.arrays import BoolArray, IntArray
from simulator.core.catalog import Catalog

_WIDEST = 1 << 22  # subjects; our choice: in a wider range keys are made anew, so that memory stays bounded


class SubjectKeys:
    """Look up keys of subjects whose numbers lie in one range, as a cohort's do."""

    def __init__(self, catalog: Catalog) -> None:
        """Start with no keys."""
        self._catalog = catalog
        self._first = 0
        self._keys: npt.NDArray[np.object_] = np.empty(0, dtype=np.object_)
        self._is_made: BoolArray = np.empty(0, dtype=np.bool_)

    def of(self, subjects: IntArray) -> list[bytes]:
        """Return the keys of the subjects, in their order."""
        if len(subjects) == 0:
            return []
        if not self._cover(int(subjects.min()), int(subjects.max())):
            return self._made(subjects)
        places = subjects - self._first
        missing = np.unique(places[~self._is_made[places]])
        self._keys[missing] = self._made(missing + self._first)
        self._is_made[missing] = True
        keys: list[bytes] = self._keys.take(places).tolist()
        return keys

    def _cover(self, lowest: int, highest: int) -> bool:
        """Make room for the range. Return whether it can be held."""
        first, stop = self._first, self._first + len(self._keys)
        if first == stop:
            first = stop = lowest
        below, above = max(first - lowest, 0), max(highest + 1 - stop, 0)
        if below + (stop - first) + above > _WIDEST:
            return False
        if below or above:
            room = max(above, len(self._keys)) if above else 0  # twice as much, so that growth is rare
            self._first = first - below
            self._keys = np.pad(self._keys, (below, room), constant_values=b"")
            self._is_made = np.pad(self._is_made, (below, room))
        return True

    def _made(self, subjects: IntArray) -> list[bytes]:
        return [self._catalog.subject_name(subject).encode() for subject in subjects.tolist()]


@lru_cache(maxsize=4)
def keys_of(catalog: Catalog) -> SubjectKeys:
    """Return the keys of a catalog's subjects, shared by all who ask."""
    return SubjectKeys(catalog)

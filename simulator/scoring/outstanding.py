"""Outstanding: events that were published and have not been received yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.core.arrays import BoolArray, IntArray


@dataclass(frozen=True, slots=True)
class Published:
    """What was published, one entry an event: its key and its times in milliseconds."""

    keys: IntArray
    published_at: IntArray
    occurred_at: IntArray

    def take(self, rows: IntArray | BoolArray) -> Published:
        """Return the given rows."""
        return Published(self.keys[rows], self.published_at[rows], self.occurred_at[rows])


class Outstanding:
    """A table of events that shrinks as they are received."""

    def __init__(self) -> None:
        """Start with nothing outstanding."""
        none = np.empty(0, dtype=np.int64)
        self._table = Published(none, none, none)
        self._is_gone = np.zeros(0, dtype=np.bool_)
        self._added: list[Published] = []

    def add(self, published: Published) -> None:
        """Take in events, in any order."""
        self._added.append(published)

    def take(self, keys: IntArray) -> tuple[BoolArray, Published]:
        """Return which of the keys were outstanding, and their rows; they no longer are.

        No key may be given twice in one call.
        """
        self._merge()
        if not len(self._table.keys):
            return np.zeros(len(keys), dtype=np.bool_), self._table
        places = np.minimum(np.searchsorted(self._table.keys, keys), len(self._table.keys) - 1)
        is_found = (self._table.keys[places] == keys) & ~self._is_gone[places]
        self._is_gone[places[is_found]] = True
        return is_found, self._table.take(places[is_found])

    def rest(self) -> Published:
        """Return what is outstanding, sorted by key."""
        self._merge()
        return self._table.take(~self._is_gone)

    def _merge(self) -> None:
        if not self._added:
            return
        parts = [self._table.take(~self._is_gone), *self._added]
        joined = Published(
            np.concatenate([part.keys for part in parts]),
            np.concatenate([part.published_at for part in parts]),
            np.concatenate([part.occurred_at for part in parts]),
        )
        self._table = joined.take(np.argsort(joined.keys, kind="stable"))
        self._is_gone = np.zeros(len(self._table.keys), dtype=np.bool_)
        self._added = []

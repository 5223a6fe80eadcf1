"""When causes were published: which decisions could not be made then, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.catalog import Catalog
from simulator.core.decisions import Decision
from simulator.core.history import History
from simulator.core.records import RecordBatch
from simulator.scoring import DeliveryAudit, EventKeys

_NO_ROWS: IntArray = np.empty(0, dtype=np.int64)


class CauseTimes:
    """The published_at of every event of a run, by its id: 16 bytes an event.

    Kept for consumers outside this process alone: one in here cannot date its decisions itself.
    """

    def __init__(self, catalog: Catalog, *, seed: int) -> None:
        """Start with nothing published."""
        self._keys_of = EventKeys(catalog, seed=seed)
        self._keys: list[IntArray] = [_NO_ROWS]
        self._times: list[IntArray] = [_NO_ROWS]

    def add(self, batches: Iterable[RecordBatch]) -> None:
        """Take in what was published."""
        for batch in batches:
            self._keys.append(self._keys_of.pack(batch.types, batch.subjects, batch.numbers))
            self._times.append(batch.timestamps)

    def backdated(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Return the decisions whose time lies before their cause was published."""
        keys, times = np.concatenate(self._keys), np.concatenate(self._times)
        if not decisions or not len(keys):
            return []
        order = np.argsort(keys)
        causes = self._keys_of.read([decision.caused_by for decision in decisions])
        places = order[np.minimum(np.searchsorted(keys, causes, sorter=order), len(keys) - 1)]
        is_early = (keys[places] == causes) & (np.array([one.time for one in decisions]) < times[places])
        return [decisions[row] for row in np.flatnonzero(is_early).tolist()]


def phantoms(decisions: Sequence[Decision], *, audit: DeliveryAudit, catalog: Catalog) -> int:
    """Count decisions on a cause never published, or on another subject's.

    A type of decision may allow the second.
    """
    unknown = set(audit.never_published([one.caused_by for one in decisions]))
    bound = {one.name for one in catalog.decision_types if one.has_subject_of_cause}
    return sum(
        one.caused_by in unknown or (one.type in bound and catalog.subject_of(one.caused_by) != one.subject)
        for one in decisions
    )


def misdated_hindrances(history: History) -> list[str]:
    """Return why a run whose decisions have wrong times proves nothing."""
    wrong = {
        "before their cause was published, or in a step that was answered": history.backdated_decisions,
        "after all that had been published when they were heard": history.postdated_decisions,
    }
    return [
        f"{count} decisions are dated {when}: write the record's timestamp as their time"
        for when, count in wrong.items()
        if count
    ]

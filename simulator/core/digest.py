"""One digest of all that was published, whatever the windows it came in."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise

import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.ordering import sort_rows
from simulator.core.records import RecordBatch

_ROWS_AT_ONCE = 256  # our choice: what is joined stays in the processor's near cache


class StreamDigest:
    """Take in published events; tell whether two runs published the same.

    Each partition has a digest of its own over the events of all its topics in the order of
    (published_at, subject): over the values, each with a line feed after it, and over their
    places (type, subject, number, published_at as 64-bit integers, least byte first). Faults
    come after: what is digested is what the world said.
    """

    def __init__(self, partitions: int) -> None:
        """Start with nothing published in so many partitions."""
        self._values = [sha256() for _ in range(partitions)]
        self._places = [sha256() for _ in range(partitions)]

    def add(self, batches: Sequence[RecordBatch]) -> None:
        """Take in the batches of one release: all topics together, and in order."""
        batches = [batch for batch in batches if len(batch)]
        if not batches:
            return
        partitions, timestamps, subjects, types, numbers = (
            np.concatenate([getattr(batch, name) for batch in batches])
            for name in ("partitions", "timestamps", "subjects", "types", "numbers")
        )
        order, _ = sort_rows(partitions, timestamps, subjects)
        places = np.stack([types, subjects, numbers, timestamps], axis=1)[order].astype("<i8")
        values = _all_values(batches)
        for partition, rows in _runs(partitions[order]):
            for start in range(rows.start, rows.stop, _ROWS_AT_ONCE):
                few = order[start : min(start + _ROWS_AT_ONCE, rows.stop)].tolist()
                lines = b"\n".join([*map(values.__getitem__, few), b""])
                self._values[partition].update(lines)
            self._places[partition].update(places[rows].tobytes())

    def partition_digests(self) -> tuple[str, ...]:
        """Return the digest of each partition, as hexadecimal digits."""
        return tuple(
            sha256(values.digest() + places.digest()).hexdigest()
            for values, places in zip(self._values, self._places, strict=True)
        )

    def hexdigest(self) -> str:
        """Return the digest of the whole."""
        return digest_of_partitions(self.partition_digests())


def digest_of_partitions(digests: Sequence[str]) -> str:
    """Return the digest of the whole from those of the partitions, in their order.

    So shards that each own whole partitions can be put together.
    """
    return sha256("\n".join(digests).encode()).hexdigest()


def _all_values(batches: Sequence[RecordBatch]) -> Sequence[bytes]:
    if len(batches) == 1:
        return batches[0].values
    return [value for batch in batches for value in batch.values]


def _runs(partitions: IntArray) -> list[tuple[int, slice]]:
    """Return where each partition's rows stand; `partitions` is sorted."""
    starts = [0, *(np.flatnonzero(np.diff(partitions)) + 1).tolist(), len(partitions)]
    bounds = pairwise(starts)
    return [(int(partitions[start]), slice(start, stop)) for start, stop in bounds]

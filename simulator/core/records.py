"""Records: the bytes that were sent, with key, place and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from simulator.core.arrays import IntArray

_NO_ROWS: IntArray = np.empty(0, dtype=np.int64)


class Record(msgspec.Struct, frozen=True, gc=False):
    """Bytes in a topic-partition at an offset; `timestamp` is published_at, ms."""

    # A Struct, for one is made per event read: a tenth of what a frozen dataclass costs.

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """Records of one topic on their way out, sorted by (partition, timestamp).

    `keys`, `values`, `partitions` and `timestamps` have one entry a record. For records that
    are events, `types` (index into the catalog's event types), `subjects` and `numbers` say
    which, and `occurred` when (milliseconds); for clock ticks and decisions the four are empty.
    """

    topic: str
    partitions: IntArray
    timestamps: IntArray
    keys: Sequence[bytes]
    values: Sequence[bytes]
    types: IntArray = field(default_factory=_NO_ROWS.copy)
    subjects: IntArray = field(default_factory=_NO_ROWS.copy)
    numbers: IntArray = field(default_factory=_NO_ROWS.copy)
    occurred: IntArray = field(default_factory=_NO_ROWS.copy)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.values)


def record_batch(topic: str, records: Sequence[tuple[int, int, bytes, bytes]]) -> RecordBatch:
    """Build a batch of a few (partition, timestamp, key, value)."""
    return RecordBatch(
        topic=topic,
        partitions=np.array([one[0] for one in records], dtype=np.int64),
        timestamps=np.array([one[1] for one in records], dtype=np.int64),
        keys=[one[2] for one in records],
        values=[one[3] for one in records],
    )

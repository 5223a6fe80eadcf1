"""One digest of all that was published, whatever the windows it came in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import pairwise

import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.joined import lines_of
from simulator.core.records import RecordBatch


class TopicDigest:
    """The digest of one topic's events in one partition, in the order of its log.

    It is over the values, each with a line feed after it, over how long each of these lines is, and
    over the places of the events (type, subject, number, published_at). All are 64-bit integers,
    least byte first.
    """

    def __init__(self) -> None:
        """Start with no event."""
        self._values, self._lengths, self._places = sha256(), sha256(), sha256()

    def add_lines(self, lines: bytes, lengths: IntArray) -> None:
        """Take in values of the next events, a line feed after each.

        A value may hold line feeds itself: `lengths` say where each line ends.
        """
        self._values.update(lines)
        self._lengths.update(lengths.astype("<i8", copy=False).tobytes())

    def add_places(self, batch: RecordBatch, rows: slice) -> None:
        """Take in the places of the next events, which are `rows` of a batch."""
        columns = (batch.types, batch.subjects, batch.numbers, batch.timestamps)
        places = np.stack([column[rows] for column in columns], axis=1)
        self._places.update(places.astype("<i8", copy=False).tobytes())

    def digest(self) -> bytes:
        """Return the digest of all three."""
        return self._values.digest() + self._lengths.digest() + self._places.digest()


class StreamDigest:
    """Take in published events; tell whether two runs published the same.

    Each partition has a digest over those of its topics in the order of their names. Faults come
    after: what is digested is what the world said.
    """

    def __init__(self) -> None:
        """Start with nothing published."""
        self._topics: defaultdict[int, defaultdict[str, TopicDigest]] = defaultdict(lambda: defaultdict(TopicDigest))

    def of_topic(self, topic: str, partition: int) -> TopicDigest:
        """Return the digest of a topic's events in a partition, to add to."""
        return self._topics[partition][topic]

    def add(self, batches: Sequence[RecordBatch]) -> None:
        """Take in batches, whose rows of each partition are in the order of the log."""
        for batch in batches:
            for rows in rows_of_partitions(batch):
                one = self.of_topic(batch.topic, int(batch.partitions[rows.start]))
                one.add_places(batch, rows)
                for lines, lengths in lines_of(batch.values, rows):
                    one.add_lines(lines, lengths)

    def of_partitions(self, partitions: Sequence[int]) -> dict[int, str]:
        """Return the digest of each partition, as hexadecimal digits."""
        return {partition: self._of_partition(partition) for partition in partitions}

    def _of_partition(self, partition: int) -> str:
        topics = sorted(self._topics[partition].items())
        return sha256(b"".join(one.digest() for _, one in topics)).hexdigest()


def digest_of_partitions(digests: Mapping[int, str]) -> str:
    """Return the digest of the whole from those of the partitions.

    So shards that each own whole partitions can be put together.
    """
    return sha256("\n".join(digests[partition] for partition in sorted(digests)).encode()).hexdigest()


def rows_of_partitions(batch: RecordBatch) -> list[slice]:
    """Return where each partition's rows stand; a batch is sorted by partition."""
    if not len(batch):
        return []
    bounds = [0, *(np.flatnonzero(np.diff(batch.partitions)) + 1).tolist(), len(batch)]
    return [slice(start, stop) for start, stop in pairwise(bounds)]

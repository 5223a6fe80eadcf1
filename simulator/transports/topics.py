"""Topics as every transport takes them: legal names, and the stretches of a batch in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from simulator.core.catalog import Topic
from simulator.core.errors import UsageError
from simulator.core.records import RecordBatch

# Kafka's own rule (org.apache.kafka.common.internals.Topic); as a file name it is safe as well.
_LEGAL = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")


class Span(NamedTuple):
    """The rows from `start` up to `stop` of a batch, all of one partition."""

    partition: int
    start: int
    stop: int


def check_topics(topics: Sequence[Topic]) -> None:
    """Raise UsageError for a topic whose name or number of partitions cannot be."""
    for topic in topics:
        if not _LEGAL.fullmatch(topic.name):
            raise UsageError(
                f'topic "{topic.name}" is no legal name; use letters, digits, ".", "_" and "-", '
                "at most 249, and see --topic-prefix"
            )
        if topic.partitions < 1:
            raise UsageError(f'topic "{topic.name}" has {topic.partitions} partitions; give 1 or more')


def other_partitions(topic: Topic, found: int, place: str) -> UsageError:
    """Return the error for a topic that exists with another number of partitions."""
    return UsageError(
        f'topic "{topic.name}" in {place} has {found} partitions where {topic.partitions} are needed; '
        "delete it or choose other names with --topic-prefix"
    )


def not_empty(topic: Topic, records: int, place: str, *, way_out: str) -> UsageError:
    """Return the error for a topic that must be empty and is not.

    `way_out` is what helps in that place alone.
    """
    return UsageError(
        f'topic "{topic.name}" in {place} already has {records:,} records; '
        f"choose other names with --topic-prefix, or {way_out}"
    )


def spans(batch: RecordBatch) -> Iterator[Span]:
    """Cut a batch where the partition changes."""
    if not len(batch):
        return
    edges = (np.flatnonzero(batch.partitions[1:] != batch.partitions[:-1]) + 1).tolist()
    for start, stop in zip([0, *edges], [*edges, len(batch)], strict=True):
        yield Span(int(batch.partitions[start]), start, stop)

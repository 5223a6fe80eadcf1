"""Loads of a few subjects, generated here and now: what a generating process would write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any
from unittest.mock import patch

from loadtests import generator
from loadtests.generator import Generator, GeneratorSpec
from loadtests.spec import LoadSpec, plan_of
from loadtests.stretches import Columns, Stretch
from simulator.core.records import Record
from simulator.core.time import Milliseconds

SIZE: dict[str, Any] = {"subjects": 40, "duration": "12h", "seed": 7}

Log = Mapping[tuple[str, int], Sequence[tuple[int, bytes]]]
"""What lies in each partition of a topic: timestamps and values in order."""


def small_load(**fields: Any) -> LoadSpec:
    """Return a load of sepsis, small where `fields` say nothing else."""
    return LoadSpec(**{"scenario": "sepsis", **SIZE, **fields})


def endless(load: LoadSpec, *, shard: int = 0, shards: int = 1, cohort: int = 0, end: int = 0) -> Iterator[Stretch]:
    """Yield what a generator makes; each partition's next offset is `end`."""
    catalog = plan_of(load).scenario.catalog
    ends = [[end] * catalog.partitions for _ in catalog.event_topics()]
    spec = GeneratorSpec(load=load, shard=shard, shards=shards, cohort=cohort, ends=ends, pipe=-1)
    return Generator(spec).stretches()


def generated(
    load: LoadSpec, *, cohorts: int = 1, first_step: Milliseconds | None = None, **part: int
) -> list[Stretch]:
    """Return the stretches of the first cohorts; of each the first may be made longer than it would be."""
    first = part.get("cohort", 0)
    with patch.object(generator, "_FIRST_STEP", first_step or generator._FIRST_STEP):
        return list(takewhile(lambda one: one.cohort < first + cohorts, endless(load, **part)))


def records_of(stretches: Sequence[Stretch], load: LoadSpec) -> list[Record]:
    """Return all records in the order in which they are sent, with offsets from 0."""
    catalog = plan_of(load).scenario.catalog
    topics = [topic.name for topic in catalog.event_topics(prefix=load.topic_prefix)]
    next_offset: dict[tuple[str, int], int] = defaultdict(int)
    found = []
    for stretch in stretches:
        columns, start = Columns.of(stretch), 0
        rows = zip(columns.topics, columns.partitions, columns.timestamps, columns.subjects, columns.ends, strict=True)
        for topic, partition, timestamp, subject, end in rows:
            place = (topics[topic], int(partition))
            key, value = catalog.subject_name(int(subject)).encode(), stretch.values[start:end]
            found.append(Record(*place, next_offset[place], int(timestamp), key, value))
            next_offset[place] += 1
            start = int(end)
    return found


def log_of(records: Sequence[Record]) -> Log:
    """Return records by partition."""
    log: dict[tuple[str, int], list[tuple[int, bytes]]] = defaultdict(list)
    for record in records:
        log[record.topic, record.partition].append((record.timestamp, record.value))
    return log


def expected_ids(stretches: Sequence[Stretch]) -> list[str]:
    """Return the ids of the decisions that must follow."""
    return [one.id for stretch in stretches for one in stretch.expected]

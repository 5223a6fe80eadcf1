"""What goes out: a world stepped, sequenced and encoded, whole or a shard of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simulator.codecs.assembly import assemble
from simulator.core.arrays import IntArray
from simulator.core.decisions import Decision
from simulator.core.digest import StreamDigest
from simulator.core.draws import Draws
from simulator.core.events import Block
from simulator.core.labels import Label
from simulator.core.partitioning import partitions_of_subjects
from simulator.core.records import RecordBatch
from simulator.core.scenario import Step, WorldSetup
from simulator.core.sequencing import Sequencer
from simulator.core.time import SimTime
from simulator.harness.plan import Plan


@dataclass(frozen=True, slots=True)
class Fed:
    """What a feed returns for a step: records ready to be sent, and what was true."""

    batches: Sequence[RecordBatch]
    labels: Sequence[Label]


class Feed(Protocol):
    """A source of records in simulated time: a world, its shards, or a recording."""

    def step(self, until: SimTime, decisions: Sequence[Decision]) -> Fed:
        """Return the records whose published_at lies after the last step, up to `until`."""

    def digests(self) -> dict[int, str]:
        """Return the sha256 of what was fed so far, for each partition owned."""

    def close(self) -> None:
        """Free what the feed holds. Calling it again does nothing."""


class WorldFeed:
    """A world in this process, or the shard that owns every `shards`-th partition.

    A shard owns whole partitions, so each partition is ordered in one place and its bytes do
    not depend on how many shards there are. A world whose subjects are independent is asked
    for its own subjects alone; any other is stepped whole in every shard and cut afterwards.
    """

    def __init__(self, plan: Plan, *, shard: int = 0, shards: int = 1) -> None:
        """Make the world of `plan` and what follows it."""
        scenario, size = plan.scenario, plan.size
        subjects = np.arange(size.subjects, dtype=np.int64)
        partitions = partitions_of_subjects(scenario.catalog, subjects)
        self._owned = partitions % shards == shard
        self._whole = shards == 1 or scenario.independent_subjects
        self._reports_labels = scenario.independent_subjects or shard == 0
        self._plan = plan
        self._partitions = [one for one in range(scenario.catalog.partitions) if one % shards == shard]
        self._codec = plan.codec()
        self._sequencer = Sequencer(scenario.catalog, partitions)
        self._digest = StreamDigest(scenario.catalog.partitions)
        self._world = scenario.make_world(
            WorldSetup(
                catalog=scenario.catalog,
                parameters=plan.parameters,
                draws=Draws(size.seed),
                subjects=subjects[self._owned] if scenario.independent_subjects else subjects,
                start=size.start,
                end=size.end,
            )
        )

    def step(self, until: SimTime, decisions: Sequence[Decision]) -> Fed:
        """Step the world, put its events in order and encode them."""
        step: Step = self._world.step(until, decisions)
        self._sequencer.push([self._own(block) for block in step.blocks])
        sequenced = self._sequencer.release(until)
        batches = assemble(sequenced, self._codec, self._plan.scenario.catalog, prefix=self._plan.spec.topic_prefix)
        self._digest.add(batches)
        return Fed(batches=batches, labels=step.labels if self._reports_labels else ())

    def digests(self) -> dict[int, str]:
        """Return the sha256 of each owned partition."""
        every = self._digest.partition_digests()
        return {partition: every[partition] for partition in self._partitions}

    def close(self) -> None:
        """Do nothing: the world holds nothing but memory."""

    def _own(self, block: Block) -> Block:
        if self._whole:
            return block
        rows: IntArray = np.flatnonzero(self._owned[block.subject])
        return block.take(rows)

"""A world, or the part of it that owns some partitions: stepped, put in order and encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.codecs.assembly import assemble
from simulator.codecs.protocol import Codec
from simulator.core.arrays import IntArray
from simulator.core.decisions import Decision
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of `cohort`: every `shards`-th partition from `shard` on.

    Cohort c is the plan's world over again with other subjects: those of numbers c * N to
    (c + 1) * N - 1, from c * D later on, N being the plan's subjects and D its duration.
    """

    shard: int = 0
    shards: int = 1
    cohort: int = 0


class Shard:
    """The world of a plan, or a part of it, with what follows it up to bytes.

    A shard owns whole partitions, so each partition is ordered in one place and its bytes do
    not depend on how many shards there are. A world whose subjects are independent is asked
    for its own subjects alone; any other is stepped whole in every shard and cut afterwards.
    """

    def __init__(self, plan: Plan, part: Part) -> None:
        """Make the world, at its start."""
        scenario, size = plan.scenario, plan.size
        self._first = part.cohort * size.subjects
        shift = part.cohort * size.duration
        subjects = np.arange(self._first, self._first + size.subjects, dtype=np.int64)
        partitions = partitions_of_subjects(scenario.catalog, subjects)
        self.partitions = range(part.shard, scenario.catalog.partitions, part.shards)
        self._owned = np.isin(partitions, self.partitions)
        self._whole = part.shards == 1 or scenario.independent_subjects
        self._reports_labels = scenario.independent_subjects or part.shard == 0
        self._plan = plan
        self._codec: Codec = plan.codec()
        self._sequencer = Sequencer(scenario.catalog, partitions, first_subject=self._first)
        self._world = scenario.make_world(
            WorldSetup(
                catalog=scenario.catalog,
                parameters=plan.parameters,
                draws=Draws(size.seed),
                subjects=subjects[self._owned] if scenario.independent_subjects else subjects,
                start=SimTime(size.start + shift),
                end=SimTime(size.end + shift),
            )
        )

    def step(self, until: SimTime, decisions: Sequence[Decision]) -> Fed:
        """Step the world, put its events in order and encode them."""
        step: Step = self._world.step(until, decisions)
        self._sequencer.push([self._own(block) for block in step.blocks])
        sequenced = self._sequencer.release(until)
        batches = assemble(sequenced, self._codec, self._plan.scenario.catalog, prefix=self._plan.spec.topic_prefix)
        return Fed(batches=batches, labels=step.labels if self._reports_labels else ())

    def _own(self, block: Block) -> Block:
        if self._whole:
            return block
        rows: IntArray = np.flatnonzero(self._owned[block.subject - self._first])
        return block.take(rows)

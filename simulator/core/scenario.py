"""What a scenario is: a versioned problem with a world, a reference consumer and a scoring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from simulator.core.arrays import IntArray
from simulator.core.catalog import Catalog
from simulator.core.decisions import Decision
from simulator.core.draws import Draws
from simulator.core.events import Block
from simulator.core.history import History
from simulator.core.labels import Label, LabelType
from simulator.core.reducers import Consumer
from simulator.core.time import Milliseconds, SimTime


@dataclass(frozen=True, slots=True)
class Step:
    """What a world returns for a step: the blocks of events, and what was true."""

    blocks: Sequence[Block]
    labels: Sequence[Label] = ()


class World(Protocol):
    """The hidden state of all subjects, stepped through simulated time."""

    def step(self, until: SimTime, decisions: Sequence[Decision]) -> Step:
        """Return all that came to pass up to and including `until`.

        Steps may have any length up to the scenario's reaction time (any length at all in open
        loop) and the sum of what they return does not depend on it. A row may have a
        published_at after `until`; none that a later step returns has one at or before it.
        A label is returned at the latest by the step that reaches the run's end.
        """


@dataclass(frozen=True, slots=True)
class WorldSetup:
    """What a world is made from; `subjects` are global numbers."""

    catalog: Catalog
    parameters: msgspec.Struct
    draws: Draws
    subjects: IntArray
    start: SimTime
    end: SimTime


class Metric(msgspec.Struct, frozen=True):
    """A name in the score: what it means, its unit, and which way is better."""

    name: str
    summary: str
    unit: str = ""
    better: str = "neither"


@dataclass(frozen=True, slots=True)
class Defaults:
    """The size of a run when nobody says: fixed, never today, never random."""

    subjects: int
    duration: Milliseconds
    start: SimTime
    seed: int = 42


Scores = Mapping[str, float | None]
"""A score: metric names to values; None where the run gives no ground for one."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A versioned problem, complete: all that harness, docs and tests need.

    `parameters` is a frozen msgspec Struct with a default, a unit and a source for each field
    (Annotated with msgspec.Meta; `extra={"unit": ..., "source": ...}`). `reaction_time` is the
    shortest time in which a decision can change the world. `requirements` are the conditions of
    a pass, such as `sensitivity>=0.5`; a caller adds to them.
    """

    catalog: Catalog
    summary: str
    defaults: Defaults
    parameters: type[msgspec.Struct]
    label_types: tuple[LabelType, ...]
    metrics: tuple[Metric, ...]
    requirements: tuple[str, ...]
    reaction_time: Milliseconds
    make_world: Callable[[WorldSetup], World]
    consumers: Mapping[str, Callable[[], Consumer]]
    score: Callable[[History], Scores]
    independent_subjects: bool = True
    maximum_subjects: int = 10_000_000

    @property
    def id(self) -> str:
        """Return the versioned name, `sepsis-v1`."""
        return self.catalog.scenario_id

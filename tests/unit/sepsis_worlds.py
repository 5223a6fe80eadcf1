"""Sepsis worlds to step, and their events as plain rows to compare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
import numpy as np

from scenarios.sepsis.defaults import DEFAULTS
from scenarios.sepsis.events import ALERT_RAISED, CATALOG
from scenarios.sepsis.parameters import Parameters
from scenarios.sepsis.world import SepsisWorld, make_world
from simulator.clinical.alert import Alert
from simulator.core.decisions import Decision
from simulator.core.draws import Draws
from simulator.core.events import Block, Coded, Column, Instants
from simulator.core.labels import Label
from simulator.core.scenario import WorldSetup
from simulator.core.time import SimTime, format_instant, hours, minutes

START = DEFAULTS.start
QUARTER = minutes(15)
Row = tuple[str, int, int, int, str]
Decide = Callable[[SimTime, Sequence[Block]], Sequence[Decision]]


def sepsis_world(
    *,
    subjects: Iterable[int] = range(40),
    duration: int = hours(48),
    seed: int = 7,
    parameters: Parameters | None = None,
) -> SepsisWorld:
    """Return a world at its start."""
    return make_world(
        WorldSetup(
            catalog=CATALOG,
            parameters=parameters or Parameters(),
            draws=Draws(seed),
            subjects=np.array(list(subjects), dtype=np.int64),
            start=START,
            end=SimTime(START + duration),
        )
    )


def run_world(
    world: SepsisWorld, steps: Iterable[int], decide: Decide = lambda _until, _blocks: ()
) -> tuple[list[Row], list[Label]]:
    """Step a world to the ends of `steps` (ms after START); return rows by subject, and labels."""
    rows: list[Row] = []
    labels: list[Label] = []
    decisions: Sequence[Decision] = ()
    for end in steps:
        step = world.step(SimTime(START + end), decisions)
        decisions = decide(SimTime(START + end), step.blocks)
        rows += [row for block in step.blocks for row in rows_of(block)]
        labels += step.labels
    return sorted(rows, key=lambda row: row[:4]), sorted(labels, key=lambda one: (one.subject, one.kind))


def every(length: int, duration: int) -> list[int]:
    """Return the ends of steps of one length that fill the duration."""
    return [*range(length, duration, length), duration]


def alert(subject: int, at: int) -> Decision:
    """Return an alert for a subject, so many ms after START."""
    return Decision(
        type=ALERT_RAISED.name,
        subject=CATALOG.subject_name(subject),
        time=SimTime(START + at),
        caused_by="",
        data=Alert(score=7.0, rule="NEWS2"),
    )


def rows_of(block: Block) -> list[Row]:
    """Return (type, subject, published_at, occurred_at, data) of each row, the data as JSON."""
    data = [msgspec.json.encode(one).decode() for one in data_of(block)]
    columns = (block.subject.tolist(), block.published_at.tolist(), block.occurred_at.tolist(), data)
    return [(block.type.name, *row) for row in zip(*columns, strict=True)]


def data_of(block: Block) -> list[object]:
    """Return the data of each row, objects as they are and columns as dicts."""
    if block.objects is not None:
        return list(block.objects)
    columns = {name: _values(column) for name, column in (block.columns or {}).items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _values(column: Column) -> list[object]:
    if isinstance(column, Coded):
        return [column.values[place] for place in column.index.tolist()]
    if isinstance(column, Instants):
        return [format_instant(instant) for instant in column.values.tolist()]
    return list(column.tolist())

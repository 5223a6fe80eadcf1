"""Small streams for the tests of faults and of the audit: two topics, three event types."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from simulator.codecs.assembly import assemble
from simulator.codecs.cloudevents import CloudEventsCodec
from simulator.core.catalog import Catalog
from simulator.core.draws import Draws
from simulator.core.events import Block, EventType
from simulator.core.partitioning import partitions_of_subjects
from simulator.core.sequencing import Sequencer
from simulator.core.time import SimTime, hours, minutes
from simulator.testing.faults import Stream


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The data of every event."""

    value: int


TYPES = (
    EventType("pulse.taken", "vitals", Reading, "a pulse was taken"),
    EventType("breath.taken", "vitals", Reading, "a breath was counted"),
    EventType("sample.taken", "samples", Reading, "a sample was taken"),
)
CATALOG = Catalog("toy", 1, TYPES, (), partitions=3)
START = SimTime(1_767_571_200_000)
LENGTH = hours(8)


def stream(seed: int, *, steps: int = 4, subjects: int = 6, events: int = 20) -> Stream:
    """Return a stream of so many events of each type and subject, drawn from `seed`."""
    codec = CloudEventsCodec(CATALOG, seed=seed)
    ends = [SimTime(START + LENGTH * step // steps) for step in range(1, steps + 1)]
    cohort = np.arange(subjects, dtype=np.int64)
    sequencer = Sequencer(CATALOG, partitions_of_subjects(CATALOG, cohort))
    sequencer.push([_block(kind, Draws(seed), np.repeat(cohort, events)) for kind in TYPES])
    return Stream(CATALOG, codec, seed, [(end, assemble(sequencer.release(end), codec, CATALOG)) for end in ends])


def _block(kind: EventType, draws: Draws, subjects: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Block:
    index = np.arange(len(subjects), dtype=np.int64)
    # Whole minutes, so that many records of a subject stand close together and others far apart.
    published = START + np.rint(draws.uniform(f"{kind.name}.at", subjects, index) * 479).astype(np.int64) * minutes(1)
    order = np.lexsort((published, subjects))
    return Block(
        type=kind,
        subject=subjects[order],
        occurred_at=published[order] - minutes(20),
        published_at=published[order],
        columns={"value": index},
    )


def ids(stream: Stream, rows: Sequence[int]) -> list[str]:
    """Return the ids of some of the events of a stream, in its order."""
    decoded = [event_id for _, batches in stream.steps for batch in batches for event_id in _ids(stream, batch.values)]
    return [decoded[row] for row in rows]


def _ids(stream: Stream, values: Sequence[bytes]) -> list[str]:
    return [msgspec.json.decode(value)["id"] for value in values]

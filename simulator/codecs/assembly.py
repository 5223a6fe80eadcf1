"""Encode sequenced blocks and put the types that share a topic into one batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.codecs.keys import keys_of
from simulator.codecs.protocol import Codec
from simulator.core.arrays import IntArray
from simulator.core.catalog import Catalog
from simulator.core.events import SequencedBlock
from simulator.core.ordering import sort_rows
from simulator.core.records import RecordBatch


def assemble(
    sequenced: Sequence[SequencedBlock], codec: Codec, catalog: Catalog, *, prefix: str = ""
) -> list[RecordBatch]:
    """Return one batch for each topic that has events.

    Each is sorted by (partition, published_at, subject). `sequenced` is what one release of a
    Sequencer returned; `prefix` stands before every topic's name. Raises CodecError for what the codec cannot write.
    """
    families: dict[str, list[SequencedBlock]] = {}
    for one in sequenced:
        families.setdefault(one.block.type.family, []).append(one)
    batches = ([_batch(one, codec, (catalog, prefix)) for one in families[name]] for name in sorted(families))
    return [join_batches(one) for one in batches]


def _batch(one: SequencedBlock, codec: Codec, place: tuple[Catalog, str]) -> RecordBatch:
    catalog, prefix = place
    block = one.block
    return RecordBatch(
        topic=catalog.topic(block.type.family, prefix=prefix),
        partitions=one.partition,
        timestamps=block.published_at,
        keys=keys_of(catalog).of(block.subject),
        values=codec.encode(one),
        types=np.full(len(block), catalog.type_names.index(block.type.name), dtype=np.int64),
        subjects=block.subject,
        numbers=one.number,
        occurred=block.occurred_at,
    )


def join_batches(batches: Sequence[RecordBatch]) -> RecordBatch:
    """Join batches of one topic, sorted by (partition, published_at, subject)."""
    if len(batches) == 1:
        return batches[0]
    partitions, timestamps, subjects = (
        np.concatenate([getattr(batch, name) for batch in batches]) for name in ("partitions", "timestamps", "subjects")
    )
    order, _ = sort_rows(partitions, timestamps, subjects)
    return RecordBatch(
        topic=batches[0].topic,
        partitions=partitions[order],
        timestamps=timestamps[order],
        keys=_picked([batch.keys for batch in batches], order),
        values=_picked([batch.values for batch in batches], order),
        types=np.concatenate([batch.types for batch in batches])[order],
        subjects=subjects[order],
        numbers=np.concatenate([batch.numbers for batch in batches])[order],
        occurred=np.concatenate([batch.occurred for batch in batches])[order],
    )


def _picked(parts: Sequence[Sequence[bytes]], order: IntArray) -> list[bytes]:
    everything = [one for part in parts for one in part]
    return list(map(everything.__getitem__, order.tolist()))

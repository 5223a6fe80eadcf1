"""Parcels: the records of a step, on their way from process to process as bare bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np

from simulator.codecs.keys import SubjectKeys
from simulator.core.arrays import IntArray
from simulator.core.digest import StreamDigest, rows_of_partitions
from simulator.core.joined import JoinedLines, lines_of
from simulator.core.labels import Label
from simulator.core.records import RecordBatch
from simulator.core.time import SimTime

_COLUMNS = ("timestamps", "types", "subjects", "numbers", "occurred")


@dataclass(frozen=True, slots=True)
class Span:
    """The records of one step, topic and partition, which stand together in a batch."""

    batch: RecordBatch
    rows: slice

    @property
    def partition(self) -> int:
        """Return the partition of all of them."""
        return int(self.batch.partitions[self.rows.start])


class Piece(NamedTuple):
    """A span that was laid down.

    `rows` are its own among those of the parcel; `lines` says which bytes are the lines of its values.
    """

    topic: str
    partition: int
    rows: slice
    lines: slice


@dataclass(frozen=True, slots=True)
class Waybill:
    """What is to be known of a parcel to read it.

    The bytes lie in `slot`, or follow on the same way where that is None.
    """

    rows: int
    pieces: Sequence[Piece]
    labels: Sequence[Label]
    slot: int | None


class Parcel:
    """The records of a step as they were laid down, read where they lie."""

    def __init__(self, waybill: Waybill, place: memoryview) -> None:
        """Open a parcel; nothing is copied."""
        self.waybill, self.place = waybill, place
        self.columns = _columns(place, waybill.rows)


class PackedRecords:
    """The records of a step, joined and ready to be laid down as bytes.

    First come the columns, then the lengths, then the values, each with a line feed after it: the
    lines that a digest takes in. Keys and partitions are not laid down: whoever reads has them
    from the subjects and the pieces.
    """

    def __init__(self, spans: Sequence[Span], digest: StreamDigest) -> None:
        """Join the values; `digest` takes in the records meanwhile, for both need the same lines."""
        self._spans = spans
        self._lines: list[list[bytes]] = []
        self._lengths: list[IntArray] = []
        for span in spans:
            digest_of_span = digest.of_topic(span.batch.topic, span.partition)
            digest_of_span.add_places(span.batch, span.rows)
            self._lines.append([])
            for lines, lengths in lines_of(span.batch.values, span.rows):
                digest_of_span.add_lines(lines, lengths)
                self._lines[-1].append(lines)
                self._lengths.append(lengths)
        self.rows = sum(span.rows.stop - span.rows.start for span in spans)
        self._head = (len(_COLUMNS) + 1) * 8 * self.rows
        self.size = self._head + sum(len(lines) for of_span in self._lines for lines in of_span)

    def lay_down(self, place: memoryview) -> list[Piece]:
        """Write the bytes to where they will be read; return what lies where."""
        if not self._spans:
            return []
        self._lay_down_columns(_columns(place, self.rows))
        pieces: list[Piece] = []
        row, start = 0, self._head
        for span, of_span in zip(self._spans, self._lines, strict=True):
            first, first_row = start, row
            row += span.rows.stop - span.rows.start
            for lines in of_span:
                place[start : start + len(lines)] = lines
                start += len(lines)
            pieces.append(Piece(span.batch.topic, span.partition, slice(first_row, row), slice(first, start)))
        return pieces

    def _lay_down_columns(self, columns: IntArray) -> None:
        for column, name in zip(columns, _COLUMNS, strict=False):
            np.concatenate([getattr(span.batch, name)[span.rows] for span in self._spans], out=column)
        np.concatenate(self._lengths, out=columns[-1])


def spans_of_steps(batches: Sequence[RecordBatch], instants: Sequence[SimTime]) -> list[list[Span]]:
    """Cut batches into the steps that end at `instants`.

    Each batch is sorted by (partition, timestamp), and nothing in it is later than the last step.
    """
    steps: list[list[Span]] = [[] for _ in instants]
    for batch in batches:
        for rows in rows_of_partitions(batch):
            ends = rows.start + np.searchsorted(batch.timestamps[rows], instants, side="right")
            for spans, (start, end) in zip(steps, pairwise([rows.start, *ends.tolist()]), strict=True):
                if start < end:
                    spans.append(Span(batch, slice(start, end)))
    return steps


def joined_records(parcels: Sequence[Parcel], keys: SubjectKeys) -> list[RecordBatch]:
    """Copy the records of a step out of the parcels of all shards.

    Returns one batch a topic, sorted as if one process had made it.
    """
    found = [(piece, parcel) for parcel in parcels for piece in parcel.waybill.pieces]
    found.sort(key=lambda one: (one[0].topic, one[0].partition))
    by_topic = groupby(found, key=lambda one: one[0].topic)
    return [_joined(topic, list(pieces), keys) for topic, pieces in by_topic]


def _joined(topic: str, found: Sequence[tuple[Piece, Parcel]], keys: SubjectKeys) -> RecordBatch:
    columns = np.concatenate([parcel.columns[:, piece.rows] for piece, parcel in found], axis=1)
    timestamps, types, subjects, numbers, occurred, lengths = columns
    rows = [piece.rows.stop - piece.rows.start for piece, _ in found]
    return RecordBatch(
        topic=topic,
        partitions=np.repeat([piece.partition for piece, _ in found], rows),
        timestamps=timestamps,
        keys=keys.of(subjects),
        values=JoinedLines(b"".join([parcel.place[piece.lines] for piece, parcel in found]), np.cumsum(lengths)),
        types=types,
        subjects=subjects,
        numbers=numbers,
        occurred=occurred,
    )


def _columns(place: memoryview, rows: int) -> IntArray:
    return np.ndarray((len(_COLUMNS) + 1, rows), dtype=np.int64, buffer=place)

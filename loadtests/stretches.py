"""A stretch of a shard's stream: what goes from the process that generates to the one that sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import msgspec
import numpy as np

from simulator.core.arrays import IntArray

_LENGTH = 4  # bytes that say how long a stretch is


class Tick(msgspec.Struct, frozen=True, array_like=True):
    """The clock on one partition at the end of a stretch, ready to be sent."""

    partition: int
    key: bytes
    value: bytes


class Expected(msgspec.Struct, frozen=True, array_like=True):
    """A decision that must follow from the event in a row of the stretch.

    A row beyond the last one stands for the clock at the end. `value` is the decision in its
    wire form, for the judge; empty where nobody judges.
    """

    row: int
    id: str
    value: bytes = b""


class Stretch(msgspec.Struct, frozen=True, array_like=True):
    """Events of a shard in the order of sending, up to an instant of simulated time.

    `topics` (index into the scenario's event topics), `partitions`, `timestamps`, `subjects` and
    `ends` (of each value in `values`) are arrays of 64-bit integers as bytes, an entry a row.
    `labels` are lines of `labels.jsonl`. `faults` counts what was injected. A stretch with an
    `error` is the last one.
    """

    cohort: int
    until: int
    topics: bytes = b""
    partitions: bytes = b""
    timestamps: bytes = b""
    subjects: bytes = b""
    ends: bytes = b""
    values: bytes = b""
    ticks: list[Tick] = []
    expected: list[Expected] = []
    labels: list[bytes] = []
    faults: int = 0
    is_last_of_cohort: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """The arrays of a stretch."""

    topics: IntArray
    partitions: IntArray
    timestamps: IntArray
    subjects: IntArray
    ends: IntArray

    @classmethod
    def of(cls, stretch: Stretch) -> Columns:
        """Return a stretch's arrays, which share its memory."""
        names = ("topics", "partitions", "timestamps", "subjects", "ends")
        return cls(*(np.frombuffer(getattr(stretch, name), dtype=np.int64) for name in names))


def write_stretch(file: BinaryIO, stretch: Stretch) -> None:
    """Write a stretch, its values apart from all else, each with its length first."""
    for part in (msgspec.msgpack.encode(msgspec.structs.replace(stretch, values=b"")), stretch.values):
        file.write(len(part).to_bytes(_LENGTH, "big"))
        file.write(part)
    file.flush()


def read_stretches(file: BinaryIO) -> Iterator[Stretch]:
    """Yield what was written until the other side ends, without one that was cut off."""
    decoder = msgspec.msgpack.Decoder(Stretch)
    while (encoded := _read_part(file)) is not None and (values := _read_part(file)) is not None:
        # Values are what is large: to decode them would copy them, and keep the pacer waiting meanwhile.
        yield msgspec.structs.replace(decoder.decode(encoded), values=values)


def _read_part(file: BinaryIO) -> bytes | None:
    head = file.read(_LENGTH)
    part = file.read(int.from_bytes(head, "big"))
    is_whole = len(head) == _LENGTH and len(part) == int.from_bytes(head, "big")
    return part if is_whole else None

"""What should arrive next: the published records of a partition, byte for byte."""

from collections.abc import Sequence

import numpy as np
import pytest

from simulator.core.joined import JoinedLines, line_lengths
from simulator.core.records import Record, RecordBatch
from simulator.scoring.expected import Expected

TOPIC = "toy.vitals"


def batch(first: int, partitions: Sequence[int]) -> RecordBatch:
    count = len(partitions)
    values = [b"%d" % (first + row) for row in range(count)]
    return RecordBatch(
        topic=TOPIC,
        partitions=np.array(partitions),
        timestamps=np.arange(first, first + count),
        keys=[b"k"] * count,
        values=JoinedLines(b"\n".join([*values, b""]), np.cumsum(line_lengths(values))),
        types=np.zeros(count, dtype=np.int64),
        subjects=np.zeros(count, dtype=np.int64),
        numbers=np.arange(first, first + count),
    )


def record(number: int, *, partition: int = 0) -> Record:
    return Record(TOPIC, partition, number, number, b"k", b"%d" % number)


@pytest.fixture
def expected() -> Expected:
    published = Expected()
    published.add(batch(0, [0, 0, 0, 1]))
    published.add(batch(10, [0, 0]))
    return published


@pytest.mark.parametrize("cuts", [(5,), (1, 4), (2, 2, 1), (3, 2), (1, 1, 1, 1, 1)])
def test_records_in_their_order_are_known_however_they_are_cut(expected: Expected, cuts: tuple[int, ...]) -> None:
    records = iter([record(number) for number in (0, 1, 2, 10, 11)])
    assert all(expected.take([next(records) for _ in range(count)]) for count in cuts)
    assert [(span.start, span.stop) for span in expected.rest()] == [(3, 4)]


@pytest.mark.parametrize(
    "records",
    [
        [record(1)],
        [record(0), record(2)],
        [record(0), record(0)],
        [record(3)],
        [record(number) for number in (0, 1, 2, 10, 11, 12)],
        [Record(TOPIC, 0, 0, 7, b"k", b"0")],
        [Record(TOPIC, 0, 0, 0, b"k", b"00")],
        [Record("toy.labs", 0, 0, 0, b"k", b"0")],
    ],
    ids=["ahead", "a gap", "twice", "another partition", "too many", "another time", "other bytes", "another topic"],
)
def test_anything_else_is_not_and_nothing_is_forgotten(expected: Expected, records: list[Record]) -> None:
    assert not expected.take(records)
    assert sum(span.stop - span.start for span in expected.rest()) == 6


def test_what_was_read_is_not_expected_again(expected: Expected) -> None:
    assert expected.take([record(0)])
    assert not expected.take([record(0)])

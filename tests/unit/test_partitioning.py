"""Partitions are those that any Kafka client would choose."""

import numpy as np
import pytest

from simulator.core.catalog import Catalog
from simulator.core.partitioning import clock_keys, murmur2, partition_of, partitions_of_subjects


def catalog(*, partitions: int = 8, subject_prefix: str = "syn-") -> Catalog:
    """Return a catalog without events."""
    return Catalog("hello", 1, (), (), partitions=partitions, subject_prefix=subject_prefix)


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_is_that_of_kafka(key: bytes, signed: int) -> None:
    """The vectors of Apache Kafka's UtilsTest."""
    assert murmur2(key) == signed % 2**32


def test_the_sign_bit_is_dropped_before_the_division() -> None:
    assert partition_of(b"21", 7) == (-973932308 & 0x7FFFFFFF) % 7


@pytest.mark.parametrize("subject_prefix", ["", "s", "sy", "syn", "syn-", "schlüssel-"])
def test_subjects_are_partitioned_as_their_keys(subject_prefix: str) -> None:
    names = catalog(partitions=7, subject_prefix=subject_prefix)
    subjects = np.array([0, 17, 5, 9_999_999, 10_000_000, 123_456_789, 4, 17])
    wanted = [partition_of(names.subject_name(one).encode(), 7) for one in subjects.tolist()]
    assert partitions_of_subjects(names, subjects).tolist() == wanted


def test_no_subjects_have_no_partitions() -> None:
    assert partitions_of_subjects(catalog(), np.empty(0, dtype=np.int64)).tolist() == []


@pytest.mark.parametrize("partitions", [1, 3, 8, 64])
def test_every_partition_has_a_clock_key_that_leads_to_it(partitions: int) -> None:
    keys = clock_keys(catalog(partitions=partitions))
    assert [partition_of(key, partitions) for key in keys] == list(range(partitions))
    assert all(key.startswith(b"clock-") for key in keys)

"""Which partition a key belongs to: murmur2, as Kafka's Java client and librdkafka compute it.

Source: Apache Kafka, `org.apache.kafka.common.utils.Utils.murmur2` and `BuiltInPartitioner`;
librdkafka calls it `murmur2_random`.
"""

from __future__ import annotations

from itertools import count

import numpy as np

from simulator.core.arrays import IntArray, WordArray
from simulator.core.catalog import Catalog

_SEED = 0x9747B28C
_MULTIPLIER = 0x5BD1E995
_SHIFT = 24
_WORD = 0xFFFF_FFFF
_POSITIVE = 0x7FFF_FFFF


def murmur2(key: bytes) -> int:
    """Return the 32-bit hash of a key, unsigned."""
    value = (_SEED ^ len(key)) & _WORD
    whole = len(key) & ~3
    for start in range(0, whole, 4):
        word = int.from_bytes(key[start : start + 4], "little") * _MULTIPLIER & _WORD
        word = (word ^ word >> _SHIFT) * _MULTIPLIER & _WORD
        value = value * _MULTIPLIER & _WORD ^ word
    if len(key) > whole:
        value = (value ^ int.from_bytes(key[whole:], "little")) * _MULTIPLIER & _WORD
    value = (value ^ value >> 13) * _MULTIPLIER & _WORD
    return value ^ value >> 15


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of a key in a topic of so many partitions."""
    return (murmur2(key) & _POSITIVE) % partitions


def partitions_of_subjects(catalog: Catalog, subjects: IntArray) -> IntArray:
    """Return the partition of each subject's key, keys of one width together."""
    keys = [catalog.subject_name(subject).encode() for subject in subjects.tolist()]
    widths = np.fromiter(map(len, keys), dtype=np.int64, count=len(keys))
    partitions = np.empty(len(keys), dtype=np.int64)
    for width in np.unique(widths).tolist():
        rows = np.flatnonzero(widths == width)
        hashes = _murmur2_of_equal_widths([keys[row] for row in rows.tolist()], width)
        partitions[rows] = (hashes & np.uint32(_POSITIVE)) % np.uint32(catalog.partitions)
    return partitions


def clock_keys(catalog: Catalog) -> tuple[bytes, ...]:
    """Return one key for each partition, by which any producer puts a tick there."""
    found: dict[int, bytes] = {}
    for number in count():
        if len(found) == catalog.partitions:
            break
        key = b"clock-%d" % number
        found.setdefault(partition_of(key, catalog.partitions), key)
    return tuple(found[partition] for partition in range(catalog.partitions))


def _murmur2_of_equal_widths(keys: list[bytes], width: int) -> WordArray:
    padded = -(-width // 4) * 4
    letters = np.zeros((len(keys), padded), dtype=np.uint8)
    letters[:, :width] = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), width)
    words = letters.view("<u4").astype(np.uint32)
    multiplier = np.uint32(_MULTIPLIER)
    value = np.full(len(keys), (_SEED ^ width) & _WORD, dtype=np.uint32)
    for column in range(width // 4):
        word = words[:, column] * multiplier
        word = (word ^ word >> np.uint32(_SHIFT)) * multiplier
        value = value * multiplier ^ word
    if width % 4:
        value = (value ^ words[:, -1]) * multiplier
    value = (value ^ value >> np.uint32(13)) * multiplier
    return value ^ value >> np.uint32(15)

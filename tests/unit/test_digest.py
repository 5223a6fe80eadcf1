"""The digest of a stream depends on what was published and on nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.core.digest import StreamDigest, digest_of_partitions
from simulator.core.records import RecordBatch

Sent = tuple[int, int, int, int, bytes]
"""(partition, published_at, subject, type, value)"""


def batches(sent: Sequence[Sent]) -> list[RecordBatch]:
    """Return records as batches, one for each type, as an assembly returns them."""
    return [
        RecordBatch(
            topic=f"topic-{kind}",
            partitions=np.array([one[0] for one in mine], dtype=np.int64),
            timestamps=np.array([one[1] for one in mine], dtype=np.int64),
            keys=[b"%d" % one[2] for one in mine],
            values=[one[4] for one in mine],
            types=np.full(len(mine), kind, dtype=np.int64),
            subjects=np.array([one[2] for one in mine], dtype=np.int64),
            numbers=np.arange(len(mine), dtype=np.int64) * 0,
        )
        for kind in range(2)
        for mine in [sorted(one for one in sent if one[3] == kind)]
    ]


def digest(releases: Sequence[Sequence[RecordBatch]]) -> str:
    """Return the digest of releases."""
    taken = StreamDigest()
    for release in releases:
        taken.add(release)
    return digest_of_partitions(taken.of_partitions(range(2)))


STREAM: list[Sent] = [
    (0, 1, 7, 0, b"a"),
    (0, 1, 8, 1, b"b"),
    (0, 3, 7, 1, b"c"),
    (1, 2, 5, 0, b"d"),
    (1, 9, 5, 0, b"e"),
]
WHOLE = digest([batches(STREAM)])


@st.composite
def streams(draw: st.DrawFn) -> list[Sent]:
    """Draw records of which no two of a subject are published at one instant."""
    places = draw(st.sets(st.tuples(st.integers(0, 20), st.integers(0, 5)), min_size=1))
    return [
        (subject % 2, published_at, subject, draw(st.integers(0, 1)), draw(st.binary(max_size=3)))
        for published_at, subject in sorted(places)
    ]


@settings(deadline=None)
@given(streams(), st.sets(st.integers(0, 20)))
def test_no_window_changes_the_digest(stream: list[Sent], cuts: set[int]) -> None:
    bounds = [-1, *sorted(cuts), 20]
    windows = [[one for one in stream if after < one[1] <= until] for after, until in pairwise(bounds)]
    assert digest([batches(window) for window in windows]) == digest([batches(stream)])


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize(
    "changed",
    [
        lambda one: (1 - one[0], *one[1:]),
        lambda one: (one[0], one[1] + 100, *one[2:]),
        lambda one: (*one[:2], one[2] + 100, *one[3:]),
        lambda one: (*one[:3], 1 - one[3], one[4]),
        lambda one: (*one[:4], one[4] + b"!"),
    ],
)
def test_any_change_changes_the_digest(place: int, changed: object) -> None:
    stream = [changed(one) if row == place else one for row, one in enumerate(STREAM)]
    assert digest([batches(stream)]) != WHOLE


def test_another_number_changes_the_digest() -> None:
    first, *rest = batches(STREAM)
    assert digest([[replace(first, numbers=first.numbers + 1), *rest]]) != WHOLE


def test_a_lost_or_repeated_event_changes_the_digest() -> None:
    assert digest([batches(STREAM[1:])]) != WHOLE
    assert digest([batches([*STREAM, STREAM[-1]])]) != WHOLE


def test_shards_that_own_whole_partitions_have_the_digest_of_the_whole() -> None:
    shards = [StreamDigest(), StreamDigest()]
    for partition, shard in enumerate(shards):
        shard.add(batches([one for one in STREAM if one[0] == partition]))
    (first, second) = (shard.of_partitions([partition]) for partition, shard in enumerate(shards))
    assert digest_of_partitions(second | first) == WHOLE


def test_the_digest_is_sha256_over_values_and_places() -> None:
    logs = ((b"a\n", [0, 7, 0, 1]), (b"b\n", [1, 8, 0, 1]))
    places = [np.array(place, dtype="<i8").tobytes() for _, place in logs]
    length = sha256(np.array([2], dtype="<i8").tobytes()).digest()
    parts = [
        sha256(lines).digest() + length + sha256(place).digest() for (lines, _), place in zip(logs, places, strict=True)
    ]
    first, second = sha256(b"".join(parts)).hexdigest(), sha256(b"").hexdigest()
    assert digest([batches(STREAM[:2])]) == sha256(f"{first}\n{second}".encode()).hexdigest()


def test_a_line_feed_in_a_value_does_not_hide_where_it_ends() -> None:
    apart, together = (
        [(0, 1, 7, 0, first), (0, 2, 7, 0, second)] for first, second in ((b"a\nb", b"c"), (b"a", b"b\nc"))
    )
    assert digest([batches(apart)]) != digest([batches(together)])


def test_an_empty_release_changes_nothing() -> None:
    assert digest([[], batches(STREAM), batches([])]) == WHOLE


def test_the_order_of_topics_does_not_matter() -> None:
    assert digest([batches(STREAM)[::-1]]) == WHOLE

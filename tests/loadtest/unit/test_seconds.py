"""Seconds add up whoever speaks first, and a decision belongs to the second of its cause."""

from dataclasses import dataclass

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loadtests.seconds import COUNTS, FRESH_SECONDS, HISTOGRAMS, Second, SecondDelta, Seconds, total


@dataclass(frozen=True)
class Entry:
    """A thing that happened: in which kind, when, and how long it took."""

    count: str
    kind: str
    at: float
    milliseconds: float


ENTRIES = st.lists(
    st.builds(
        Entry,
        count=st.sampled_from(COUNTS),
        kind=st.sampled_from(HISTOGRAMS),
        at=st.floats(1_000.0, 1_010.0),
        milliseconds=st.floats(0.001, 60_000.0),
    ),
    max_size=40,
)


def entered(seconds: Seconds, entries: list[Entry]) -> Seconds:
    """Enter what happened, one after the other."""
    for one in entries:
        seconds.count(one.count, np.array([one.at]))
        seconds.add(one.kind, np.array([one.at]), np.array([one.milliseconds]))
    return seconds


@given(st.lists(ENTRIES, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_what_several_workers_say_adds_up_in_any_order(workers: list[list[Entry]], chance: object) -> None:
    said = [delta for entries in workers for delta in entered(Seconds(), entries).take()]
    chance.shuffle(said)  # type: ignore[attr-defined]
    gathered = Seconds()
    gathered.merge(said)
    whole = entered(Seconds(), [one for entries in workers for one in entries])
    assert gathered.take() == whole.take()


@given(ENTRIES, ENTRIES)
def test_what_was_handed_on_is_not_handed_on_again(before: list[Entry], after: list[Entry]) -> None:
    seconds, gathered = entered(Seconds(), before), Seconds()
    gathered.merge(seconds.take())
    gathered.merge(entered(seconds, after).take())
    assert seconds.take() == []
    assert gathered.take() == entered(Seconds(), before + after).take()


@given(ENTRIES)
def test_many_at_once_are_the_same_as_one_by_one(entries: list[Entry]) -> None:
    instants = np.array([one.at for one in entries])
    values = np.array([one.milliseconds for one in entries])
    at_once, one_by_one = Seconds(), Seconds()
    at_once.count("seen", instants)
    at_once.add("latency", instants, values)
    for instant, value in zip(instants, values, strict=True):
        one_by_one.count("seen", np.array([instant]))
        one_by_one.add("latency", np.array([instant]), np.array([value]))
    assert at_once.take() == one_by_one.take()


@given(ENTRIES)
def test_a_delta_travels(entries: list[Entry]) -> None:
    deltas = entered(Seconds(), entries).take()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(deltas), type=list[SecondDelta]) == deltas


@given(ENTRIES)
def test_the_sum_of_seconds_is_all_that_was_counted(entries: list[Entry]) -> None:
    whole = total(entered(Seconds(), entries).every())
    found = {name: whole.counts[name] for name in COUNTS}
    kinds = {kind: whole.histograms[kind].count for kind in whole.histograms}
    assert found == {name: sum(one.count == name for one in entries) for name in COUNTS}
    assert kinds == {kind: n for kind in HISTOGRAMS if (n := sum(one.kind == kind for one in entries))}


def test_the_sum_of_no_seconds_is_nothing() -> None:
    assert total([]).delta() == SecondDelta(0)


def test_seconds_come_in_order_and_gaps_stay_gaps() -> None:
    seconds = Seconds()
    seconds.count("due", np.array([7.5, 3.2, 7.999, 5.0]))
    assert [(one.at, one.counts["due"]) for one in seconds.every()] == [(3, 1), (5, 1), (7, 2)]


def test_seconds_that_lie_partly_outside_a_span_are_left_out() -> None:
    seconds = Seconds()
    seconds.count("due", np.array([1.5, 2.5, 3.5, 4.5]))
    spans = ((2.0, 4.0), (2.1, 4.9), (1.9, 5.0), (2.0, 2.9), (0.0, 99.0))
    found = [[one.at for one in seconds.between(*span)] for span in spans]
    assert found == [[2, 3], [3], [2, 3, 4], [], [1, 2, 3, 4]]


def test_a_kind_that_nothing_was_counted_of_has_no_quantile() -> None:
    second = Second(3)
    second.add("latency", np.array([2.0]))
    assert (second.quantile("latency", 0.5), second.quantile("lag", 0.5)) == (2.0, None)


def test_old_seconds_are_packed_whenever_something_is_said_of_them() -> None:
    told, late = Seconds(), Seconds()
    for number in range(100, 100 + FRESH_SECONDS + 3):
        told.add("latency", np.array([number + 0.5]), np.array([2.0]))
    late.add("latency", np.array([100.5]), np.array([3.0]))
    found = Seconds()
    found.merge(told.take())
    sizes = [one.histograms["latency"]._counts.itemsize for one in found.every()]
    found.merge(late.take())
    first = found.at(100).histograms["latency"]
    assert sizes == [1, 1, *[8] * (FRESH_SECONDS + 1)]
    assert (first.count, first._counts.itemsize) == (2, 1)


def test_a_second_in_a_far_future_holds_nobody_up() -> None:
    found = Seconds()
    found.merge([SecondDelta(100, due=1), SecondDelta(10**12, due=1)])
    assert [one.at for one in found.every()] == [100, 10**12]

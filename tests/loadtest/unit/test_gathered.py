"""What several workers say, put together."""

import msgspec
import pytest

from loadtests.asked import Asked
from loadtests.clock_offsets import ClockOffset
from loadtests.gathered import quantiles
from loadtests.outcome import LoadDelivery, Quantiles
from loadtests.reports import ShardCounts, WorkerReport
from loadtests.seconds import Second
from tests.loadtest.unit.gatherings import BEGAN, LENGTH, gathered, said


def test_the_counts_of_all_shards_add_up() -> None:
    found = gathered(said(), said(shard=1, seen=1_990, twice=3, unexpected=2, failed=1, faults=4))
    assert found.delivery() == LoadDelivery(
        due=40_000, sent=40_000, acknowledged=40_000, expected=4_000, seen=3_990, missing=10,
        twice=3, unexpected=2, failed=1, faults=4,
    )  # fmt: skip


@pytest.mark.parametrize(("consumer", "unknown"), [("echo", (10, 2)), ("external", (None, None))])
def test_of_an_external_consumer_nobody_knows_what_is_missing(consumer: str, unknown: tuple[int | None, ...]) -> None:
    found = gathered(said(seen=1_990, unexpected=2), consumer=consumer)
    delivery = found.delivery()
    assert ((delivery.missing, delivery.unexpected), found.awaited) == (unknown, unknown[0] or 0)


def test_counts_are_absolute_so_the_newest_report_stands() -> None:
    found = gathered(said(due=500, sent=500), said())
    assert (found.delivery().sent, len(found.counts)) == (20_000, 1)


def test_seconds_of_all_shards_add_up() -> None:
    found = gathered(said(), said(shard=1))
    assert [one.counts["sent"] for one in found.measured()] == [2_000] * LENGTH


def test_what_was_before_the_beginning_and_after_the_end_is_not_measured() -> None:
    found = gathered(said())
    found.began, found.ended = BEGAN + 2.5, BEGAN + 8.5
    assert [one.at for one in found.measured()] == [1_003, 1_004, 1_005, 1_006, 1_007]


def test_what_was_sent_after_the_length_asked_for_is_not_measured() -> None:
    found = gathered(said(), asked=Asked(seconds=4.0, rate=1_000.0))
    assert len(found.measured()) == 4


@pytest.mark.parametrize(
    ("began", "seconds", "measured"), [(None, None, 0), (BEGAN + 4.0, None, 16), (BEGAN + 4.0, 5.0, 5)]
)
def test_what_is_shown_so_far_is_of_the_seconds_measured(
    began: float | None, seconds: float | None, measured: int
) -> None:
    found = gathered(asked=Asked(seconds=seconds, rate=1_000.0))
    found.began, found.ended = began, None
    found.take(said(), at=BEGAN + LENGTH)
    assert (found.so_far.counts["sent"], quantiles(found.so_far, "lag").count) == (1_000 * measured, 1_000 * measured)


def test_how_long_it_has_gone_on_stops_at_its_end() -> None:
    found = gathered(said())
    ended = found.elapsed(9_999.0)
    found.ended = None
    running, found.began = (found.elapsed(BEGAN + 7.0), found.elapsed(BEGAN - 1.0)), None
    assert (ended, running, found.elapsed(5.0)) == (float(LENGTH), (7.0, 0.0), 0.0)


def test_it_is_final_once_every_shard_that_is_not_lost_has_said_its_last_word() -> None:
    found = gathered(said(), shards=2)
    finals = [found.is_final]
    found.take(WorkerReport(counts=ShardCounts(shard=1, worker="w1")), at=1.0)
    finals.append(found.is_final)
    found.lose("w1")
    assert [*finals, found.is_final] == [False, False, True]


def test_a_lost_worker_stays_lost_and_what_it_said_last_stands() -> None:
    found = gathered(said(), shards=2)
    for sent in (5, 7):
        found.take(WorkerReport(counts=ShardCounts(shard=1, worker="w1", sent=sent)), at=1.0)
        found.lose("w1")
    found.lose("nobody")
    assert [(one.sent, one.is_lost) for one in found.counts] == [(20_000, False), (7, True)]


def test_a_worker_that_leaves_after_its_last_word_is_not_lost() -> None:
    found = gathered(said())
    found.lose("w0")
    assert not found.counts[0].is_lost


def test_the_round_trip_to_a_worker_is_kept_when_it_speaks_again() -> None:
    found = gathered(said())
    found.note_clock("w0", ClockOffset(3.0, 0.7))
    found.note_clock("w0", None)
    found.take(said(), at=1.0)
    assert (found.counts[0].clock_offset_ms, found.counts[0].round_trip_ms) == (3.0, 0.7)


def test_the_first_error_is_the_one_that_is_said() -> None:
    assert gathered(said(), said(shard=1, error="no space"), said(shard=2, error="other")).error == "no space"


def test_the_share_of_a_processor_is_that_of_the_busiest_worker() -> None:
    found = gathered()
    found.ended = None
    for share in (0.2, 0.6):
        found.take(said(cpu_share=share), at=1.0)
        found.take(said(shard=1, cpu_share=0.3), at=1.0)
    found.ended = 5.0
    found.take(said(cpu_share=1.0), at=6.0)
    assert found.cpu_share() == pytest.approx(0.4)


def test_there_is_one_moment_a_second_and_it_is_the_newest() -> None:
    found = gathered()
    for at, lag in ((5.1, 0.1), (5.9, 0.2), (6.0, 0.3)):
        found.take(said(answers_clock=True, lag_seconds=lag, lag_events=4, ahead_events=7), at=at)
    found.take(said(shard=1, answers_clock=True, lag_seconds=0.2, lag_events=5, ahead_events=1, seen=1_990), at=6.5)
    moments = [(one.at, one.lag_seconds, one.lag_events, one.outstanding, one.ahead_events) for one in found.moments]
    assert moments == [(5.9, 0.2, 4, 0, 7), (6.5, 0.3, 9, 10, 8)]


@pytest.mark.parametrize(
    ("consumer", "answers", "known"),
    [("echo", False, (0.5, None, 10)), ("external", False, (None, None, None)), ("external", True, (0.5, 4, None))],
)
def test_a_moment_says_nothing_of_what_nobody_can_know(
    consumer: str, *, answers: bool, known: tuple[object, ...]
) -> None:
    found = gathered(said(seen=1_990, answers_clock=answers, lag_seconds=0.5, lag_events=4), consumer=consumer)
    assert [(one.lag_seconds, one.lag_events, one.outstanding) for one in found.moments] == [known]


def test_the_judge_is_given_what_workers_keep_for_it() -> None:
    report = WorkerReport(counts=ShardCounts(shard=0))
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(report), type=WorkerReport)
    assert again == report


def test_quantiles_of_nothing_are_nothing() -> None:
    assert quantiles(Second(0), "latency") == Quantiles()


def test_quantiles_are_of_all_seconds_together() -> None:
    found = gathered(said(latency_ms=10.0), said(shard=1, latency_ms=30.0))
    assert quantiles(found.measured()[0], "latency") == Quantiles(
        p50=pytest.approx(10.0, rel=0.008), p95=30.0, p99=30.0, p999=30.0, max=30.0, count=200
    )

"""How far a consumer is behind, by its answers to the clock."""

from loadtests.consumer_lag import _TICKS_MAX, ConsumerLag
from simulator.core.clock import ClockReached
from simulator.core.time import SimTime


def ticked(*ticks: tuple[int, int, float, int]) -> ConsumerLag:
    """Return what knows of ticks: (partition, time, due, events)."""
    lag = ConsumerLag()
    for partition, time, due, events in ticks:
        lag.ticked(partition, time=time, due=due, events=events)
    return lag


def answer(partition: int, time: int) -> ClockReached:
    """Return an answer to the clock."""
    return ClockReached(time=SimTime(time), partition=partition)


def test_of_a_consumer_that_never_answers_nothing_is_known() -> None:
    lag = ticked((0, 10, 1.0, 5))
    assert (lag.answers, lag.is_behind, lag.seconds(9.0), lag.events()) == (False, False, 0.0, 0)


def test_the_oldest_tick_without_an_answer_says_how_far_it_is_behind() -> None:
    lag = ticked((0, 10, 1.0, 5), (0, 20, 2.0, 7), (1, 10, 1.0, 3), (1, 20, 2.0, 4))
    lag.answered(answer(0, 10))
    assert (lag.is_behind, lag.seconds(9.0), lag.events()) == (True, 8.0, 14)
    lag.answered(answer(1, 20))
    assert (lag.is_behind, lag.seconds(9.0), lag.events()) == (True, 7.0, 7)


def test_an_answer_to_a_later_tick_answers_the_earlier_ones() -> None:
    lag = ticked((0, 10, 1.0, 5), (0, 20, 2.0, 7), (0, 30, 3.0, 1))
    lag.answered(answer(0, 20))
    assert (lag.seconds(4.0), lag.events()) == (1.0, 1)


def test_who_has_answered_all_is_not_behind() -> None:
    lag = ticked((0, 10, 1.0, 5))
    lag.answered(answer(0, 10))
    assert (lag.answers, lag.is_behind, lag.seconds(99.0), lag.events()) == (True, False, 0.0, 0)


def test_an_answer_for_a_partition_that_never_ticked_shows_that_it_answers() -> None:
    lag = ticked((0, 10, 1.0, 5))
    lag.answered(answer(3, 10))
    assert (lag.answers, lag.events()) == (True, 5)


def test_a_tick_that_is_not_due_yet_makes_no_lag_below_zero() -> None:
    lag = ticked((0, 10, 5.0, 5))
    lag.answered(answer(1, 10))
    assert lag.seconds(4.0) == 0.0


def test_ticks_that_are_never_answered_do_not_grow_for_ever() -> None:
    lag = ticked(*((0, time, float(time), 1) for time in range(_TICKS_MAX + 10)))
    lag.answered(answer(1, 0))
    assert (lag.events(), lag.seconds(_TICKS_MAX + 10.0)) == (_TICKS_MAX, float(_TICKS_MAX))

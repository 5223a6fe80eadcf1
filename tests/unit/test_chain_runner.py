"""A consumer run over a list: order, reminders, stages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import msgspec
import pytest

from simulator.consumers.chain import ChainRunner, run_in_list
from simulator.consumers.keyed import Kept, remind
from simulator.core.decisions import Decision
from simulator.core.errors import ScenarioError
from simulator.core.events import Event
from simulator.core.reducers import Consumer, Effect, Reminder
from simulator.core.time import SimTime
from tests.toy_consumers import START, LastSeen, Silence, decision, reading, silence, wards

HOUR = 3_600


def at(seconds: float) -> SimTime:
    return SimTime(START + int(seconds * 1_000))


def times(decisions: Iterable[Decision]) -> list[tuple[str, int]]:
    return [(one.subject, (one.time - START) // 1_000) for one in decisions]


def test_a_reminder_comes_back_when_the_clock_has_passed_it() -> None:
    runner = ChainRunner(silence())
    runner.on_event(reading(1, 0, 0))
    assert times(runner.on_tick(at(1_799))) == []
    assert times(runner.on_tick(at(1_800))) == [("syn-0000001", 1_800)]
    assert times(runner.on_tick(at(9_999))) == []


def test_a_reminder_comes_back_before_a_later_event_of_its_key() -> None:
    runner = ChainRunner(silence())
    runner.on_event(reading(1, 0, 0))
    assert times(runner.on_event(reading(1, 1, HOUR))) == [("syn-0000001", 1_800)]


def test_a_reminder_waits_while_other_keys_go_on() -> None:
    runner = ChainRunner(silence())
    runner.on_event(reading(1, 0, 0))
    assert times(runner.on_event(reading(2, 0, HOUR))) == []
    assert times(runner.on_tick(at(HOUR))) == [("syn-0000001", 1_800)]


def test_decisions_of_a_tick_come_in_the_order_of_time() -> None:
    events = [reading(subject, 0, 60 * (5 - subject)) for subject in range(5)]
    found = times(run_in_list(silence(), events, until=at(HOUR)))
    assert found == sorted(found, key=lambda one: one[1])


def test_the_same_reminder_asked_for_twice_is_one() -> None:
    kept = Kept(LastSeen())
    for moment in (at(2), at(1), at(2)):
        remind(kept, Reminder(at=moment))
    assert [one.at for one in kept.reminders] == [at(1), at(2)]


def test_an_event_of_another_type_passes_a_stage_by() -> None:
    other = msgspec.structs.replace(reading(1, 0, 0), type="sample.taken")
    assert run_in_list(silence(), [other], until=at(HOUR)) == []


def test_the_next_stage_has_its_own_key() -> None:
    events = [reading(subject, 0, subject, ward="b", value=20.0) for subject in range(3)]
    found = run_in_list(wards(), events, until=at(10))
    assert [(one.subject, one.caused_by) for one in found] == [("b", events[2].id)]


@pytest.mark.parametrize("step", [60, 700, 1_800, 3_601])
def test_neither_steps_nor_partitions_show(step: int) -> None:
    events = many_readings()
    expected = sorted(run_in_list(wards(), events, until=at(4 * HOUR)), key=str)
    found = sorted(in_steps(shuffled_between_subjects(events, step), step), key=str)
    assert found == expected
    assert len(expected) > 100


def many_readings() -> list[Event]:
    draw = Random(7)
    readings = [(moment, draw.randrange(20), draw.choice("abc"), draw.uniform(0, 14)) for moment in range(0, 9_000, 9)]
    return [
        reading(subject, number, moment, ward=ward, value=value)
        for number, (moment, subject, ward, value) in enumerate(readings)
    ]


def shuffled_between_subjects(events: list[Event], step: int) -> list[Event]:
    return sorted(events, key=lambda one: ((one.published_at - START - 1) // (step * 1_000), one.subject))


def in_steps(events: list[Event], step: int) -> list[Decision]:
    runner = ChainRunner(wards())
    left, found = list(events), []
    for until in range(step, 4 * HOUR + step, step):
        while left and left[0].published_at <= at(until):
            found += runner.on_event(left.pop(0))
        found += runner.on_tick(at(min(until, 4 * HOUR)))
    return found


class Endless(Silence):
    def on_reminder(self, state: LastSeen, key: str, reminder: Reminder) -> Iterable[Effect]:
        return (reminder,)


def test_a_reminder_that_asks_for_itself_is_refused() -> None:
    consumer = replace(silence(), stages=(Endless(),))
    with pytest.raises(ScenarioError, match=r'"silence" answers the reminder "silence" .* Ask for a later one'):
        run_in_list(consumer, [reading(1, 0, 0)], until=at(HOUR))


class Backwards(Silence):
    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        return (msgspec.structs.replace(event, published_at=SimTime(event.published_at - 1)),)


def test_an_event_handed_on_from_before_its_cause_is_refused() -> None:
    consumer = replace(silence(), stages=(Backwards(), Silence()))
    with pytest.raises(ScenarioError, match=r"hands on toy-v1/.* which is before its cause"):
        run_in_list(consumer, [reading(1, 0, 0)], until=at(HOUR))


class Hindsight(Silence):
    """Wait for the next event, and date what is decided then as if it had been foreseen."""

    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        first, state.event_id, state.at = (state.event_id, state.at), event.id, event.published_at
        return [decision("silence.noticed", event.subject, first[1], first[0], 1.0)] if first[0] else []


class LateSilence(Silence):
    """Notice silence when the reminder says, and date it to when it began."""

    def on_reminder(self, state: LastSeen, key: str, reminder: Reminder) -> Iterable[Effect]:
        return (decision("silence.noticed", key, state.at, state.event_id, 1.0),)


@pytest.mark.parametrize("stage", [Hindsight(), LateSilence()])
def test_a_decision_dated_otherwise_than_what_is_taken_in_is_refused(stage: Silence) -> None:
    consumer = replace(silence(), stages=(stage,))
    with pytest.raises(ScenarioError, match=r'"silence" decides silence\.noticed/.*, which is not at its cause'):
        run_in_list(consumer, [reading(1, 0, 0), reading(1, 1, 60)], until=at(HOUR))


class PastReminder(Silence):
    """Ask for a reminder of the past, under whose time a decision could be dated back."""

    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        return (Reminder(at=SimTime(event.published_at - 1)),)


def test_a_reminder_of_the_past_is_refused() -> None:
    consumer = replace(silence(), stages=(PastReminder(),))
    with pytest.raises(ScenarioError, match=r"asks for a reminder of .* which is before its cause"):
        run_in_list(consumer, [reading(1, 0, 0)], until=at(HOUR))


class HandsOn(Silence):
    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        return (msgspec.structs.replace(event, type="case.opened"),)


@pytest.mark.parametrize("stages", [(HandsOn(),), (HandsOn(), Silence())])
def test_an_event_handed_on_that_nobody_reads_is_refused(stages: tuple[Silence, ...]) -> None:
    consumer = Consumer(name="toy", summary="", families=("readings",), stages=stages)
    with pytest.raises(ScenarioError, match=r'of type "case\.opened", but'):
        run_in_list(consumer, [reading(1, 0, 0)], until=at(HOUR))

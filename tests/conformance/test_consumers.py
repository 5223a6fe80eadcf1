"""Consumers keep their contract, and the checks notice those that do not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from itertools import count

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.sepsis.consumer import Chart, EarlyWarning, news2
from simulator.clinical.news2 import BANDS
from simulator.clinical.vital_sign import (
    INSPIRED_OXYGEN,
    MEAN_ARTERIAL,
    OXYGEN_SATURATION,
    RESPIRATORY_RATE,
    VitalSign,
)
from simulator.core.events import Event
from simulator.core.reducers import Consumer, Effect, Reminder
from simulator.core.time import SimTime
from simulator.testing.consumers import check_consumer
from tests.toy_consumers import (
    START,
    Cases,
    LastSeen,
    Reading,
    Silence,
    Wards,
    cause,
    decision,
    order,
    reading,
    silence,
    wards,
)

HOUR = 3_600
FEW = settings(max_examples=40, deadline=None)


@st.composite
def readings(draw: st.DrawFn) -> list[Event]:
    """Return readings of a few subjects within some hours, in the order of time."""
    moments = draw(st.lists(st.integers(0, 6 * HOUR), min_size=1, max_size=40, unique=True))
    return [
        reading(
            draw(st.integers(0, 3)),
            number,
            moment,
            ward=draw(st.sampled_from("ab")),
            value=draw(st.sampled_from([1.0, 20.0])),
        )
        for number, moment in enumerate(sorted(moments))
    ]


@st.composite
def vital_signs(draw: st.DrawFn) -> list[Event]:
    """Return vital signs of two patients over three days, some charted late."""
    minutes = sorted(draw(st.lists(st.integers(1, 72 * 60), min_size=1, max_size=60, unique=True)))
    return [_drawn_sign(draw, number, minute) for number, minute in enumerate(minutes)]


def _drawn_sign(draw: st.DrawFn, number: int, minute: int) -> Event:
    code = draw(st.sampled_from([*BANDS, MEAN_ARTERIAL.code]))
    bound = draw(st.sampled_from(BANDS.get(code, ((60.0,), ()))[0]))
    subject, late = draw(st.integers(1, 2)), draw(st.integers(0, 60))
    return vital_sign(code, bound + draw(st.integers(0, 1)), number=number, minute=minute, subject=subject, late=late)


def vital_sign(code: str, value: float, *, number: int, minute: int, subject: int = 1, late: int = 0) -> Event:
    """Return a vital sign of a minute after the start, charted some minutes late."""
    published_at = START + minute * 60_000
    return Event(
        id=f"sepsis-v1/42/syn-{subject}/vital-sign.measured/{number}",
        source="urn:pulsetrain:sepsis-v1:42",
        type="vital-sign.measured",
        subject=f"syn-{subject}",
        occurred_at=SimTime(published_at - late * 60_000),
        published_at=SimTime(published_at),
        data=VitalSign(code=code, display="", unit="", value=value),
    )


@FEW
@given(readings())
def test_silence_keeps_the_contract(events: list[Event]) -> None:
    check_consumer(silence(), events)


@FEW
@given(readings())
def test_a_chain_of_two_stages_keeps_the_contract(events: list[Event]) -> None:
    check_consumer(wards(), events)


@FEW
@given(readings())
def test_even_one_that_shows_the_order_keeps_the_contract(events: list[Event]) -> None:
    check_consumer(order(), events)


@FEW
@given(vital_signs())
def test_news2_keeps_the_contract(events: list[Event]) -> None:
    check_consumer(news2(), events)


def test_without_events_there_is_nothing_to_break() -> None:
    check_consumer(news2(), [])


class Count(msgspec.Struct):
    """How many events a key has had."""

    seen: int = 0


class Counting(Silence):
    """Counts events without remembering which."""

    state_type = Count  # type: ignore[assignment]  # another state than its parent's

    def on_event(self, state: Count, event: Event) -> Iterable[Effect]:  # type: ignore[override]  # the same
        state.seen += 1
        if state.seen % 3 == 0:
            yield decision("silence.noticed", event.subject, event.published_at, event.id, state.seen)


class Drawing(Silence):
    """Answers from something that is no state."""

    _numbers = count()

    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        yield decision("silence.noticed", event.subject, event.published_at, event.id, next(self._numbers))


class Backdating(Silence):
    """Decides before what it takes in."""

    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        yield decision("silence.noticed", event.subject, event.published_at - 1, event.id, 0)


class Foreseeing(Silence):
    """Names as its cause the event that is to come."""

    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        number = int(event.id.rpartition("/")[2]) + 1
        yield decision("silence.noticed", event.subject, event.published_at, f"{cause(event.id)}/{number}", 0)


class Inventing(Silence):
    """Names a cause that nobody saw."""

    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        yield decision("silence.noticed", event.subject, event.published_at, cause(event.id), 0)


class Ambiguous(Silence):
    """Uses one id for two decisions."""

    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        for value in (1, 2):
            yield decision("silence.noticed", event.subject, event.published_at, event.id, value)


class Forgetful(Silence):
    """Keeps part of what it knows where no store sees it."""

    def __init__(self) -> None:
        self._seen: list[LastSeen] = []

    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        self._seen.append(state)
        return super().on_event(state, event)

    def on_reminder(self, state: LastSeen, key: str, reminder: Reminder) -> Iterable[Effect]:
        return super().on_reminder(state, key, reminder) if any(one is state for one in self._seen) else ()


class Restless(Silence):
    """Decides at each reminder, whether or not it was answered before."""

    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        state.event_id = state.event_id or event.id
        return (Reminder(at=SimTime(event.published_at + 60_000)),)

    def on_reminder(self, state: LastSeen, key: str, reminder: Reminder) -> Iterable[Effect]:
        state.at += 1
        yield decision("silence.noticed", key, reminder.at, state.event_id, state.at)


@pytest.mark.parametrize(
    ("stage", "complaint"),
    [
        (Counting, "when each event comes twice"),
        (Drawing, "the second time"),
        (Backdating, 'bad: stage "silence" decides .* which is not at its cause'),
        (Foreseeing, "before its cause"),
        (Inventing, "is caused by no event that was given"),
        (Ambiguous, "two decisions have the id"),
        (Forgetful, "when its states are written and read again"),
        (Restless, "two decisions have the id"),
    ],
)
def test_a_consumer_that_breaks_the_contract_is_found_out(stage: Callable[[], Silence], complaint: str) -> None:
    consumer = Consumer(name="bad", summary="", families=("readings",), stages=(stage(),))
    events = [reading(1, number, 3_000 * number) for number in range(10)]
    with pytest.raises(AssertionError, match=complaint):
        check_consumer(consumer, events)


class ByWard(Silence):
    """Keeps one state a ward, over subjects of several partitions."""

    def key(self, event: Event) -> str:
        assert isinstance(event.data, Reading)
        return event.data.ward


class AboutTheWard(Silence):
    """Decides about another than its key, when an event comes."""

    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        yield decision("silence.noticed", "a", event.published_at, event.id, 0)


class LaterAboutTheWard(Silence):
    """Decides about another than its key, when reminded."""

    def on_reminder(self, state: LastSeen, key: str, reminder: Reminder) -> Iterable[Effect]:
        yield decision("silence.noticed", "a", reminder.at, state.event_id, 0)


@pytest.mark.parametrize(
    ("stage", "complaint"),
    [
        (ByWard, 'the first stage "silence" keeps .* under "a", not under its subject "syn-0*1": hand it on'),
        (AboutTheWard, 'stage "silence" decides about "a" under the key "syn-0*1": hand an event on'),
        (LaterAboutTheWard, 'stage "silence" decides about "a" under the key "syn-0*1": hand an event on'),
    ],
)
def test_what_partitions_would_tear_apart_is_found_out(stage: Callable[[], Silence], complaint: str) -> None:
    consumer = Consumer(name="bad", summary="", families=("readings",), stages=(stage(),))
    with pytest.raises(AssertionError, match=complaint):
        check_consumer(consumer, [reading(1, number, 3_000 * number) for number in range(3)])


class LastStageAside(Wards):
    """Decides in a later stage about another than its key."""

    def on_event(self, state: Cases, event: Event) -> Iterable[Effect]:
        yield decision("cluster.signalled", event.subject, event.published_at, cause(event.id), 0)


def test_a_later_stage_may_take_another_key_but_decides_about_it() -> None:
    events = [reading(1, number, 3_000 * number, value=20.0) for number in range(3)]
    check_consumer(wards(), events)
    aside = dataclasses.replace(wards(), stages=(*wards().stages[:-1], LastStageAside()))
    with pytest.raises(AssertionError, match=r'stage "wards" decides about "syn-0*1" under the key "a"'):
        check_consumer(aside, events)


class Unguarded(EarlyWarning):
    """NEWS2 that takes any value as the newest."""

    def on_event(self, state: Chart, event: Event) -> Iterable[Effect]:
        state.measured_at.clear()
        return super().on_event(state, event)


def test_news2_without_its_guard_is_found_out() -> None:
    consumer = Consumer(name="unguarded", summary="", families=("vitals",), stages=(Unguarded(),))
    # Never seven points at a time; but seven when the first value comes again.
    charted = [(RESPIRATORY_RATE, 26), (RESPIRATORY_RATE, 15), (OXYGEN_SATURATION, 91), (INSPIRED_OXYGEN, 40)]
    events = [vital_sign(sign.code, value, number=n, minute=n) for n, (sign, value) in enumerate(charted)]
    check_consumer(news2(), events)
    with pytest.raises(AssertionError, match="1 decisions are new"):
        check_consumer(consumer, events)

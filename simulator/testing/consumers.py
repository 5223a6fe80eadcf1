"""What every consumer must keep to, as checks for ours and anybody else's.

    check_consumer(my_consumer(), events)

with events of its families, in the order in which they were published. A check raises
AssertionError that says what does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from simulator.consumers.chain import ChainRunner
from simulator.consumers.durable import DurableStage
from simulator.consumers.keyed import PassedOn
from simulator.core.decisions import Decision
from simulator.core.errors import ScenarioError
from simulator.core.events import Event
from simulator.core.reducers import Consumer, Effect, Reminder, Stage
from simulator.core.time import SimTime, days, format_instant

TICKS = 24  # our choice: enough that most reminders lie between two
CRASHES = 12  # our choice
SILENCE_AFTER = days(30)  # our choice: longer than any clock that a reminder keeps

Script = Sequence[Event | SimTime]
"""What a consumer is given: events, and ticks of the clock between them."""

Found = Mapping[str, Decision]
"""Decisions by their ids."""


def check_consumer(consumer: Consumer, events: Sequence[Event]) -> None:
    """Check that a consumer keeps its contract, however these events are delivered."""
    script = with_ticks(events, TICKS)
    check_first_stage_is_keyed_by_subject(consumer, events)
    check_decisions_are_about_their_key(consumer, script)
    check_same_decisions_each_time(consumer, script)
    check_ticks_do_not_show(consumer, events)
    check_every_decision_has_its_cause(consumer, script)
    check_repeated_events_change_nothing(consumer, script)
    check_crashes_change_nothing(consumer, script)
    check_states_survive_being_written(consumer, script)


def check_first_stage_is_keyed_by_subject(consumer: Consumer, events: Sequence[Event]) -> None:
    """Check that the first stage keeps its states by the events' subjects.

    The topics are partitioned by subject, so a state of another key would be torn apart.
    """
    for stage in consumer.stages[:1]:
        for event in events:
            key = stage.key(event) if event.type in stage.event_types else event.subject
            assert key == event.subject, (
                f'{consumer.name}: the first stage "{stage.name}" keeps {event.id} under "{key}", not under its '
                f'subject "{event.subject}": hand it on to a second stage with that key'
            )


def check_decisions_are_about_their_key(consumer: Consumer, script: Script) -> None:
    """Check that each decision is about the key under which it was made.

    Only then it comes before the answer to the tick that its partition's stage gives.
    """
    stages = tuple(_AboutItsKey(stage, consumer.name) for stage in consumer.stages)
    _play(consumer, script, ChainRunner(replace(consumer, stages=stages)))


def check_same_decisions_each_time(consumer: Consumer, script: Script) -> None:
    """Check that the same events give the same decisions: no clock, no chance."""
    _same(consumer, _play(consumer, script), _play(consumer, script), when="the second time")


def check_ticks_do_not_show(consumer: Consumer, events: Sequence[Event]) -> None:
    """Check that the decisions do not depend on how often the clock ticks."""
    often, once = with_ticks(events, 5 * TICKS), with_ticks(events, 0)
    _same(consumer, _play(consumer, once), _play(consumer, often), when="when the clock ticks more often")


def check_every_decision_has_its_cause(consumer: Consumer, script: Script) -> None:
    """Check that each decision names an event given, and does not lie before it."""
    published = {one.id: one.published_at for one in script if isinstance(one, Event)}
    for decision in _play(consumer, script).values():
        cause = published.get(decision.caused_by)
        assert cause is not None, f"{consumer.name}: {decision.id} is caused by no event that was given"
        assert decision.time >= cause, (
            f"{consumer.name}: {decision.id} lies at {format_instant(decision.time)}, before its cause "
            f"at {format_instant(cause)}"
        )


def check_repeated_events_change_nothing(consumer: Consumer, script: Script) -> None:
    """Check that events given twice at once give the decisions of events given once."""
    twice = [one for each in script for one in (each, each)]
    _same(consumer, _play(consumer, script), _play(consumer, twice), when="when each event comes twice")


def check_crashes_change_nothing(consumer: Consumer, script: Script) -> None:
    """Check that what a state has seen changes nothing when it comes again."""
    expected = _play(consumer, script)
    for crash in range(len(script), 0, -max(1, len(script) // CRASHES)):
        for start in {0, crash // 2, crash - crash // 10, crash - 1}:
            again = [*script[:crash], *script[start:]]
            _same(consumer, expected, _play(consumer, again), when=f"when {crash - start} come again after {crash}")


def check_states_survive_being_written(consumer: Consumer, script: Script) -> None:
    """Check that states written and read between events give the same decisions."""
    written = _play(consumer, script, ChainRunner(consumer, keep=StatesInBytes))
    _same(consumer, _play(consumer, script), written, when="when its states are written and read again")


def with_ticks(events: Sequence[Event], ticks: int) -> Script:
    """Return events with so many ticks among them, and one long after the last."""
    if not events:
        return []
    first, last = events[0].published_at, max(event.published_at for event in events)
    length = max(1, (last - first) // (ticks + 1))
    script: list[Event | SimTime] = []
    due = first + length
    for event in events:
        while ticks and event.published_at > due:
            script.append(SimTime(due))
            due += length
        script.append(event)
    return [*script, SimTime(last + SILENCE_AFTER)]


class StatesInBytes:
    """One stage with what it keeps for each key, as bytes."""

    def __init__(self, stage: Stage[Any]) -> None:
        """Start with nothing."""
        self._stage = DurableStage(stage, ())
        self._store = BytesByName()

    def on_event(self, event: Event) -> Sequence[PassedOn]:
        """Take in an event of a type that the stage reads."""
        return self._stage.take(self._store, event) if self._stage.reads(event) else ()

    def on_tick(self, until: SimTime) -> Sequence[PassedOn]:
        """Give back the reminders due at or before `until`."""
        return self._stage.fire(self._store, until)


class _AboutItsKey:
    """A stage whose decisions are looked at."""

    def __init__(self, stage: Stage[Any], consumer: str) -> None:
        self._stage, self._consumer = stage, consumer
        self.name, self.event_types, self.state_type = stage.name, stage.event_types, stage.state_type
        self.key = stage.key

    def on_event(self, state: Any, event: Event) -> Iterable[Effect]:
        return self._checked(self._stage.on_event(state, event), self._stage.key(event))

    def on_reminder(self, state: Any, key: str, reminder: Reminder) -> Iterable[Effect]:
        return self._checked(self._stage.on_reminder(state, key, reminder), key)

    def _checked(self, effects: Iterable[Effect], key: str) -> Iterator[Effect]:
        for effect in effects:
            assert not isinstance(effect, Decision) or effect.subject == key, (
                f'{self._consumer}: stage "{self.name}" decides about "{effect.subject}" under the key "{key}": '
                f"hand an event on to a stage with that key, or decide about the key"
            )
            yield effect


class BytesByName:
    """A store in memory, as a partition of a stage needs one."""

    def __init__(self, held: Mapping[bytes, bytes] | None = None) -> None:
        """Start with what is held."""
        self.held = dict(held or {})

    def get_bytes(self, key: bytes) -> bytes | None:
        """Return the value of a name, or None."""
        return self.held.get(key)

    def set_bytes(self, key: bytes, value: bytes) -> None:
        """Keep a value under a name."""
        self.held[key] = value

    def delete(self, key: bytes) -> None:
        """Forget a name."""
        self.held.pop(key, None)


def _play(consumer: Consumer, script: Iterable[Event | SimTime], runner: ChainRunner | None = None) -> Found:
    runner = runner or ChainRunner(consumer)
    found: dict[str, Decision] = {}
    for one in script:
        for decision in _given(consumer, runner, one):
            other = found.setdefault(decision.id, decision)
            assert other == decision, f"{consumer.name}: two decisions have the id {decision.id}: {other}, {decision}"
    return found


def _given(consumer: Consumer, runner: ChainRunner, one: Event | SimTime) -> Sequence[Decision]:
    try:
        return runner.on_event(one) if isinstance(one, Event) else runner.on_tick(one)
    except ScenarioError as error:
        raise AssertionError(f"{consumer.name}: {error}") from error


def _same(consumer: Consumer, expected: Found, found: Found, *, when: str) -> None:
    missing = [expected[one] for one in expected if found.get(one) != expected[one]]
    added = [found[one] for one in found if expected.get(one) != found[one]]
    assert not missing, f"{consumer.name}: {when}, {len(missing)} decisions are missing; the first: {missing[0]}"
    assert not added, f"{consumer.name}: {when}, {len(added)} decisions are new; the first: {added[0]}"

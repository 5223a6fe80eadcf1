"""A consumer run over a list: events in, clock ticks in, decisions out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import Any, Protocol

from simulator.consumers.keyed import Kept, PassedOn, take_event, take_reminders
from simulator.core.decisions import Decision
from simulator.core.errors import ScenarioError
from simulator.core.events import Event
from simulator.core.reducers import Consumer, Stage
from simulator.core.time import SimTime


def run_in_list(consumer: Consumer, events: Iterable[Event], *, until: SimTime) -> list[Decision]:
    """Return what a consumer concludes from events, and from the clock at `until`."""
    runner = ChainRunner(consumer)
    decisions = [decision for event in events for decision in runner.on_event(event)]
    return decisions + runner.on_tick(until)


class KeyedStates(Protocol):
    """One stage with what it keeps for each key, wherever that lies."""

    def on_event(self, event: Event) -> Sequence[PassedOn]:
        """Take in an event; return what leaves the stage."""

    def on_tick(self, until: SimTime) -> Sequence[PassedOn]:
        """Give back the reminders due at or before `until`; return what leaves the stage."""


class ChainRunner:
    """Runs a consumer's stages, each with a state for every key.

    The first stage takes an event when it comes. What it hands on waits for the clock: the
    stages after it take what is due in the order of (published_at, id) at the next tick, so
    that neither the step length nor the way events are spread over partitions shows.
    """

    def __init__(self, consumer: Consumer, *, keep: Callable[[Stage[Any]], KeyedStates] | None = None) -> None:
        """Start with what `keep` holds for each stage; by default in memory, and nothing."""
        self._stages = consumer.stages
        self._states = [(keep or StatesInMemory)(stage) for stage in consumer.stages]
        self._waiting: list[list[tuple[SimTime, str, int, Event]]] = [[] for _ in consumer.stages]
        self._arrivals = count()

    def on_event(self, event: Event) -> list[Decision]:
        """Take in an event; return what the first stage concludes from it.

        Events of one key come in the order of published_at where the wire keeps order.
        """
        passed_on = self._states[0].on_event(event)
        return self._sort_out(0, passed_on) if passed_on else []

    def on_tick(self, until: SimTime) -> list[Decision]:
        """Take in that nothing more comes at or before `until`; return what follows.

        The decisions are in the order of (time, subject, id).
        """
        decisions: list[Decision] = []
        for place, states in enumerate(self._states):
            waiting = self._waiting[place]
            while waiting and waiting[0][0] <= until:
                decisions += self._sort_out(place, states.on_event(heappop(waiting)[-1]))
            decisions += self._sort_out(place, states.on_tick(until))
        return sorted(decisions, key=order_of_decisions)

    def _sort_out(self, place: int, passed_on: Iterable[PassedOn]) -> list[Decision]:
        decisions: list[Decision] = []
        for one in passed_on:
            if isinstance(one, Decision):
                decisions.append(one)
            else:
                check_handed_on(self._stages[place], self._following(place), one)
                arrival = (one.published_at, one.id, next(self._arrivals), one)
                heappush(self._waiting[place + 1], arrival)
        return decisions

    def _following(self, place: int) -> Stage[Any] | None:
        return self._stages[place + 1] if place + 1 < len(self._stages) else None


class StatesInMemory:
    """One stage with what it keeps for each key, in memory."""

    def __init__(self, stage: Stage[Any]) -> None:
        """Start with no key known."""
        self._stage = stage
        self._event_types = stage.event_types
        self._key = stage.key
        self._kept: dict[str, Kept[Any]] = {}
        self._due: list[tuple[SimTime, str]] = []
        self._watched: dict[str, SimTime] = {}

    def on_event(self, event: Event) -> Sequence[PassedOn]:
        """Take in an event of a type that the stage reads; any other passes it by."""
        if event.type not in self._event_types:
            return ()
        key = self._key(event)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = Kept(self._stage.state_type())
        passed_on = take_event(self._stage, kept, event, key=key)
        if kept.reminders:
            self._watch(key, kept.reminders[0].at)
        return passed_on

    def on_tick(self, until: SimTime) -> list[PassedOn]:
        """Give back the reminders due at or before `until`, the earliest key first."""
        passed_on: list[PassedOn] = []
        while self._due and self._due[0][0] <= until:
            key = heappop(self._due)[1]
            self._watched.pop(key, None)
            kept = self._kept[key]
            passed_on += take_reminders(self._stage, kept, until, key=key)
            if kept.reminders:
                self._watch(key, kept.reminders[0].at)
        return passed_on

    def _watch(self, key: str, at: SimTime) -> None:
        if self._watched.get(key) != at:
            self._watched[key] = at
            heappush(self._due, (at, key))


def order_of_decisions(decision: Decision) -> tuple[SimTime, str, str]:
    """Return the place of a decision among others: by time, subject and id."""
    return decision.time, decision.subject, decision.id


def check_handed_on(stage: Stage[Any], following: Stage[Any] | None, event: Event) -> None:
    """Check that the next stage reads an event. Raises ScenarioError when none does."""
    if following is None or event.type not in following.event_types:
        reader = f'stage "{following.name}" does not read it' if following else "no stage follows"
        raise ScenarioError(
            f'stage "{stage.name}" hands on {event.id} of type "{event.type}", but {reader}. '
            "Return a decision, or let the next stage's event_types hold the type."
        )

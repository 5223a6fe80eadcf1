"""Small consumers for tests: one that counts with reminders, one that re-keys in two stages."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from simulator.core.catalog import Catalog
from simulator.core.decisions import Decision
from simulator.core.events import DecisionType, Event, EventType
from simulator.core.reducers import Consumer, Effect, Reminder
from simulator.core.time import SimTime, minutes

START = SimTime(1_767_571_200_000)  # 2026-01-05T00:00:00Z
SILENCE = minutes(30)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The data of the events: which ward, and a value."""

    ward: str
    value: float


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The data of the decisions."""

    value: float


READING_TAKEN = EventType("reading.taken", "readings", Reading, "A value was read.")
SAMPLE_TAKEN = EventType("sample.taken", "samples", Reading, "A sample was taken.")
CASE_OPENED = EventType("case.opened", "cases", Reading, "A reading was high.")
CATALOG = Catalog(
    scenario="toy",
    version=1,
    event_types=(READING_TAKEN, SAMPLE_TAKEN),
    decision_types=(
        DecisionType("silence.noticed", Finding, "Nothing was read for a while."),
        DecisionType("cluster.signalled", Finding, "A ward has several cases."),
        DecisionType("order.noticed", Finding, "What was read, in its order."),
    ),
    partitions=4,
)


def reading(
    subject: int, number: int, at: float, *, ward: str = "a", value: float = 1.0, of: EventType = READING_TAKEN
) -> Event:
    """Return an event at `at` seconds after START."""
    name = CATALOG.subject_name(subject)
    moment = SimTime(START + int(at * 1_000))
    return Event(
        id=f"toy-v1/42/{name}/{of.name}/{number}",
        source=CATALOG.source(42),
        type=of.name,
        subject=name,
        occurred_at=moment,
        published_at=moment,
        data=Reading(ward=ward, value=value),
    )


class LastSeen(msgspec.Struct):
    """When and by which event a key was last heard of."""

    at: int = 0
    event_id: str = ""


class Silence:
    """Decide that a subject is silent half an hour after its last reading."""

    name = "silence"
    event_types = frozenset({READING_TAKEN.name})
    state_type = LastSeen

    def key(self, event: Event) -> str:
        """Return the subject."""
        return event.subject

    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        """Remember, and ask to be reminded."""
        if event.published_at <= state.at:
            return ()
        state.at, state.event_id = event.published_at, event.id
        return (Reminder(at=SimTime(event.published_at + SILENCE), name="silence"),)

    def on_reminder(self, state: LastSeen, key: str, reminder: Reminder) -> Iterable[Effect]:
        """Decide when nothing came since."""
        if state.at + SILENCE != reminder.at:
            return ()
        return (decision("silence.noticed", key, reminder.at, state.event_id, state.at),)


def silence() -> Consumer:
    """Return a consumer that notices silence."""
    return Consumer(name="silence", summary="notices silence", families=("readings",), stages=(Silence(),))


class HighReadings:
    """Hand a subject's first high reading on, under the name of its ward."""

    name = "high"
    event_types = frozenset({READING_TAKEN.name, SAMPLE_TAKEN.name})
    state_type = LastSeen

    def key(self, event: Event) -> str:
        """Return the subject."""
        return event.subject

    def on_event(self, state: LastSeen, event: Event) -> Iterable[Effect]:
        """Hand on a reading above ten, and again after half an hour."""
        if not isinstance(event.data, Reading) or event.data.value <= 10 or event.published_at <= state.at:
            return ()
        state.at, state.event_id = event.published_at, event.id
        case = msgspec.structs.replace(event, id=f"{event.id}/case", type=CASE_OPENED.name)
        return case, Reminder(at=SimTime(event.published_at + SILENCE))

    def on_reminder(self, state: LastSeen, key: str, reminder: Reminder) -> Iterable[Effect]:
        """Hand the case on again."""
        yield Event(
            id=f"{state.event_id}/again",
            source="toy",
            type=CASE_OPENED.name,
            subject=key,
            occurred_at=reminder.at,
            published_at=reminder.at,
            data=Reading(ward="again", value=0.0),
        )


class Cases(msgspec.Struct):
    """The cases of a ward, in the order in which they came."""

    seen: list[str] = []


class Wards:
    """Signal every third case of a ward, and an hour after each case how many there are."""

    name = "wards"
    event_types = frozenset({CASE_OPENED.name})
    state_type = Cases

    def key(self, event: Event) -> str:
        """Return the ward."""
        assert isinstance(event.data, Reading)
        return event.data.ward

    def on_event(self, state: Cases, event: Event) -> Iterable[Effect]:
        """Count the case."""
        if event.id in state.seen:
            return
        state.seen.append(event.id)
        yield Reminder(at=SimTime(event.published_at + 2 * SILENCE), name=event.id)
        if len(state.seen) % 3 == 0:
            yield decision("cluster.signalled", self.key(event), event.published_at, cause(event.id), len(state.seen))

    def on_reminder(self, state: Cases, key: str, reminder: Reminder) -> Iterable[Effect]:
        """Say how many cases came before and after this one."""
        return (decision("cluster.signalled", key, reminder.at, cause(reminder.name), state.seen.index(reminder.name)),)


def wards() -> Consumer:
    """Return a chain of two stages, the second under another key."""
    return Consumer(
        name="wards",
        summary="signals wards with many cases",
        families=("readings",),
        stages=(HighReadings(), Wards()),
        handed_on=(CASE_OPENED,),
    )


class Orders(msgspec.Struct):
    """What was read, in its order."""

    seen: list[str] = []


class Order:
    """Decide at each event what came before it: as sensitive to order as can be."""

    name = "order"
    event_types = frozenset({READING_TAKEN.name, SAMPLE_TAKEN.name})
    state_type = Orders

    def key(self, event: Event) -> str:
        """Return the subject."""
        return event.subject

    def on_event(self, state: Orders, event: Event) -> Iterable[Effect]:
        """Say at which place the event came."""
        if event.id in state.seen:
            return ()
        state.seen.append(event.id)
        return (decision("order.noticed", event.subject, event.published_at, event.id, len(state.seen)),)

    def on_reminder(self, state: Orders, key: str, reminder: Reminder) -> Iterable[Effect]:
        """Return nothing: none was asked for."""
        return ()


def order() -> Consumer:
    """Return a consumer of two families whose decisions show the order in which it read them."""
    return Consumer(name="order", summary="shows the order", families=("readings", "samples"), stages=(Order(),))


def cause(handed_on_id: str) -> str:
    """Return the id of the event that led to one that was handed on."""
    return handed_on_id.rpartition("/")[0]


def decision(name: str, subject: str, at: int, caused_by: str, value: float) -> Decision:
    """Return a decision of the toy catalog."""
    return Decision(type=name, subject=subject, time=SimTime(at), caused_by=caused_by, data=Finding(value=float(value)))

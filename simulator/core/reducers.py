"""What a consumer is made of: keyed stages whose two functions see the wire and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import msgspec

from simulator.core.decisions import Decision
from simulator.core.events import Event, EventType
from simulator.core.time import SimTime

State = TypeVar("State", bound=msgspec.Struct)


class Reminder(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to be called again for a key once the stream's clock has passed `at`.

    The same (key, at, name) asked for twice is one reminder.
    """

    at: SimTime
    name: str = ""


Effect = Decision | Reminder | Event
"""A decision goes out, a reminder comes back, an event goes to the next stage under its key."""


class Stage(Protocol[State]):
    """A keyed reducer: state for each key, and two functions over it.

    Both functions may change `state` and nothing else, and read neither a clock nor chance.
    They are idempotent under redelivery: an event given again, at once or after later ones,
    returns the same decisions (same ids) as before or none, and leaves the state as it was.
    For one key, events come in the order of published_at where the wire keeps order, and every
    reminder that is due at or before an event's published_at comes before that event.
    A decision's time is that of what is taken in: the event's published_at, or the reminder's `at`.
    Its subject is the key under which it was made: so it lies on the partition whose answer to a
    tick says that nothing more comes. No event handed on and no reminder lies before what is
    taken in.
    """

    @property
    def name(self) -> str:
        """Return the stage's name, unique in its consumer."""

    @property
    def event_types(self) -> frozenset[str]:
        """Return the types of the events that the stage reads; all others pass it by."""

    @property
    def state_type(self) -> type[State]:
        """Return the Struct of the state; called bare it is that of a new key."""

    def key(self, event: Event) -> str:
        """Return the key whose state the event belongs to.

        For a first stage that is the event's subject: a state lies where its partition is read,
        and the event topics are partitioned by subject. A later stage may take any key.
        """

    def on_event(self, state: State, event: Event) -> Iterable[Effect]:
        """Take in an event; return what follows from it."""

    def on_reminder(self, state: State, key: str, reminder: Reminder) -> Iterable[Effect]:
        """Take in a reminder that has come due; return what follows from it."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """A chain of stages; the first reads the event topics of `families`.

    `handed_on` are the types of the events that a stage returns for the next one: they travel
    between stages only, so they are no part of the scenario's catalog.
    """

    name: str
    summary: str
    families: tuple[str, ...]
    stages: tuple[Stage[Any], ...]
    handed_on: tuple[EventType, ...] = ()

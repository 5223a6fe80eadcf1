"""A scenario's names on the wire: topics, event types, subjects, ids and sources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from simulator.core.events import DecisionType, EventType
from simulator.core.time import Milliseconds

CLOCK_TICKED = "clock.ticked"
CLOCK_REACHED = "clock.reached"
_ID = re.compile(r"(?P<run>[^/]+/\d+)/(?P<subject>[^/]+)/(?P<type>[^/]+)/(?P<number>\d+)")


class EventRef(NamedTuple):
    """Which event: its type, its subject's number and its own number."""

    type: str
    subject: int
    number: int


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with what it must be created with; `retention_ms` None keeps for ever."""

    name: str
    partitions: int
    retention_ms: Milliseconds | None = None


@dataclass(frozen=True, slots=True)
class Catalog:
    """What a scenario says on the wire, and how it names it.

    `subject_prefix` says in every key that the subject is synthetic: `syn-` gives `syn-0000017`.
    """

    scenario: str
    version: int
    event_types: tuple[EventType, ...]
    decision_types: tuple[DecisionType, ...]
    partitions: int = 8
    subject_prefix: str = "syn-"

    @property
    def scenario_id(self) -> str:
        """Return the versioned name, `sepsis-v1`."""
        return f"{self.scenario}-v{self.version}"

    def event_type(self, name: str) -> EventType:
        """Return the event type of that name. Raises KeyError when there is none."""
        return {one.name: one for one in self.event_types}[name]

    @property
    def type_names(self) -> tuple[str, ...]:
        """Return the names of the event types, in their order."""
        return tuple(one.name for one in self.event_types)

    @property
    def families(self) -> tuple[str, ...]:
        """Return the topic families of the events, sorted, each once."""
        return tuple(sorted({one.family for one in self.event_types}))

    def topic(self, family: str, *, prefix: str = "") -> str:
        """Return the topic's name of a family, of `clock` or of `decisions`."""
        return f"{prefix}{self.scenario}.{family}"

    def event_topics(self, *, prefix: str = "") -> tuple[Topic, ...]:
        """Return the topics that carry events."""
        return tuple(Topic(self.topic(family, prefix=prefix), self.partitions) for family in self.families)

    def topics(self, *, prefix: str = "") -> tuple[Topic, ...]:
        """Return every topic of a run: events, clock, decisions; equal partitions."""
        extra = tuple(Topic(self.topic(name, prefix=prefix), self.partitions) for name in ("clock", "decisions"))
        return self.event_topics(prefix=prefix) + extra

    def subject_name(self, subject: int) -> str:
        """Return the key of a subject."""
        return f"{self.subject_prefix}{subject:07d}"

    def subject_number(self, name: str) -> int | None:
        """Return the number of a subject, or None when the name is not one of ours."""
        digits = name.removeprefix(self.subject_prefix)
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else -1
        return number if number >= 0 and self.subject_name(number) == name else None

    def source(self, seed: int) -> str:
        """Return the CloudEvents source of a run's events."""
        return f"urn:pulsetrain:{self.scenario_id}:{seed}"

    def event_id(self, seed: int, ref: EventRef) -> str:
        """Return an event's id: scenario, seed, subject, type and number, no more."""
        return f"{self.scenario_id}/{seed}/{self.subject_name(ref.subject)}/{ref.type}/{ref.number}"

    def subject_of(self, event_id: str) -> str | None:
        """Return the subject that an event's id names, or None when it is no event's id."""
        found = _ID.fullmatch(event_id)
        return None if found is None else found["subject"]

    def parse_event_id(self, seed: int, text: str) -> EventRef | None:
        """Return which event an id names, or None when this run cannot have made it."""
        found = _ID.fullmatch(text)
        if found is None or found["run"] != f"{self.scenario_id}/{seed}" or found["type"] not in self.type_names:
            return None
        subject = self.subject_number(found["subject"])
        ref = None if subject is None else EventRef(found["type"], subject, int(found["number"]))
        return ref if ref is not None and self.event_id(seed, ref) == text else None

"""A scenario of one page, for tests of the harness: fevers rise, alarms bring medicine, medicine helps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec
import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.catalog import Catalog
from simulator.core.decisions import Decision
from simulator.core.events import Block, DecisionType, Event, EventType
from simulator.core.history import History
from simulator.core.labels import Label, LabelType
from simulator.core.reducers import Consumer, Effect, Reminder
from simulator.core.scenario import Defaults, Metric, Scenario, Scores, Step, World, WorldSetup
from simulator.core.time import SimTime, hours, minutes, parse_instant

INTERVAL = minutes(10)
REACTION_TIME = minutes(30)


class Temperature(msgspec.Struct, frozen=True, kw_only=True):
    """The data of `temperature.measured`."""

    celsius: float


class Medicine(msgspec.Struct, frozen=True, kw_only=True):
    """The data of `medicine.given`."""

    ordered_by: str


class Fever(msgspec.Struct, frozen=True, kw_only=True):
    """The data of the label and of the decision."""

    celsius: float


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set."""

    sick_share: Annotated[float, msgspec.Meta(ge=0, le=1, description="who falls ill", extra={"unit": "1"})] = 0.5


TEMPERATURE = EventType("temperature.measured", "vitals", Temperature, "A temperature was read.")
MEDICINE = EventType("medicine.given", "treatments", Medicine, "A medicine was given.")
ALARM = DecisionType("alarm.raised", Fever, "A patient has a fever.")
CATALOG = Catalog(
    scenario="tiny", version=1, event_types=(TEMPERATURE, MEDICINE), decision_types=(ALARM,), partitions=4
)


class FeverWorld:
    """Everybody's temperature every ten minutes; the sick grow hot, and cool down under medicine."""

    def __init__(self, setup: WorldSetup) -> None:
        """Draw who is sick, and since when."""
        draws, subjects = setup.draws, setup.subjects
        self._setup, self._now = setup, setup.start
        parameters = setup.parameters
        assert isinstance(parameters, Parameters)
        self._is_sick = draws.bernoulli("sick", subjects, probability=parameters.sick_share)
        self._onset = setup.start + draws.integers("onset", subjects, below=hours(6))
        self._cured = np.full(len(subjects), np.iinfo(np.int64).max)
        self._due: list[tuple[int, int, str]] = []

    def step(self, until: SimTime, decisions: Sequence[Decision]) -> Step:
        """Measure, and give medicine half an hour after an alarm."""
        labels = self._labels() if self._now == self._setup.start else []
        for decision in decisions:
            self._order(decision)
        blocks = [*self._medicines(until), *self._measurements(until)]
        self._now = until
        return Step(blocks=blocks, labels=labels)

    def _labels(self) -> list[Label]:
        rows = np.flatnonzero(self._is_sick).tolist()
        names = [self._setup.catalog.subject_name(int(self._setup.subjects[row])) for row in rows]
        onsets = [SimTime(int(self._onset[row])) for row in rows]
        return [
            Label(subject=name, kind="fever.began", at=at, known_at=at, data=Fever(celsius=39.0))
            for name, at in zip(names, onsets, strict=True)
        ]

    def _order(self, decision: Decision) -> None:
        number = self._setup.catalog.subject_number(decision.subject)
        rows = np.flatnonzero(self._setup.subjects == number).tolist()
        for row in rows:
            at = decision.time + REACTION_TIME
            if at < self._cured[row]:
                self._cured[row] = at
                self._due.append((at, row, decision.id))

    def _medicines(self, until: SimTime) -> list[Block]:
        due = sorted(one for one in self._due if one[0] <= until)
        self._due = [one for one in self._due if one[0] > until]
        if not due:
            return []
        times = np.array([one[0] for one in due], dtype=np.int64)
        return [
            Block(
                type=MEDICINE,
                subject=self._setup.subjects[[one[1] for one in due]],
                occurred_at=times,
                published_at=times,
                objects=tuple(Medicine(ordered_by=one[2]) for one in due),
            )
        ]

    def _measurements(self, until: SimTime) -> list[Block]:
        start = self._setup.start
        first, last = (self._now - start) // INTERVAL + 1, (until - start) // INTERVAL
        return [self._measured(index) for index in range(first, last + 1)]

    def _measured(self, index: int) -> Block:
        subjects, draws = self._setup.subjects, self._setup.draws
        at = self._setup.start + index * INTERVAL
        is_hot = self._is_sick & (self._onset <= at) & (at <= self._cured)
        celsius = np.round(37.0 + 0.2 * draws.normal("celsius", subjects, index) + np.where(is_hot, 2.0, 0.0), 1)
        occurred: IntArray = np.full(len(subjects), at, dtype=np.int64)
        charted = occurred + draws.integers("charting", subjects, index, below=minutes(15))
        return Block(
            type=TEMPERATURE,
            subject=subjects,
            occurred_at=occurred,
            published_at=charted,
            columns={"celsius": celsius},
        )


class Alarmed(msgspec.Struct):
    """Whether a patient was alarmed about."""

    cause: str = ""


class FirstFever:
    """Raise one alarm about each patient, at the first temperature above `threshold`."""

    name = "first-fever"
    event_types = frozenset({TEMPERATURE.name})
    state_type = Alarmed

    def __init__(self, threshold: float) -> None:
        """Alarm above `threshold` degrees Celsius."""
        self._threshold = threshold

    def key(self, event: Event) -> str:
        """Return the patient."""
        return event.subject

    def on_event(self, state: Alarmed, event: Event) -> Iterable[Effect]:
        """Raise an alarm, once."""
        assert isinstance(event.data, Temperature)
        if event.data.celsius <= self._threshold or state.cause not in ("", event.id):
            return
        state.cause = event.id
        yield Decision(
            type=ALARM.name,
            subject=event.subject,
            time=event.published_at,
            caused_by=event.id,
            data=Fever(celsius=event.data.celsius),
        )

    def on_reminder(self, state: Alarmed, key: str, reminder: Reminder) -> Iterable[Effect]:
        """Return nothing: no reminder is asked for."""
        return ()


def consumer(name: str, threshold: float) -> Consumer:
    """Return a consumer that alarms above `threshold` degrees Celsius."""
    return Consumer(name=name, summary="one alarm a fever", families=("vitals",), stages=(FirstFever(threshold),))


def make_world(setup: WorldSetup) -> World:
    """Return the world."""
    return FeverWorld(setup)


def score(history: History) -> Scores:
    """Return the share of the sick that were alarmed about, and of the alarms that were right."""
    sick = {label.subject for label in history.labels}
    alarmed = {decision.subject for decision in history.decisions}
    return {
        "sensitivity": len(sick & alarmed) / len(sick) if sick else None,
        "ppv": len(sick & alarmed) / len(alarmed) if alarmed else None,
        "alarms_per_subject": len(history.decisions) / history.subjects,
    }


scenario = Scenario(
    catalog=CATALOG,
    summary="fevers, found and treated",
    defaults=Defaults(subjects=20, duration=hours(8), start=parse_instant("2026-01-05T00:00:00Z")),
    parameters=Parameters,
    label_types=(LabelType("fever.began", Fever, "A patient fell ill."),),
    metrics=(
        Metric("sensitivity", "the sick alarmed about"),
        Metric("ppv", "alarms that were right"),
        Metric("alarms_per_subject", "alarm burden"),
    ),
    requirements=("sensitivity>=0.9", "ppv>=0.9"),
    reaction_time=REACTION_TIME,
    make_world=make_world,
    consumers={"reference": lambda: consumer("reference", 38.0), "deaf": lambda: consumer("deaf", 99.0)},
    score=score,
    maximum_subjects=1_000,
)

"""The hidden world: who has a fever, from when on, and what the thermometer shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from simulator.clinical.alert import Alert
from simulator.clinical.vital_sign import TEMPERATURE, VitalSign
from simulator.core.arrays import BoolArray, IntArray
from simulator.core.catalog import Catalog
from simulator.core.decisions import Decision
from simulator.core.events import Block, Coded, Column, DecisionType, EventType
from simulator.core.labels import Label, LabelType
from simulator.core.scenario import Step, WorldSetup
from simulator.core.time import SimTime, minutes

EVERY = minutes(10)  # our choice: how often a temperature is taken
REACTION_TIME = minutes(30)  # our choice: an antipyretic works half an hour after the alert
HEALTHY = 36.8  # degrees Celsius, oral mean of healthy adults; Mackowiak, JAMA 1992;268:1578
NEVER = np.iinfo(np.int64).max

MEASURED = EventType("vital-sign.measured", "vitals", VitalSign, "a temperature was taken")
ALERTED = DecisionType("alert.raised", Alert, "a patient has a fever")
CATALOG = Catalog(scenario="hello", version=1, event_types=(MEASURED,), decision_types=(ALERTED,))


class Fever(msgspec.Struct, frozen=True, kw_only=True):
    """The data of the label."""

    rise_celsius: Annotated[float, Meta(description="by how much the temperature rises")]


FEVER = LabelType("fever", Fever, "a fever began")


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set."""

    fever_share: Annotated[
        float,
        Meta(ge=0, le=1, description="share of patients with a fever", extra={"unit": "1", "source": "our choice"}),
    ] = 0.3
    noise_celsius: Annotated[
        float,
        Meta(ge=0, le=2, description="SD of one reading", extra={"unit": "Cel", "source": "our choice"}),
    ] = 0.35


class WaitingRoom:
    """All patients of the room, one row each: `begins` and `ends` of the fever, `rise` in degrees Celsius."""

    def __init__(self, setup: WorldSetup) -> None:
        """Draw every patient's fate."""
        draws, subjects = setup.draws, setup.subjects
        assert isinstance(setup.parameters, Parameters)
        self._setup, self._parameters = setup, setup.parameters
        is_feverish = draws.bernoulli("fever", subjects, probability=self._parameters.fever_share)
        moment = setup.start + draws.uniform("fever.onset", subjects) * (setup.end - setup.start)
        self._begins = np.where(is_feverish, moment.astype(np.int64), NEVER)
        self._ends = np.full(len(subjects), NEVER)
        self._rise = np.round(draws.lognormal("fever.rise", subjects, median=1.8, sigma=0.25), 2)
        self._first = setup.start + draws.integers("first", subjects, below=EVERY)
        self._next = np.zeros(len(subjects), dtype=np.int64)
        self._now = SimTime(setup.start - 1)

    def step(self, until: SimTime, decisions: Sequence[Decision]) -> Step:
        """Return the temperatures taken up to `until`, and the fevers that began."""
        self._treat(decisions)
        step = Step(blocks=[self._measure(until)], labels=self._labels(until))
        self._now = until
        return step

    def _treat(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            number = self._setup.catalog.subject_number(decision.subject)
            # Another shard's patients are not ours to treat.
            for row in np.flatnonzero(self._setup.subjects == number):
                self._ends[row] = min(self._ends[row], decision.time + REACTION_TIME)

    def _measure(self, until: SimTime) -> Block:
        upcoming = np.maximum((until - self._first) // EVERY + 1, self._next)
        counts = upcoming - self._next
        rows = np.repeat(np.arange(len(counts)), counts)
        number = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - upcoming, counts)
        self._next = upcoming
        at = self._first[rows] + number * EVERY
        subject = self._setup.subjects[rows]
        noise = self._parameters.noise_celsius * self._setup.draws.normal("noise", subject, number)
        value = HEALTHY + self._rise[rows] * self._is_feverish(rows, at) + noise
        same = np.zeros(len(rows), dtype=np.int64)
        columns: dict[str, Column] = {
            "code": Coded(same, (TEMPERATURE.code,)),
            "display": Coded(same, (TEMPERATURE.display,)),
            "value": np.round(value, 1),
            "unit": Coded(same, (TEMPERATURE.unit,)),
        }
        return Block(type=MEASURED, subject=subject, occurred_at=at, published_at=at, columns=columns)

    def _is_feverish(self, rows: IntArray, at: IntArray) -> BoolArray:
        feverish: BoolArray = (self._begins[rows] <= at) & (at < self._ends[rows])
        return feverish

    def _labels(self, until: SimTime) -> list[Label]:
        new = np.flatnonzero((self._begins > self._now) & (self._begins <= until))
        return [self._label(row) for row in new.tolist()]

    def _label(self, row: int) -> Label:
        at = SimTime(int(self._begins[row]))
        return Label(
            subject=self._setup.catalog.subject_name(int(self._setup.subjects[row])),
            kind=FEVER.name,
            at=at,
            known_at=SimTime(at + EVERY),  # the next reading shows it
            data=Fever(rise_celsius=float(self._rise[row])),
        )

"""The reference answer: an alert at the first reading of a fever."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from simulator.clinical.alert import Alert
from simulator.clinical.vital_sign import VitalSign
from simulator.core.decisions import Decision
from simulator.core.events import Event
from simulator.core.reducers import Consumer, Effect, Reminder

THRESHOLD = 38.0  # degrees Celsius, the usual bound of a fever


class Patient(msgspec.Struct):
    """What is known of a patient: whether there was an alert."""

    is_alerted: bool = False


class Thermometer:
    """Raise an alert at a patient's first reading of THRESHOLD or more."""

    name = "thermometer"
    event_types = frozenset({"vital-sign.measured"})
    state_type = Patient

    def key(self, event: Event) -> str:
        """Return the patient."""
        return event.subject

    def on_event(self, state: Patient, event: Event) -> Iterable[Effect]:
        """Look at a reading."""
        reading = event.data
        assert isinstance(reading, VitalSign)
        if state.is_alerted or reading.value < THRESHOLD:
            return ()
        state.is_alerted = True
        alert = Alert(score=reading.value, rule="fever")
        return (
            Decision(
                type="alert.raised", subject=event.subject, time=event.published_at, caused_by=event.id, data=alert
            ),
        )

    def on_reminder(self, state: Patient, key: str, reminder: Reminder) -> Iterable[Effect]:
        """Return nothing: no reminder is asked for."""
        return ()


def thermometer() -> Consumer:
    """Return the consumer."""
    return Consumer(
        name="thermometer",
        summary="an alert at the first reading of 38 degrees or more",
        families=("vitals",),
        stages=(Thermometer(),),
    )

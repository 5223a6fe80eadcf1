"""The reference consumer: NEWS2 over vital signs, with rules for alarming again.

Consciousness is not charted here and a vital sign not yet measured scores nothing; the last value
holds until the next.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from simulator.clinical.alert import Alert
from simulator.clinical.news2 import BANDS, points
from simulator.clinical.vital_sign import VitalSign
from simulator.core.decisions import Decision
from simulator.core.events import Event
from simulator.core.reducers import Consumer, Effect, Reminder
from simulator.core.time import SimTime, hours

VITAL_SIGN_MEASURED = "vital-sign.measured"
ALERT_RAISED = "alert.raised"
RULE = "NEWS2"

THRESHOLD = 7  # NEWS2 chart 4: emergency response
RISE = 2  # our choice: the smallest rise that is worth a second call
REFRACTORY = hours(4)  # our choice: as often as NEWS2 asks for observations at a low score
REPEAT_AFTER = hours(12)  # our choice: once a nursing shift, for as long as the score stays high
SILENCE = hours(4)  # our choice: whoever has no vital sign for so long has left the ward


class Alarm(msgspec.Struct, frozen=True):
    """The last alert of a patient: when, at which score, and because of which event."""

    at: SimTime
    score: int
    caused_by: str


class Chart(msgspec.Struct):
    """A patient: points and time of each vital sign, and the alarm that stands."""

    points: dict[str, int] = {}
    measured_at: dict[str, SimTime] = {}
    alarm: Alarm | None = None


class EarlyWarning:
    """Score each patient's vital signs; raise an alert when the score asks for it.

    An alert is raised when the score reaches THRESHOLD; again when it is RISE higher than at the
    last alert, at the earliest REFRACTORY after it; and again every REPEAT_AFTER for as long as
    it stays high. A score that is low when the repeat is due ends the alarm.
    """

    name = "early-warning"
    event_types = frozenset({VITAL_SIGN_MEASURED})
    state_type = Chart

    def key(self, event: Event) -> str:
        """Return the patient."""
        return event.subject

    def on_event(self, state: Chart, event: Event) -> Iterable[Effect]:
        """Take in a vital sign; one that is older than what is known changes nothing."""
        sign = event.data
        assert isinstance(sign, VitalSign)
        known = state.measured_at.get(sign.code)
        if sign.code not in BANDS or (known is not None and known >= event.occurred_at):
            return ()
        state.measured_at[sign.code] = event.occurred_at
        state.points[sign.code] = points(sign.code, sign.value)
        if not is_worth_an_alert(state, event.published_at):
            return ()
        return raise_alert(state, event.subject, Alarm(event.published_at, score(state), event.id))

    def on_reminder(self, state: Chart, key: str, reminder: Reminder) -> Iterable[Effect]:
        """Raise the alert again, or end the alarm."""
        alarm = state.alarm
        if alarm is None or reminder.at != alarm.at + REPEAT_AFTER:
            return ()
        if score(state) < THRESHOLD or is_silent(state, reminder.at):
            state.alarm = None
            return ()
        return raise_alert(state, key, Alarm(reminder.at, score(state), alarm.caused_by))


def news2() -> Consumer:
    """Return the consumer."""
    return Consumer(
        name="news2",
        summary="NEWS2 of 7 or more, on vital signs alone, with rules for alarming again",
        families=("vitals",),
        stages=(EarlyWarning(),),
    )


def score(state: Chart) -> int:
    """Return the NEWS2 aggregate score of what was last measured."""
    return sum(state.points.values())


def is_worth_an_alert(state: Chart, now: SimTime) -> bool:
    """Return whether the score asks for an alert at `now`."""
    if state.alarm is None:
        return score(state) >= THRESHOLD
    rested = now >= state.alarm.at + REFRACTORY
    return rested and score(state) >= max(THRESHOLD, state.alarm.score + RISE)


def is_silent(state: Chart, now: SimTime) -> bool:
    """Return whether the patient was not measured for so long as to have left."""
    return max(state.measured_at.values()) + SILENCE < now


def raise_alert(state: Chart, subject: str, alarm: Alarm) -> tuple[Effect, ...]:
    """Return the alert, and the reminder to look again; remember both."""
    state.alarm = alarm
    alert = Decision(
        type=ALERT_RAISED,
        subject=subject,
        time=alarm.at,
        caused_by=alarm.caused_by,
        data=Alert(score=float(alarm.score), rule=RULE),
    )
    return alert, Reminder(at=SimTime(alarm.at + REPEAT_AFTER))

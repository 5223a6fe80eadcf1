"""The rules for one key of a stage: reminders come back in time, before what follows them."""

from __future__ import annotations

from bisect import insort
from typing import Any, Generic

import msgspec

from simulator.core.decisions import Decision
from simulator.core.errors import ScenarioError
from simulator.core.events import Event
from simulator.core.reducers import Effect, Reminder, Stage, State
from simulator.core.time import SimTime, format_instant

PassedOn = Decision | Event
"""What leaves a stage: a decision goes out, an event goes to the next stage."""


class Kept(msgspec.Struct, Generic[State], array_like=True):
    """What a stage keeps for one key: its state, and the reminders to come, in order."""

    state: State
    reminders: list[Reminder] = []


def take_event(stage: Stage[State], kept: Kept[State], event: Event, *, key: str) -> list[PassedOn]:
    """Give an event to a stage, after the reminders of its key that are due by then.

    Raises ScenarioError when the stage hands on an event or asks for a reminder that lies before
    the event, or when it decides at another time than the event's.
    """
    due = kept.reminders and kept.reminders[0].at <= event.published_at
    passed_on = take_reminders(stage, kept, event.published_at, key=key) if due else []
    for output in stage.on_event(kept.state, event):
        _check_time(stage, output, event.published_at)
        if isinstance(output, Reminder):
            remind(kept, output)
        else:
            passed_on.append(output)
    return passed_on


def take_reminders(stage: Stage[State], kept: Kept[State], until: SimTime, *, key: str) -> list[PassedOn]:
    """Give back the reminders of a key that are due at or before `until`, in order.

    Raises ScenarioError when a reminder asks for one that is not later, and so for no end, or for
    what `take_event` refuses.
    """
    passed_on: list[PassedOn] = []
    while kept.reminders and kept.reminders[0].at <= until:
        due = kept.reminders.pop(0)
        for output in stage.on_reminder(kept.state, key, due):
            if isinstance(output, Reminder):
                _check_progress(stage, due, output)
                remind(kept, output)
            else:
                _check_time(stage, output, due.at)
                passed_on.append(output)
    return passed_on


def remind(kept: Kept[Any], reminder: Reminder) -> None:
    """Keep a reminder in its place; the same one asked for twice is one."""
    if reminder not in kept.reminders:
        insort(kept.reminders, reminder, key=_order)


def _order(reminder: Reminder) -> tuple[SimTime, str]:
    return reminder.at, reminder.name


def _check_time(stage: Stage[Any], output: Effect, cause: SimTime) -> None:
    # A decision dated back would be one of hindsight, scored as if it had been foresight.
    if isinstance(output, Decision):
        if output.time != cause:
            raise _misdated(stage, f"decides {output.id} at {format_instant(output.time)}, which is not at", cause)
    elif (time := output.at if isinstance(output, Reminder) else output.published_at) < cause:
        what = "asks for a reminder" if isinstance(output, Reminder) else f"hands on {output.id}"
        raise _misdated(stage, f"{what} of {format_instant(time)}, which is before", cause)


def _misdated(stage: Stage[Any], what: str, cause: SimTime) -> ScenarioError:
    return ScenarioError(
        f'stage "{stage.name}" {what} its cause of {format_instant(cause)}. '
        "Give it the time of the event or reminder that the stage takes in."
    )


def _check_progress(stage: Stage[Any], due: Reminder, asked: Reminder) -> None:
    if _order(asked) <= _order(due):
        raise ScenarioError(
            f'stage "{stage.name}" answers the reminder "{due.name}" of {format_instant(due.at)} '
            f"with one of {format_instant(asked.at)}. Ask for a later one."
        )

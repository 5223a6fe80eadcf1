"""Burden: what alerts ask of those who must answer them."""

from __future__ import annotations

from simulator.core.time import Milliseconds, days


def alarms_per_patient_day(alarms: int, observed: Milliseconds) -> float | None:
    """Return alarms a day of one patient.

    `observed` is the time of all patients together.
    """
    assert observed >= 0
    return alarms * days(1) / observed if observed else None

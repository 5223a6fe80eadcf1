"""How urgent each patient looks to those who order: by what they see, never by what is to come.

Neither who will be septic nor when is known here. Four things count, each in its own time: how
ill the patient is, which treatment mends; the vital signs last measured; that an infection is
suspected; and organs that fail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.sepsis.course import HOUR_MS
from scenarios.sepsis.physiology import HR, MAP, RR, TEMPERATURE
from simulator.core.arrays import FloatArray, IntArray

# Beyond which a vital sign calls for somebody. MAP: SSC's goal in shock; temperature: the fever
# that SCCM and IDSA ask to be examined in an ICU; heart and breath: the bands of NEWS2 for 2 and 3.
HYPOTENSION = 65.0  # mmHg of mean pressure
FEVER = 38.3  # degrees C
TACHYCARDIA = 111.0  # a minute
TACHYPNEA = 25.0  # a minute

# What each adds; our choice. How ill a patient is stands for what no column shows: mottled skin,
# confusion, little urine. It counts squared, for a beginning is hardly noticed.
PER_ILLNESS = 1.0
PER_FAILURE = 0.2
PER_SUSPICION = 0.2
PER_SIGN = 0.35
SUSPECTED_HOURS = 24.0  # after a culture; our choice


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of some patients, one a row.

    `illness` and `failure` as physiology and organ_failure have them, `seen` the vital signs
    (n, 7) last measured, `since_culture` ms since a blood culture, negative before it.
    """

    illness: FloatArray
    failure: FloatArray
    seen: FloatArray
    since_culture: IntArray


def urgency(condition: Condition) -> FloatArray:
    """Return how urgent each patient looks (n,): 0 when nothing is amiss."""
    since = condition.since_culture
    suspected = (since >= 0) & (since < SUSPECTED_HOURS * HOUR_MS)
    urgent: FloatArray = (
        PER_ILLNESS * condition.illness * condition.illness
        + PER_FAILURE * condition.failure
        + PER_SUSPICION * suspected
        + PER_SIGN * _signs(condition.seen)
    )
    return urgent


def _signs(seen: FloatArray) -> IntArray:
    """Return how many of the four vital signs call for somebody."""
    return (
        (seen[:, MAP] < HYPOTENSION).astype(np.int64)
        + (seen[:, TEMPERATURE] > FEVER)
        + (seen[:, HR] >= TACHYCARDIA)
        + (seen[:, RR] >= TACHYPNEA)
    )

"""What was true: when sepsis began, and how each encounter ended."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from simulator.core.labels import LabelType
from simulator.core.time import SimTime


class Onset(msgspec.Struct, frozen=True, kw_only=True):
    """The data of `sepsis.onset`: the two instants of which the earlier is the onset.

    Both are of the usual course, without alerts: an alert that brings the treatment forward does
    not move the onset that it is judged by.
    """

    suspicion_at: Annotated[SimTime, Meta(description="earlier of blood culture and antibiotics, in ms")]
    sofa_at: Annotated[SimTime, Meta(description="rise of SOFA by 2 points, in ms")]


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """The data of `encounter.ended`: when and how, and how likely death was."""

    discharged_at: Annotated[SimTime | None, Meta(description="discharge or death, in ms; null at the run's end")]
    outcome: Annotated[str, Meta(description="alive or died")]
    is_septic: Annotated[bool, Meta(description="whether sepsis began during the stay")]
    antibiotics_at: Annotated[SimTime | None, Meta(description="first dose of an antibiotic, in ms")]
    death_probability: Annotated[float, Meta(ge=0.0, le=1.0, description="of death, as treated by then")]


SEPSIS_ONSET = LabelType(
    "sepsis.onset",
    Onset,
    "Sepsis-3: earlier of suspected infection and a SOFA rise of 2, known when both are there",
)
ENCOUNTER_ENDED = LabelType(
    "encounter.ended",
    Ending,
    "a patient's time in the unit, from admission on, and its outcome, known when it is over",
)

LABEL_TYPES = (SEPSIS_ONSET, ENCOUNTER_ENDED)

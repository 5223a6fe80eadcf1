"""The scenario's parameters: default, bounds, unit and source of each."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


def _extra(unit: str, source: str) -> dict[str, object]:
    return {"unit": unit, "source": source}


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set in a sepsis run. The keys of the sources are in the README."""

    septic_share: Annotated[
        float,
        Meta(
            ge=0.0,
            le=1.0,
            description="share of the patients who become septic if they stay long enough",
            extra=_extra("1", "CCM19: 7.27 % of 40,336 patients"),
        ),
    ] = 0.0727
    suspected_share: Annotated[
        float,
        Meta(
            ge=0.0,
            le=1.0,
            description="share of the others who are cultured and treated for an infection",
            extra=_extra("1", "our choice"),
        ),
    ] = 0.15
    admission_share: Annotated[
        float,
        Meta(
            gt=0.0,
            le=1.0,
            description="first part of the run in which patients are admitted",
            extra=_extra("1", "our choice"),
        ),
    ] = 0.6
    drift: Annotated[
        float,
        Meta(
            ge=0.0,
            le=10.0,
            description="multiple of the drift of vital signs in the day before onset",
            extra=_extra("1", "1 is P19B: heart rate +4, temperature +0.4"),
        ),
    ] = 1.0
    circadian: Annotated[
        float,
        Meta(
            ge=0.0,
            le=20.0,
            description="multiple of the daily rhythm of vital signs",
            extra=_extra("1", "1 is an ICU's, M3D: heart rate 0.7 beats a minute"),
        ),
    ] = 1.0
    charting_minutes: Annotated[
        float,
        Meta(
            gt=0.0,
            le=240.0,
            description="median time from a measurement to its charting",
            extra=_extra("min", "M3D: 21, IQR 7-54"),
        ),
    ] = 21.0
    antibiotic_hours: Annotated[
        float,
        Meta(
            gt=0.0,
            le=24.0,
            description="median time from the blood culture to the first antibiotic",
            extra=_extra("h", "NY: 0.95; Intermountain: 2.8 from the door"),
        ),
    ] = 2.0
    odds_ratio_per_hour: Annotated[
        float,
        Meta(
            ge=1.0,
            le=1.5,
            description="odds ratio of death for each hour from onset to the first antibiotic",
            extra=_extra("1", "1.02-1.15 across studies, PMC8189682, PMC6533450"),
        ),
    ] = 1.07
    needless_workup_share: Annotated[
        float,
        Meta(
            ge=0.0,
            le=1.0,
            description="share of the patients without infection whose alert leads to cultures",
            extra=_extra("1", "our choice"),
        ),
    ] = 0.1
    artefact_share: Annotated[
        float,
        Meta(
            ge=0.0,
            le=0.5,
            description="share of the sets of vital signs in which one value is an artefact",
            extra=_extra("1", "our choice; P12: implausible values 0.2-0.4 %"),
        ),
    ] = 0.004

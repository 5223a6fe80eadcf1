"""Medications: what was given, its RxNorm code, its dose, and the event's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug as given: RxNorm ingredient, dose, UCUM unit, hours between doses."""

    code: str
    display: str
    dose: float
    unit: str
    interval_hours: float


# RxNorm ingredients; doses and intervals are the usual adult ones of the products' labels.
VANCOMYCIN = Drug("11124", "vancomycin", 1.0, "g", 12)
PIPERACILLIN_TAZOBACTAM = Drug("74169", "piperacillin / tazobactam", 4.5, "g", 8)
LEVOFLOXACIN = Drug("82122", "levofloxacin", 0.75, "g", 24)
CEFTRIAXONE = Drug("2193", "ceftriaxone", 2.0, "g", 24)
CEFEPIME = Drug("20481", "cefepime", 2.0, "g", 8)
MEROPENEM = Drug("29561", "meropenem", 1.0, "g", 8)
NOREPINEPHRINE = Drug("7512", "norepinephrine", 0.1, "ug/kg/min", 4)

ANTIBIOTICS = (
    VANCOMYCIN,
    PIPERACILLIN_TAZOBACTAM,
    LEVOFLOXACIN,
    CEFTRIAXONE,
    CEFEPIME,
    MEROPENEM,
)


class Administration(msgspec.Struct, frozen=True, kw_only=True):
    """The data of `medication.administered`: one dose, or the rate of an infusion."""

    code: Annotated[str, Meta(description="RxNorm code of the ingredient")]
    display: Annotated[str, Meta(description="name of the ingredient")]
    dose: Annotated[float, Meta(description="the dose or rate, in `unit`")]
    unit: Annotated[str, Meta(description="UCUM unit")]
    route: Annotated[str, Meta(description="route of administration")]

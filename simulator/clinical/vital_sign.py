"""Vital signs: what is measured, its LOINC code, its UCUM unit, and the event's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta


@dataclass(frozen=True, slots=True)
class VitalSignCode:
    """A vital sign: name, LOINC code and display, UCUM unit, decimals as charted."""

    name: str
    code: str
    display: str
    unit: str
    decimals: int


# LOINC codes and UCUM units: FHIR R4 vital-signs value set; 59408-5 and 3150-6: US Core pulse oximetry.
HEART_RATE = VitalSignCode("heart_rate", "8867-4", "Heart rate", "/min", 0)
RESPIRATORY_RATE = VitalSignCode("respiratory_rate", "9279-1", "Respiratory rate", "/min", 0)
TEMPERATURE = VitalSignCode("temperature", "8310-5", "Body temperature", "Cel", 1)
OXYGEN_SATURATION = VitalSignCode("oxygen_saturation", "59408-5", "Oxygen saturation by pulse oximetry", "%", 0)
SYSTOLIC = VitalSignCode("systolic", "8480-6", "Systolic blood pressure", "mm[Hg]", 0)
DIASTOLIC = VitalSignCode("diastolic", "8462-4", "Diastolic blood pressure", "mm[Hg]", 0)
MEAN_ARTERIAL = VitalSignCode("mean_arterial", "8478-0", "Mean blood pressure", "mm[Hg]", 0)
INSPIRED_OXYGEN = VitalSignCode("inspired_oxygen", "3150-6", "Inhaled oxygen concentration", "%", 0)


class VitalSign(msgspec.Struct, frozen=True, kw_only=True):
    """The data of `vital-sign.measured`: one value of one vital sign."""

    code: Annotated[str, Meta(description="LOINC code of what was measured")]
    display: Annotated[str, Meta(description="LOINC display of the code")]
    value: Annotated[float, Meta(description="the value, in `unit`")]
    unit: Annotated[str, Meta(description="UCUM unit")]

"""Encounters: admission, transfer and discharge, the data of their events."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from simulator.clinical.patient import Patient

MEDICAL_ICU = "MICU"
SURGICAL_ICU = "SICU"
STEP_DOWN = "STEPDOWN"

# HL7 terminology, discharge-disposition.
HOME = ("home", "Home")
SKILLED_NURSING = ("snf", "Skilled nursing facility")
REHABILITATION = ("rehab", "Rehabilitation")
OTHER_FACILITY = ("other-hcf", "Other healthcare facility")
EXPIRED = ("exp", "Expired")


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """The data of `encounter.admitted`: who came, where to, in hospital since."""

    patient: Patient
    unit: Annotated[str, Meta(description="unit of admission: MICU or SICU")]
    hospital_admitted_at: Annotated[
        str, Meta(description="admission to the hospital", extra_json_schema={"format": "date-time"})
    ]


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """The data of `encounter.transferred`: from which unit to which."""

    from_unit: Annotated[str, Meta(description="unit the patient leaves")]
    to_unit: Annotated[str, Meta(description="unit the patient goes to")]


class Discharge(msgspec.Struct, frozen=True, kw_only=True):
    """The data of `encounter.discharged`: how the encounter ended."""

    unit: Annotated[str, Meta(description="unit the patient leaves")]
    disposition: Annotated[str, Meta(description="HL7 discharge-disposition code; exp is death")]
    display: Annotated[str, Meta(description="text of the disposition")]

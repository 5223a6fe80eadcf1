"""Patients as events describe them: synthetic by name, by number and by tag."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

SYNTHETIC = "HTEST"  # HL7 v3 ActReason: test health data; no one can take it for a real person's


class Patient(msgspec.Struct, frozen=True, kw_only=True):
    """Who the patient is. Names end in digits, so that none can be a real person's."""

    identifier: Annotated[str, Meta(description="the subject's name, in the scenario's own namespace")]
    given: Annotated[str, Meta(description="given name, ending in digits")]
    family: Annotated[str, Meta(description="family name, ending in digits")]
    birth_date: Annotated[str, Meta(description="date of birth", extra_json_schema={"format": "date"})]
    sex: Annotated[str, Meta(description="HL7 administrative gender: female or male")]
    security: Annotated[str, Meta(description="HL7 v3 ActReason tag of the record")] = SYNTHETIC

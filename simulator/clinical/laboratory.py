"""Laboratory: analytes and panels with their LOINC codes, and the data of lab events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta


@dataclass(frozen=True, slots=True)
class LabCode:
    """An analyte: LOINC code, display, UCUM unit, decimals as reported."""

    code: str
    display: str
    unit: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Panel:
    """What is ordered together: LOINC code of the order, its display, its analytes."""

    code: str
    display: str
    analytes: tuple[LabCode, ...]


SODIUM = LabCode("2951-2", "Sodium", "mmol/L", 0)
POTASSIUM = LabCode("2823-3", "Potassium", "mmol/L", 1)
BICARBONATE = LabCode("1963-8", "Bicarbonate", "mmol/L", 0)
UREA_NITROGEN = LabCode("3094-0", "Urea nitrogen", "mg/dL", 0)
CREATININE = LabCode("2160-0", "Creatinine", "mg/dL", 2)
GLUCOSE = LabCode("2345-7", "Glucose", "mg/dL", 0)
GLUCOSE_POINT_OF_CARE = LabCode("2339-0", "Glucose in blood", "mg/dL", 0)
LEUKOCYTES = LabCode("6690-2", "Leukocytes", "10*3/uL", 1)
HEMOGLOBIN = LabCode("718-7", "Hemoglobin", "g/dL", 1)
HEMATOCRIT = LabCode("4544-3", "Hematocrit", "%", 1)
PLATELETS = LabCode("777-3", "Platelets", "10*3/uL", 0)
BILIRUBIN = LabCode("1975-2", "Bilirubin.total", "mg/dL", 1)
ASPARTATE_AMINOTRANSFERASE = LabCode("1920-8", "Aspartate aminotransferase", "U/L", 0)
ALKALINE_PHOSPHATASE = LabCode("6768-6", "Alkaline phosphatase", "U/L", 0)
PH = LabCode("2744-1", "pH of arterial blood", "[pH]", 2)
CARBON_DIOXIDE = LabCode("2019-8", "Carbon dioxide in arterial blood", "mm[Hg]", 0)
OXYGEN = LabCode("2703-7", "Oxygen in arterial blood", "mm[Hg]", 0)
LACTATE = LabCode("32693-4", "Lactate in blood", "mmol/L", 1)

ANALYTES = (
    SODIUM,
    POTASSIUM,
    BICARBONATE,
    UREA_NITROGEN,
    CREATININE,
    GLUCOSE,
    GLUCOSE_POINT_OF_CARE,
    LEUKOCYTES,
    HEMOGLOBIN,
    HEMATOCRIT,
    PLATELETS,
    BILIRUBIN,
    ASPARTATE_AMINOTRANSFERASE,
    ALKALINE_PHOSPHATASE,
    PH,
    CARBON_DIOXIDE,
    OXYGEN,
    LACTATE,
)

METABOLIC_PANEL = Panel("51990-0", "Basic metabolic panel", ANALYTES[:6])
BLOOD_COUNT = Panel("58410-2", "Complete blood count panel", ANALYTES[7:11])
LIVER_PANEL = Panel("24325-3", "Hepatic function panel", ANALYTES[11:14])
BLOOD_GAS = Panel("24336-0", "Arterial blood gas panel", ANALYTES[14:17])
LACTATE_ORDER = Panel(LACTATE.code, LACTATE.display, (LACTATE,))
GLUCOSE_ORDER = Panel(GLUCOSE_POINT_OF_CARE.code, GLUCOSE_POINT_OF_CARE.display, (GLUCOSE_POINT_OF_CARE,))
POTASSIUM_ORDER = Panel(POTASSIUM.code, POTASSIUM.display, (POTASSIUM,))
BLOOD_CULTURE = Panel("600-7", "Bacteria identified in blood by culture", ())

PANELS = (
    METABOLIC_PANEL,
    BLOOD_COUNT,
    LIVER_PANEL,
    BLOOD_GAS,
    LACTATE_ORDER,
    GLUCOSE_ORDER,
    POTASSIUM_ORDER,
    BLOOD_CULTURE,
)

_Order = Annotated[int, Meta(description="number of the order, unique for the patient")]
_Instant = {"format": "date-time"}


class LabOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The data of `lab.ordered`: what is to be examined."""

    order: _Order
    code: Annotated[str, Meta(description="LOINC code of the panel or analyte ordered")]
    display: Annotated[str, Meta(description="display of the code")]


class LabResult(msgspec.Struct, frozen=True, kw_only=True):
    """The data of `lab.resulted`: one analyte of an order, with the times it passed."""

    order: _Order
    code: Annotated[str, Meta(description="LOINC code of the analyte")]
    display: Annotated[str, Meta(description="display of the code")]
    value: Annotated[float, Meta(description="the value, in `unit`")]
    unit: Annotated[str, Meta(description="UCUM unit")]
    collected_at: Annotated[str, Meta(description="specimen taken from the patient", extra_json_schema=_Instant)]
    received_at: Annotated[str, Meta(description="specimen received by the laboratory", extra_json_schema=_Instant)]
    resulted_at: Annotated[str, Meta(description="result released", extra_json_schema=_Instant)]


class CultureResult(msgspec.Struct, frozen=True, kw_only=True):
    """The data of `culture.resulted`: what grew in a blood culture, if anything."""

    order: _Order
    status: Annotated[str, Meta(description="preliminary (Gram stain) or final")]
    finding: Annotated[str, Meta(description="no growth, a Gram stain, or an organism's name")]
    organism: Annotated[str | None, Meta(description="SNOMED CT code of the organism, once known")]
    collected_at: Annotated[str, Meta(description="specimen taken from the patient", extra_json_schema=_Instant)]
    received_at: Annotated[str, Meta(description="specimen received by the laboratory", extra_json_schema=_Instant)]

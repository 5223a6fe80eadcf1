"""What the scenario says on the wire: its event types, its decision, its catalog."""

from __future__ import annotations

from simulator.clinical.alert import Alert
from simulator.clinical.encounter import Admission, Discharge, Transfer
from simulator.clinical.laboratory import CultureResult, LabOrder, LabResult
from simulator.clinical.medication import Administration
from simulator.clinical.vital_sign import VitalSign
from simulator.core.catalog import Catalog
from simulator.core.events import DecisionType, EventType

ADMITTED = EventType("encounter.admitted", "encounters", Admission, "a patient came to the ICU")
TRANSFERRED = EventType("encounter.transferred", "encounters", Transfer, "a patient moved to another unit")
DISCHARGED = EventType("encounter.discharged", "encounters", Discharge, "a patient left the unit or died")
VITAL_SIGN = EventType("vital-sign.measured", "vitals", VitalSign, "one vital sign was measured")
LAB_ORDERED = EventType("lab.ordered", "labs", LabOrder, "a panel or culture was ordered")
LAB_RESULTED = EventType("lab.resulted", "labs", LabResult, "an analyte was examined")
CULTURE_RESULTED = EventType("culture.resulted", "labs", CultureResult, "a blood culture was read")
MEDICATION = EventType("medication.administered", "treatments", Administration, "a dose of a drug was given")

ALERT_RAISED = DecisionType("alert.raised", Alert, "a patient needs attention for sepsis")

CATALOG = Catalog(
    scenario="sepsis",
    version=1,
    event_types=(
        ADMITTED,
        TRANSFERRED,
        DISCHARGED,
        VITAL_SIGN,
        LAB_ORDERED,
        LAB_RESULTED,
        CULTURE_RESULTED,
        MEDICATION,
    ),
    decision_types=(ALERT_RAISED,),
)

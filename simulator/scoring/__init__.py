"""The judge: what decisions were worth, what became of the records, and the verdict."""

from simulator.scoring.burden import alarms_per_patient_day
from simulator.scoring.chance import ChanceComparison, FollowUp, Window, compare_with_chance
from simulator.scoring.classification import auroc, proportion, wilson_interval
from simulator.scoring.delivery import DeliveryAudit, DeliveryFindings
from simulator.scoring.event_keys import EventKeys
from simulator.scoring.timeliness import Quartiles, lead_time_hours, quantile, quartiles
from simulator.scoring.utility import normalised_utility, utility
from simulator.scoring.verdict import Outcome, Requirement, Verdict, gaps, parse_requirement, unmet, verdict
from simulator.scoring.wire_scores import WIRE_METRICS, wire_scores

__all__ = [
    "WIRE_METRICS",
    "ChanceComparison",
    "DeliveryAudit",
    "DeliveryFindings",
    "EventKeys",
    "FollowUp",
    "Outcome",
    "Quartiles",
    "Requirement",
    "Verdict",
    "Window",
    "alarms_per_patient_day",
    "auroc",
    "compare_with_chance",
    "gaps",
    "lead_time_hours",
    "normalised_utility",
    "parse_requirement",
    "proportion",
    "quantile",
    "quartiles",
    "unmet",
    "utility",
    "verdict",
    "wilson_interval",
    "wire_scores",
]

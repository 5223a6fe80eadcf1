"""What good means: fevers found within the hour, and alerts that mean a fever."""

from __future__ import annotations

from simulator.core.history import History
from simulator.core.scenario import Metric, Scores
from simulator.core.time import hours
from simulator.scoring import WIRE_METRICS, proportion, wire_scores

IN_TIME = hours(1)  # our choice

METRICS = (
    Metric("sensitivity", "fevers with an alert within the hour (recall)", "1", "higher"),
    Metric("ppv", "alerts about a patient who had a fever by then (precision)", "1", "higher"),
    *WIRE_METRICS,
)
REQUIREMENTS = ("sensitivity>=0.6", "ppv>=0.6")  # our choice: above what alerts by lot reach


def score(history: History) -> Scores:
    """Return the score of a run."""
    onsets = {label.subject: label.at for label in history.labels}
    alerts = [(alert.subject, alert.time) for alert in history.decisions]
    true = [alert for alert in alerts if alert[0] in onsets and onsets[alert[0]] <= alert[1]]
    found = {subject for subject, at in true if at <= onsets[subject] + IN_TIME}
    return {
        "sensitivity": proportion(len(found), len(onsets)),
        "ppv": proportion(len(true), len(alerts)),
        **wire_scores(history),
    }

"""The size of a run when nobody says."""

from simulator.core.scenario import Defaults
from simulator.core.time import hours, parse_instant

# 72 h hold the onset of about half of the septic patients.
DEFAULTS = Defaults(subjects=1_000, duration=hours(72), start=parse_instant("2026-01-05T00:00:00Z"), seed=42)

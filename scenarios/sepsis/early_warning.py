"""SIRS, qSOFA and NEWS2 over a table of patient-hours.

A value holds until the next; one never measured scores nothing; consciousness is not charted.
"""

from __future__ import annotations

import numpy as np

from scenarios.sepsis.hourly import HourlyTable
from simulator.core.arrays import IntArray

# Royal College of Physicians, NEWS2, London 2017: the first value of each band, and its points.
_NEWS2 = {
    "RR": ((9, 12, 21, 25), (3, 1, 0, 2, 3)),
    "SpO2": ((92, 94, 96), (3, 2, 1, 0)),
    "SBP": ((91, 101, 111, 220), (3, 2, 1, 0, 3)),
    "HR": ((41, 51, 91, 111, 131), (3, 1, 0, 1, 2, 3)),
    "Temp": ((35.05, 36.05, 38.05, 39.05), (3, 1, 0, 1, 2)),
}


def sirs(table: HourlyTable) -> IntArray:
    """Return how many of the four SIRS criteria are met, each hour."""
    temperature, heart = table.carried_forward("Temp"), table.carried_forward("HR")
    breath, gas = table.carried_forward("RR"), table.carried_forward("PaCO2")
    white = table.carried_forward("WBC")
    with np.errstate(invalid="ignore"):
        return (
            ((temperature > 38.0) | (temperature < 36.0)).astype(np.int64)
            + (heart > 90.0)
            + ((breath > 20.0) | (gas < 32.0))
            + ((white > 12.0) | (white < 4.0))
        )


def qsofa(table: HourlyTable) -> IntArray:
    """Return how many of the two charted qSOFA criteria are met, each hour."""
    with np.errstate(invalid="ignore"):
        fast = (table.carried_forward("RR") >= 22.0).astype(np.int64)
        return fast + (table.carried_forward("SBP") <= 100.0)


def news2(table: HourlyTable) -> IntArray:
    """Return NEWS2 without consciousness, each hour; oxygen from 22 % on."""
    total = np.zeros(len(table.hour), dtype=np.int64)
    for name, (bounds, points) in _NEWS2.items():
        value = table.carried_forward(name)
        band = np.searchsorted(np.array(bounds), value, side="right")
        total += np.where(np.isnan(value), 0, np.array(points)[np.minimum(band, len(points) - 1)])
    with np.errstate(invalid="ignore"):
        return total + 2 * (table.carried_forward("FiO2") > 21.0)

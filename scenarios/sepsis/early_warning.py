"""SIRS, qSOFA and NEWS2 over a table of patient-hours.

A value holds until the next; one never measured scores nothing; consciousness is not charted.
"""

from __future__ import annotations

import numpy as np

from scenarios.sepsis.hourly import COLUMNS, HourlyTable
from simulator.clinical.news2 import BANDS, points_of_each
from simulator.core.arrays import IntArray


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
    """Return NEWS2 without consciousness, each hour."""
    total = np.zeros(len(table.hour), dtype=np.int64)
    for name, (code, *_) in COLUMNS.items():
        if code in BANDS:
            total += points_of_each(code, table.carried_forward(name))
    return total

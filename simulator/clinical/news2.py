"""NEWS2: the points of each vital sign.

Royal College of Physicians, National Early Warning Score (NEWS) 2, London 2017, chart 1, SpO2
scale 1, without consciousness. The chart is written for whole numbers, and for temperatures to a
tenth. A value between two of them, as a mean is or a finer device shows, counts as the nearer one,
halfway as the higher: 20.5 breaths a minute as 21.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from simulator.clinical.vital_sign import (
    HEART_RATE,
    INSPIRED_OXYGEN,
    OXYGEN_SATURATION,
    RESPIRATORY_RATE,
    SYSTOLIC,
    TEMPERATURE,
    VitalSignCode,
)
from simulator.core.arrays import FloatArray, IntArray

# The last value of each band but the highest, and the points of all bands.
_CHART: dict[VitalSignCode, tuple[tuple[float, ...], tuple[int, ...]]] = {
    RESPIRATORY_RATE: ((8, 11, 20, 24), (3, 1, 0, 2, 3)),
    OXYGEN_SATURATION: ((91, 93, 95), (3, 2, 1, 0)),
    INSPIRED_OXYGEN: ((21,), (0, 2)),  # more than room air
    SYSTOLIC: ((90, 100, 110, 219), (3, 2, 1, 0, 3)),
    HEART_RATE: ((40, 50, 90, 110, 130), (3, 1, 0, 1, 2, 3)),
    TEMPERATURE: ((35.0, 36.0, 38.0, 39.0), (3, 1, 0, 1, 2)),
}
BANDS = {
    sign.code: (tuple(last + 0.5 / 10**sign.decimals for last in lasts), scores)
    for sign, (lasts, scores) in _CHART.items()
}
"""By LOINC code: where each band but the lowest begins, and the points of all bands."""


def points(code: str, value: float) -> int:
    """Return the points of one value.

    Raises KeyError for a code that scores nothing.
    """
    bounds, scores = BANDS[code]
    return scores[bisect_right(bounds, value)]


def points_of_each(code: str, values: FloatArray) -> IntArray:
    """Return the points of each value; NaN, never measured, scores nothing."""
    bounds, scores = BANDS[code]
    band = np.searchsorted(np.array(bounds), values, side="right")
    return np.where(np.isnan(values), 0, np.array(scores)[np.minimum(band, len(bounds))])

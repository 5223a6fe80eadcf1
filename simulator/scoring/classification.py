"""Classification: proportions with their intervals, and how well a score separates."""

from __future__ import annotations

from math import sqrt

import numpy as np

from simulator.core.arrays import BoolArray, FloatArray

NORMAL_97_5 = 1.959963984540054  # the quantile behind a 95 % interval


def proportion(hits: int, total: int) -> float | None:
    """Return hits / total, or None of nothing.

    So are sensitivity (recall), PPV (precision) and any share.
    """
    assert 0 <= hits <= total or total == 0
    return hits / total if total else None


def wilson_interval(hits: int, total: int) -> tuple[float, float] | None:
    """Return the 95 % interval of a proportion, or None of nothing.

    Source: Wilson, J Am Stat Assoc 1927;22:209; it holds for few cases and near 0 and 1.
    """
    if not total:
        return None
    share, square = hits / total, NORMAL_97_5**2
    middle = (share + square / (2 * total)) / (1 + square / total)
    spread = NORMAL_97_5 * sqrt(share * (1 - share) / total + square / (4 * total**2))
    half = spread / (1 + square / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def auroc(scores: FloatArray, is_case: BoolArray) -> float | None:
    """Return the probability that a case scores above a non-case, ties counting half.

    `scores` and `is_case` have one entry an observation. None where there are only cases or
    none. Source: the area is the Mann-Whitney statistic (Hanley and McNeil, Radiology 1982).
    """
    cases = int(np.count_nonzero(is_case))
    others = len(is_case) - cases
    if not cases or not others:
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    middle_rank = np.cumsum(counts) - (counts - 1) / 2
    above = float(middle_rank[place][is_case].sum()) - cases * (cases + 1) / 2
    return above / (cases * others)

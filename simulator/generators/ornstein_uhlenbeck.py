"""Ornstein-Uhlenbeck processes: noise that remembers, for several correlated variables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.core import portable
from simulator.core.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class OrnsteinUhlenbeck:
    """A stationary process of k variables with mean 0, at steps of equal length.

    `spread` (k, k) is a Cholesky factor of the stationary covariance, `persistence` (k,) the
    correlation of a variable with itself one step earlier, exp(-step / tau).
    """

    spread: FloatArray
    persistence: FloatArray

    def start(self, normals: FloatArray) -> FloatArray:
        """Return stationary values (n, k) from independent normals (n, k)."""
        return portable.matvec(self.spread, normals)

    def advance(self, values: FloatArray, normals: FloatArray) -> FloatArray:
        """Return the values (n, k) one step later."""
        fresh = np.sqrt(1.0 - self.persistence * self.persistence)
        return values * self.persistence + portable.matvec(self.spread, normals) * fresh


def persistence(step_hours: float, tau_hours: FloatArray) -> FloatArray:
    """Return exp(-step / tau) for each variable; 0 for a tau of 0."""
    return np.where(tau_hours > 0, portable.exp(-step_hours / np.maximum(tau_hours, 1e-3)), 0.0)


def spread(deviations: FloatArray, correlations: FloatArray) -> FloatArray:
    """Return the Cholesky factor (k, k) of SDs (k,) and correlations (k, k).

    Column by column in scalar arithmetic (Cholesky-Banachiewicz), so that no linear-algebra
    library decides the last bits. Asserts that the correlations are positive definite.
    """
    size = len(deviations)
    factor = np.zeros((size, size))
    for i in range(size):
        for j in range(i + 1):
            rest = float(correlations[i, j]) - _dot(factor, i, j)
            assert i != j or rest > 0.0, "correlations are not positive definite"
            factor[i, j] = rest**0.5 if i == j else rest / float(factor[j, j])
    return factor * deviations[:, None]


def symmetric(names: tuple[str, ...], pairs: dict[tuple[str, str], float]) -> FloatArray:
    """Return a correlation matrix from the pairs that are not 0."""
    matrix = np.eye(len(names))
    for (one, other), value in pairs.items():
        matrix[names.index(one), names.index(other)] = value
        matrix[names.index(other), names.index(one)] = value
    return matrix


def _dot(factor: FloatArray, i: int, j: int) -> float:
    total = 0.0
    for k in range(j):
        total += float(factor[i, k]) * float(factor[j, k])
    return total

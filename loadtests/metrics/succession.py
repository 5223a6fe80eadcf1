"""Counters over loads that follow each other in one process, so that none falls when the next begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from loadtests.metrics.series import Load, View

Values = Mapping[tuple[str, ...], float]
"""Values of a counter by those of its labels."""


class Succession:
    """Adds up the counters of all loads that were looked at while they lasted."""

    def __init__(self, view: View) -> None:
        """Look at the loads through `view`."""
        self._view = view
        self._load: Load | None = None
        self._reads: dict[str, Callable[[Load], Values]] = {}
        self._past: defaultdict[str, defaultdict[tuple[str, ...], float]] = defaultdict(lambda: defaultdict(int))

    def add(self, name: str, read: Callable[[Load], Values]) -> None:
        """Keep a counter, which `read` finds in a load."""
        self._reads[name] = read

    def values(self, name: str) -> Values:
        """Return the values of a counter as they stand."""
        self._turn_over()
        return dict(self._plus_current(name))

    def _turn_over(self) -> None:
        """Keep the last values of a load that another has followed."""
        load = self._view()
        if load is not self._load:
            for name in self._reads:
                self._past[name] = self._plus_current(name)
            self._load = load

    def _plus_current(self, name: str) -> defaultdict[tuple[str, ...], float]:
        values = self._past[name].copy()
        for labels, value in (self._reads[name](self._load) if self._load is not None else {}).items():
            values[labels] += value
        return values

"""Verdicts: pass, fail or inconclusive, with the reasons; nothing passes by default."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.core.errors import UsageError
from simulator.core.history import Delivery
from simulator.core.scenario import Scores
from simulator.core.suggestions import suggestion

Outcome = Literal["pass", "fail", "inconclusive"]

_FORM = re.compile(r"\s*([A-Za-z][A-Za-z0-9_.]*)\s*(>=|<=|==|>|<)\s*([^\s<>=]+)\s*")
NEAR_MAX = 3  # our choice: so many names are read at a glance
_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}
_BREACHES = {
    ">=": "is below the required",
    "<=": "is above the allowed",
    ">": "is not above the required",
    "<": "is not below the allowed",
    "==": "is not the required",
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition of the verdict: a score's name, how it is compared, and with what."""

    name: str
    comparison: str
    bound: float

    def __str__(self) -> str:
        """Return the text that `parse_requirement` reads back."""
        return f"{self.name}{self.comparison}{self.bound:.15g}"

    def is_met(self, value: float) -> bool:
        """Say whether a value meets the condition; NaN meets none."""
        return _HOLDS[self.comparison](value, self.bound)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge says of a run, and why; a pass needs no reasons."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()


def parse_requirement(text: str, *, known: Iterable[str], see: str = "") -> Requirement:
    """Read a condition such as `sensitivity>=0.5` on one of the `known` names.

    `see` says where they are told, in place of them all.

    Raises UsageError for another form, an unknown name, or a bound that is not a finite number.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise UsageError(f'requirement "{text}" is not understood. Write NAME>=NUMBER; also <=, >, < and ==.')
    name, comparison, bound = found.groups()
    names = sorted(known)
    if name not in names:
        near = suggestion(name, names, at_most=NEAR_MAX)
        # Some fifty names in the line would hide those that may be meant.
        rest = f" {see}" if see else f" Known: {', '.join(names)}."
        raise UsageError(f'requirement "{text}": no score "{name}".{near}{rest}')
    return Requirement(name=name, comparison=comparison, bound=_bound(bound, text))


def verdict(
    scores: Scores,
    requirements: Sequence[Requirement],
    *,
    decided: bool,
    delivery: Delivery | None = None,
    phantom_decisions: int = 0,
    hindrances: Sequence[str] = (),
) -> Verdict:
    """Judge a run: the worst finding wins, and what cannot be judged does not pass.

    A requirement that is not met, a delivery bug, or a decision on what never was is a fail. Inconclusive are a run in
    which nothing was decided (`decided`; its scores are then not looked at), one without
    requirements, one whose required scores have no value, and one with `hindrances`: reasons
    of the caller why it proves nothing.
    """
    breaches = [*_bugs(delivery), *_phantoms(phantom_decisions), *(unmet(scores, requirements) if decided else [])]
    doubts = [*hindrances, *(gaps(scores, requirements) if decided else ["nothing was decided"])]
    if breaches:
        return Verdict(outcome="fail", reasons=(*breaches, *doubts))
    if doubts:
        return Verdict(outcome="inconclusive", reasons=tuple(doubts))
    return Verdict(outcome="pass")


def _bound(text: str, requirement: str) -> float:
    try:
        bound = float(text)
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):
        raise UsageError(f'requirement "{requirement}": "{text}" is not a number. Write one such as 0.5.')
    return bound


def _bugs(delivery: Delivery | None) -> list[str]:
    if delivery is None:
        return []
    counts = {
        "lost": delivery.lost,
        "duplicated": delivery.duplicated,
        "reordered": delivery.reordered,
        "phantom": delivery.phantom,
    }
    return [f"{count} {what}: no injected fault explains it" for what, count in counts.items() if count]


def _phantoms(count: int) -> list[str]:
    if not count:
        return []
    return [f"{count} decisions name a cause that was never published, or another subject's"]


def unmet(scores: Scores, requirements: Sequence[Requirement]) -> list[str]:
    """Return a text for each requirement that the scores break."""
    return [
        f"{one.name} {value:.6g} {_BREACHES[one.comparison]} {one.bound:.6g}"
        for one in requirements
        if (value := scores.get(one.name)) is not None and not math.isnan(value) and not one.is_met(value)
    ]


def gaps(scores: Scores, requirements: Sequence[Requirement]) -> list[str]:
    """Return a text for each requirement without a score, or one if none is required."""
    if not requirements:
        return ["nothing was required: give --require NAME>=NUMBER"]
    return [
        f"{one.name} is required, but the run gives no ground for it: "
        "too few cases; give more --subjects or a longer --duration"
        for one in requirements
        if (value := scores.get(one.name)) is None or math.isnan(value)
    ]

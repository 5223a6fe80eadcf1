"""Synthetic healthcare event streams with the truth beside them, and a judge.

>>> import simulator as pt
>>> run = pt.run("sepsis-v1", subjects=200, duration="72h", seed=7)  # doctest: +SKIP
>>> run.verdict, run.score["sensitivity"]  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.core.decisions import Decision
    from simulator.core.errors import CodecError, PulsetrainError, ScenarioError, TransportError, UsageError
    from simulator.core.events import Event
    from simulator.core.labels import Label
    from simulator.harness.library import Judgement, events, run, score
    from simulator.harness.result import Run

# Names are imported when first used: `import simulator` stays quick and loads nothing heavy.
_HOMES = {
    "CodecError": "simulator.core.errors",
    "Decision": "simulator.core.decisions",
    "Event": "simulator.core.events",
    "Judgement": "simulator.harness.library",
    "Label": "simulator.core.labels",
    "PulsetrainError": "simulator.core.errors",
    "Run": "simulator.harness.result",
    "ScenarioError": "simulator.core.errors",
    "TransportError": "simulator.core.errors",
    "UsageError": "simulator.core.errors",
    "events": "simulator.harness.library",
    "run": "simulator.harness.library",
    "score": "simulator.harness.library",
}

__all__ = [
    "CodecError",
    "Decision",
    "Event",
    "Judgement",
    "Label",
    "PulsetrainError",
    "Run",
    "ScenarioError",
    "TransportError",
    "UsageError",
    "events",
    "run",
    "score",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

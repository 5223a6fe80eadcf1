"""History: everything that was sent, decided and true in a run; what the judge is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from simulator.core.decisions import DeadLetter, Decision
from simulator.core.labels import Label
from simulator.core.time import SimTime


class FaultKind(StrEnum):
    """What the wire can do wrong with one event."""

    LATE = "late"
    DUPLICATE = "duplicate"
    DROP = "drop"
    REORDER = "reorder"
    CORRUPT = "corrupt"
    CLOCK_SKEW = "clock-skew"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One injected fault: which event, what kind, and what was done to it."""

    event_id: str
    kind: str
    detail: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the records of a run; counts of events but for `faults`.

    `lost`, `duplicated`, `reordered` and `phantom` are what the injected faults do not explain.
    `faults` counts the ledger's entries.
    """

    published: int = 0
    received: int = 0
    lost: int = 0
    duplicated: int = 0
    reordered: int = 0
    phantom: int = 0
    faults: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """One run as the judge sees it; decisions in the order seen, each id once.

    Not among the decisions are those refused for their time: `backdated_decisions` lie before
    what caused them, or in a step that their writer had answered; `postdated_decisions` after all
    that had been published when they were heard.
    """

    start: SimTime
    end: SimTime
    subjects: int
    labels: Sequence[Label]
    decisions: Sequence[Decision]
    delivery: Delivery = field(default_factory=Delivery)
    repeated_decisions: int = 0
    phantom_decisions: int = 0
    backdated_decisions: int = 0
    postdated_decisions: int = 0
    dead_letters: Sequence[DeadLetter] = ()
    latencies_ms: Sequence[float] = ()

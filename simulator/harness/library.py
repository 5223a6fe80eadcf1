"""The library's front door: run a scenario, stream its events, judge decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

from simulator.core.decisions import Decision
from simulator.core.events import Event
from simulator.core.history import History
from simulator.core.labels import Label
from simulator.core.scenario import Scenario
from simulator.core.time import SimTime
from simulator.harness.causes import misdated_hindrances
from simulator.harness.judging import judge
from simulator.harness.plan import requirements_of
from simulator.harness.registry import load_scenario
from simulator.harness.result import Run
from simulator.harness.run import OnProgress
from simulator.harness.run import run as run_spec
from simulator.harness.spec import make_spec
from simulator.harness.streaming import stream_events
from simulator.scoring import Outcome, Requirement


class SizeOptions(TypedDict, total=False):
    """How large, how long, from when, by which chance: as the command's options."""

    subjects: int
    duration: str
    start: str
    seed: int
    set: dict[str, str | int | float | bool]
    workers: int
    codec: str
    step: str


class RunOptions(SizeOptions, total=False):
    """Everything that `pulsetrain run` takes, by the same names and defaults."""

    transport: str
    kafka_config: str
    topic_prefix: str
    speed: float
    consumer: str
    grace: str
    open_loop: bool
    fault: tuple[str, ...]
    require: tuple[str, ...]
    out: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge says of decisions alone: the score, the verdict and its reasons."""

    score: dict[str, float | None]
    verdict: Outcome
    reasons: tuple[str, ...]


def run(scenario: str, *, on_progress: OnProgress | None = None, **options: Unpack[RunOptions]) -> Run:
    """Execute a scenario from the first event to the verdict.

    Options are those of `pulsetrain run`. Raises UsageError before anything is sent when an
    option cannot be, TransportError when the wire fails. With `workers` above 1, call it from
    under `if __name__ == "__main__":`, as multiprocessing asks.
    """
    return run_spec(make_spec(scenario, options), on_progress=on_progress)


def events(scenario: str, **options: Unpack[SizeOptions]) -> Iterator[Event]:
    """Return the typed events of a scenario lazily, in order of publication."""
    return stream_events(make_spec(scenario, options))


def score(
    scenario: str, decisions: Sequence[Decision], labels: Sequence[Label], *, require: Sequence[str] = ()
) -> Judgement:
    """Judge decisions against labels, with no run around them.

    `require` is added to the scenario's own conditions; one on the same metric stands in for its
    condition. The period judged is that of the labels.
    Raises UsageError for a condition on an unknown name.
    """
    found = load_scenario(scenario)
    moments = [label.at for label in labels] + [label.known_at for label in labels]
    history = history_of(
        decisions,
        labels,
        start=SimTime(min(moments, default=0)),
        end=SimTime(max(moments, default=0)),
        subjects=len({label.subject for label in labels}),
    )
    return judge_history(found, history, requirements_of(found, require))


def judge_history(scenario: Scenario, history: History, requirements: Sequence[Requirement]) -> Judgement:
    """Score a history and judge it by `requirements`."""
    scores = dict(scenario.score(history))
    hindrances = misdated_hindrances(history)
    judged = judge(history, scores, requirements, hindrances=hindrances)
    return Judgement(score=scores, verdict=judged.outcome, reasons=judged.reasons)


def history_of(
    decisions: Sequence[Decision], labels: Sequence[Label], *, start: SimTime, end: SimTime, subjects: int
) -> History:
    """Return what the judge is given: each decision once, over the time of a run."""
    once = {decision.id: decision for decision in decisions}
    return History(
        start=start,
        end=end,
        subjects=subjects,
        labels=labels,
        decisions=list(once.values()),
        repeated_decisions=len(decisions) - len(once),
    )

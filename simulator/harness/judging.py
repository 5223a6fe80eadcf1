"""From a history to a report: the score, the verdict, and the sha256 of what they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.codecs.decisions import DecisionCodec
from simulator.core.decisions import Decision
from simulator.core.digest import digest_of_partitions
from simulator.core.history import Fault, History
from simulator.core.scenario import Scores
from simulator.harness.causes import misdated_hindrances
from simulator.harness.files import decision_lines, fault_lines, json_lines, label_lines, lines_sha256
from simulator.harness.pacing import Stopwatch
from simulator.harness.plan import Plan
from simulator.harness.result import Report, latency_of, versions
from simulator.harness.spec import repeat_command
from simulator.scoring import Requirement, Verdict, verdict


@dataclass(frozen=True, slots=True)
class Sent:
    """What went out: events, the sha256 of each partition, the injected faults."""

    events: int
    digests: Mapping[int, str]
    ledger: tuple[Fault, ...]


def judge(
    history: History, scores: Scores, requirements: Sequence[Requirement], *, hindrances: Sequence[str] = ()
) -> Verdict:
    """Return the verdict on a history; a decision on what never was fails it."""
    return verdict(
        scores,
        requirements,
        decided=bool(history.decisions),
        delivery=history.delivery,
        phantom_decisions=history.phantom_decisions,
        hindrances=hindrances,
    )


def make_report(
    plan: Plan, history: History, sent: Sent, *, watch: Stopwatch, hindrances: Sequence[str] = ()
) -> Report:
    """Score a history and say the verdict, with all that is needed to trust it."""
    scores = dict(plan.scenario.score(history))
    doubts = [*hindrances, *misdated_hindrances(history)]
    judged = judge(history, scores, plan.requirements, hindrances=doubts)
    wall = watch.wall_seconds()
    return Report(
        scenario=plan.scenario.id,
        seed=plan.size.seed,
        verdict=judged.outcome,
        reasons=judged.reasons,
        hindrances=tuple(hindrances),
        repeat=repeat_command(plan.spec),
        subjects=plan.size.subjects,
        events=sent.events,
        labels=len(history.labels),
        decisions=len(history.decisions),
        repeated_decisions=history.repeated_decisions,
        phantom_decisions=history.phantom_decisions,
        backdated_decisions=history.backdated_decisions,
        postdated_decisions=history.postdated_decisions,
        dead_letters=len(history.dead_letters),
        score=scores,
        delivery=history.delivery,
        latency_ms=latency_of(history.latencies_ms),
        wall_seconds=round(wall, 3),
        cpu_seconds=round(watch.cpu_seconds(), 3),
        events_per_second=round(sent.events / wall, 1),
        events_sha256=digest_of_partitions(sent.digests),
        labels_sha256=lines_sha256(label_lines(history.labels)),
        faults_sha256=lines_sha256(fault_lines(sent.ledger)),
        decisions_sha256=lines_sha256(_decision_lines(plan, history.decisions)),
        versions=versions(),
    )


def folder_lines(plan: Plan, history: History, sent: Sent) -> dict[str, list[bytes]]:
    """Return the run folder's files of lines, by name."""
    return {
        "labels.jsonl": label_lines(history.labels),
        "faults.jsonl": fault_lines(sent.ledger),
        "decisions.jsonl": _decision_lines(plan, history.decisions),
        "dead-letters.jsonl": json_lines(history.dead_letters),
        "latencies.jsonl": json_lines(history.latencies_ms),
    }


def _decision_lines(plan: Plan, decisions: Sequence[Decision]) -> list[bytes]:
    return decision_lines(decisions, DecisionCodec(plan.scenario.catalog, seed=plan.size.seed))

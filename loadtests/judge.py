"""The judge under load: the scenario's own score, of the decisions that came and of those that must."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from loadtests.reports import JudgedLines
from simulator.codecs.decisions import DecisionCodec
from simulator.core.decisions import Decision
from simulator.core.history import History
from simulator.core.labels import Label
from simulator.core.records import Record
from simulator.core.scenario import Scores
from simulator.core.time import SimTime
from simulator.harness.files import parse_labels
from simulator.harness.plan import Plan
from simulator.scoring import WIRE_METRICS

_WIRE = frozenset(metric.name for metric in WIRE_METRICS)
SUBJECTS_MAX = 100_000  # our choice: some 200 MiB; of a longer load the newest subjects are judged

Seconds = Callable[[int], bool]
"""Which seconds count: those in which a subject's last label became known."""


@dataclass(slots=True)
class _Subject:
    """What is known of a subject: labels and decisions as lines, and the second of its newest label."""

    cohort: int
    at: int
    labels: list[bytes] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    expected: list[bytes] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores of the same patients: of what came, and of a faultless consumer."""

    patients: int
    score: dict[str, float | None]
    at_rest: dict[str, float | None]


class LoadJudge:
    """Keeps by subject what a scenario's score needs, and scores any span of seconds.

    Cohorts are replications of a run: each is scored by itself, as `pulsetrain run` would, and the
    score of several is their mean, weighted by their patients. One of which nothing new was said
    is not scored again, so a look at the whole costs the same however long the load lasts.
    """

    def __init__(self, plan: Plan, *, knows: bool) -> None:
        """Judge the load of `plan`; `knows` says whether decisions are known beforehand."""
        self._plan, self._knows = plan, knows
        self._codec = DecisionCodec(plan.scenario.catalog, seed=plan.size.seed)
        self._subjects: dict[str, _Subject] = {}
        self._cohorts: dict[int, dict[str, _Subject]] = defaultdict(dict)
        self._judged: dict[int, Judged] = {}

    def add(self, lines: JudgedLines) -> None:
        """Take in what a worker says of a second."""
        for text in lines.labels:
            subject = self._subject(_subject_of(text), lines.at)
            subject.labels.append(text)
            subject.at = max(subject.at, lines.at)
        for text in lines.seen:
            self._subject(_subject_of(text), lines.at).seen.append(text)
        for text in lines.expected:
            self._subject(_subject_of(text), lines.at).expected.append(text)
        while len(self._subjects) > SUBJECTS_MAX:
            self._forget(next(iter(self._subjects)))

    def judge(self, seconds: Seconds | None = None) -> Judged:
        """Return the scores of the subjects of some seconds, or of all.

        A subject is of the second in which its newest label came.
        """
        if seconds is not None:
            found = [self._of_cohort(cohort, seconds) for cohort in sorted(self._cohorts)]
        else:
            for cohort in self._cohorts.keys() - self._judged.keys():
                self._judged[cohort] = self._of_cohort(cohort, lambda _: True)
            found = [self._judged[cohort] for cohort in sorted(self._judged)]
        return _together([one for one in found if one.patients])

    def _of_cohort(self, cohort: int, seconds: Seconds) -> Judged:
        group = [one for one in self._cohorts[cohort].values() if one.labels and seconds(one.at)]
        if not group:
            return Judged(0, {}, {})
        rest = self._score(cohort, group, is_seen=False) if self._knows else {}
        return Judged(len(group), dict(self._score(cohort, group, is_seen=True)), dict(rest))

    def _subject(self, name: str, at: int) -> _Subject:
        found = self._subjects.get(name)
        if found is None:
            found = self._subjects[name] = _Subject(self._cohort(name), at)
            self._cohorts[found.cohort][name] = found
        # Whoever asks for a subject adds to it.
        self._judged.pop(found.cohort, None)
        return found

    def _forget(self, name: str) -> None:
        cohort = self._subjects.pop(name).cohort
        self._judged.pop(cohort, None)
        del self._cohorts[cohort][name]
        if not self._cohorts[cohort]:
            del self._cohorts[cohort]

    def _cohort(self, name: str) -> int:
        number = self._plan.scenario.catalog.subject_number(name)
        return -1 if number is None else number // self._plan.size.subjects

    def _score(self, cohort: int, subjects: Sequence[_Subject], *, is_seen: bool) -> Scores:
        size = self._plan.size
        start, end = size.start + cohort * size.duration, size.end + cohort * size.duration
        lines = [text for one in subjects for text in (one.seen if is_seen else one.expected)]
        decisions = {one.id: one for one in self._decisions(lines) if one.time <= end}
        labels = parse_labels([text for one in subjects for text in one.labels], self._plan.scenario.label_types)
        history = History(
            start=SimTime(start),
            end=SimTime(end),
            subjects=len(subjects),
            labels=sorted(labels, key=_order),
            decisions=sorted(decisions.values(), key=lambda one: (one.time, one.subject, one.id)),
        )
        score = self._plan.scenario.score(history)
        # Of the wire a load has figures of its own.
        return {name: value for name, value in score.items() if name not in _WIRE}

    def _decisions(self, lines: Iterable[bytes]) -> list[Decision]:
        return [self._codec.decode(Record("decisions", 0, 0, 0, b"", text)) for text in lines]


def _together(judged: Sequence[Judged]) -> Judged:
    return Judged(
        patients=sum(one.patients for one in judged),
        score=weighted_mean([(one.patients, one.score) for one in judged]),
        at_rest=weighted_mean([(one.patients, one.at_rest) for one in judged]),
    )


def weighted_mean(scores: Sequence[tuple[int, Mapping[str, float | None]]]) -> dict[str, float | None]:
    """Return for each metric the mean over those that have a value, weighted."""
    names = {name: None for _, score in scores for name in score}
    return {name: _mean([(weight, score.get(name)) for weight, score in scores]) for name in names}


def _mean(values: Sequence[tuple[int, float | None]]) -> float | None:
    known = [(weight, value) for weight, value in values if value is not None]
    total = sum(weight for weight, _ in known)
    # Shares first, so that the mean of one is itself to the last digit.
    return sum(weight / total * value for weight, value in known) if total else None


def _order(label: Label) -> tuple[str, str, int]:
    return label.subject, label.kind, label.at


def _subject_of(text: bytes) -> str:
    """Return the subject that a line names, without reading the whole of it."""
    _, _, rest = text.partition(b'"subject":"')
    return rest.partition(b'"')[0].decode()

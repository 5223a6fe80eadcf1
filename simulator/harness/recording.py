"""A recorded run as a feed again, and judged again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import numpy as np

from simulator.codecs.decisions import DecisionCodec
from simulator.core.catalog import Catalog
from simulator.core.decisions import Decision
from simulator.core.digest import StreamDigest, digest_of_partitions
from simulator.core.errors import CodecError, TransportError, UsageError
from simulator.core.history import Fault, History
from simulator.core.labels import Label
from simulator.core.records import Record, RecordBatch
from simulator.core.time import Milliseconds, SimTime
from simulator.harness.causes import CauseTimes, phantoms
from simulator.harness.files import (
    ReadDecisions,
    decision_lines,
    fault_lines,
    label_lines,
    lines_sha256,
    read_dead_letters,
    read_decisions,
    read_faults,
    read_labels,
    read_numbers,
)
from simulator.harness.judging import Sent, make_report
from simulator.harness.pacing import Stopwatch
from simulator.harness.plan import Plan, add_conditions, make_plan
from simulator.harness.registry import load_scenario
from simulator.harness.result import Report, Run
from simulator.harness.shards import Fed
from simulator.harness.store import changed, read_report, read_run
from simulator.scoring import DeliveryAudit
from simulator.transports.topic_file import read_topic_file


@dataclass(slots=True)
class _Topic:
    """The records of one recorded topic that are still to be fed."""

    name: str
    records: Iterator[Record]
    look_ahead: Milliseconds
    pending: list[Record] = field(default_factory=list)

    def until(self, moment: SimTime) -> list[Record]:
        """Take the records up to `moment`, sorted by partition and time."""
        while not self.pending or self.pending[-1].timestamp <= moment + self.look_ahead:
            record = next(self.records, None)
            if record is None:
                break
            self.pending.append(record)
        due = [record for record in self.pending if record.timestamp <= moment]
        self.pending = [record for record in self.pending if record.timestamp > moment]
        return sorted(due, key=lambda record: (record.partition, record.timestamp))


class RecordedFeed:
    """The events of a run folder, fed as the world fed them."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        """Read `folder`, a run of the scenario of `plan`.

        Raises UsageError for labels that are not those of the run, `step` for events that cannot
        be read, `digests` for other events.
        """
        run = read_run(folder)
        self._plan, self._folder, self._report = plan, folder, read_report(folder, run)
        self._codec, self._events = plan.codec(), 0
        self._labels = _labels(plan, folder, self._report)
        self._digest = StreamDigest()
        names = [topic.name for topic in plan.scenario.catalog.event_topics()]
        # The records of one recorded step stand partition by partition.
        look_ahead = make_plan(run.spec).step
        self._topics = [
            _Topic(name, read_topic_file(folder / "events" / f"{name}.jsonl.zst"), look_ahead) for name in names
        ]

    def step(self, until: SimTime, decisions: Sequence[Decision]) -> Fed:
        """Return the records up to `until`; decisions change nothing that is past."""
        try:
            batches = [self._batch(topic.name, records) for topic in self._topics if (records := topic.until(until))]
        except (TransportError, CodecError) as error:
            raise UsageError(f"{error}. Repeat the run: {self._report.repeat}") from error
        self._digest.add(batches)
        self._events += sum(map(len, batches))
        labels, self._labels = self._labels, []
        return Fed(batches=batches, labels=labels)

    def digests(self) -> dict[int, str]:
        """Return the sha256 of every partition.

        Raises UsageError for events that are not those of the run.
        """
        digests = self._digest.of_partitions(range(self._plan.scenario.catalog.partitions))
        if digest_of_partitions(digests) != self._report.events_sha256:
            counted = f"{self._events:,} of {self._report.events:,} events"
            raise changed(self._folder / "events", counted, repeat=self._report.repeat)
        return digests

    def close(self) -> None:
        """Do nothing: files are closed when they have been read."""

    def _batch(self, name: str, records: Sequence[Record]) -> RecordBatch:
        catalog, seed = self._plan.scenario.catalog, self._plan.size.seed
        events = [self._codec.decode(record) for record in records]
        refs = [catalog.parse_event_id(seed, event.id) for event in events]
        known = [ref for ref in refs if ref is not None]
        if len(known) != len(refs):
            raise UsageError(f"{name}: the recording holds an event of another run: {events[refs.index(None)].id}.")
        return RecordBatch(
            topic=f"{self._plan.spec.topic_prefix}{name}",
            partitions=np.array([record.partition for record in records], dtype=np.int64),
            timestamps=np.array([record.timestamp for record in records], dtype=np.int64),
            keys=[record.key for record in records],
            values=[record.value for record in records],
            types=np.array([catalog.type_names.index(ref.type) for ref in known], dtype=np.int64),
            subjects=np.array([ref.subject for ref in known], dtype=np.int64),
            numbers=np.array([ref.number for ref in known], dtype=np.int64),
            occurred=np.array([event.occurred_at for event in events], dtype=np.int64),
        )


def recorded_plan(folder: Path, *, require: Sequence[str] = (), **changes: object) -> Plan:
    """Return the plan that sends a recorded run again, in open loop.

    `changes` are options of the run to be changed; `require` is added to its conditions.

    Raises UsageError when the folder is no complete run, or an option cannot be.
    """
    spec = read_run(folder).spec
    fields = {"transport": "memory", "workers": 1, "out": None, "fault": (), "speed": None, **changes}
    conditions = add_conditions(load_scenario(spec.scenario), spec.require, require)
    return make_plan(msgspec.structs.replace(spec, open_loop=True, require=conditions, **fields))


def score_recording(folder: Path, *, decisions: Path | None = None, require: Sequence[str] = ()) -> Run:
    """Judge a run folder's decisions, or those in a file, against its labels.

    `decisions` holds one decision a line in its wire form. `require` is added to the run's own
    conditions; one on the same metric stands in for its condition. Raises UsageError when the
    folder is no complete run, a file is not readable, or the run's own are not what they were.
    """
    run, watch = read_run(folder), Stopwatch()
    report = read_report(folder, run)
    conditions = add_conditions(load_scenario(run.spec.scenario), run.spec.require, require)
    plan = make_plan(msgspec.structs.replace(run.spec, require=conditions))
    feed, codec = RecordedFeed(plan, folder), DecisionCodec(plan.scenario.catalog, seed=plan.size.seed)
    known = _read_through(feed, plan)
    sent = Sent(report.events, feed.digests(), _ledger(folder, report))
    history = _undecided(plan, folder, report)
    if decisions is None:
        history = _with_own(history, folder, report, codec=codec)
    else:
        history = _with_others(history, read_decisions(decisions, codec), known)
    # What hindered the run hinders its judgement: whoever decides, decides on what it sent.
    return Run(make_report(plan, history, sent, watch=watch, hindrances=report.hindrances), history)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the recorded events: that they were published, and when."""

    audit: DeliveryAudit
    causes: CauseTimes
    catalog: Catalog


def _read_through(feed: RecordedFeed, plan: Plan) -> _Known:
    catalog, seed = plan.scenario.catalog, plan.size.seed
    known = _Known(DeliveryAudit(catalog, seed=seed), CauseTimes(catalog, seed=seed), catalog)
    for until in plan.instants():
        batches = feed.step(until, ()).batches
        known.causes.add(batches)
        for batch in batches:
            known.audit.published(batch)
    return known


def _undecided(plan: Plan, folder: Path, report: Report) -> History:
    return History(
        start=plan.size.start,
        end=plan.size.end,
        subjects=plan.size.subjects,
        labels=_labels(plan, folder, report),
        decisions=(),
        delivery=report.delivery,
    )


def _with_own(history: History, folder: Path, report: Report, *, codec: DecisionCodec) -> History:
    """Add what the run itself heard; what it refused or merely counted stands in its report."""
    path, letters_path = folder / "decisions.jsonl", folder / "dead-letters.jsonl"
    heard, letters = read_decisions(path, codec).decisions, read_dead_letters(letters_path)
    if lines_sha256(decision_lines(heard, codec)) != report.decisions_sha256:
        raise changed(path, f"{len(heard):,} of {report.decisions:,} decisions", repeat=report.repeat)
    if len(letters) != report.dead_letters:
        counted = f"{len(letters):,} of {report.dead_letters:,} dead letters"
        raise changed(letters_path, counted, repeat=report.repeat)
    return replace(
        history,
        decisions=heard,
        repeated_decisions=report.repeated_decisions,
        phantom_decisions=report.phantom_decisions,
        backdated_decisions=report.backdated_decisions,
        postdated_decisions=report.postdated_decisions,
        dead_letters=letters,
        latencies_ms=read_numbers(folder / "latencies.jsonl"),
    )


def _with_others(history: History, found: ReadDecisions, known: _Known) -> History:
    """Add what somebody's consumer left in a file, without what it cannot have decided then."""
    backdated = {decision.id for decision in known.causes.backdated(found.decisions)}
    # What came late is followed by one more tick, a millisecond after the end.
    postdated = {decision.id for decision in found.decisions if decision.time > history.end + 1}
    return replace(
        history,
        decisions=[one for one in found.decisions if one.id not in backdated | postdated],
        repeated_decisions=found.repeated,
        phantom_decisions=phantoms(found.decisions, audit=known.audit, catalog=known.catalog),
        backdated_decisions=len(backdated),
        postdated_decisions=len(postdated),
        dead_letters=found.dead_letters,
    )


def _labels(plan: Plan, folder: Path, report: Report) -> list[Label]:
    path = folder / "labels.jsonl"
    labels = read_labels(path, plan.scenario.label_types)
    if lines_sha256(label_lines(labels)) != report.labels_sha256:
        raise changed(path, f"{len(labels):,} of {report.labels:,} labels", repeat=report.repeat)
    return labels


def _ledger(folder: Path, report: Report) -> tuple[Fault, ...]:
    path = folder / "faults.jsonl"
    ledger = tuple(read_faults(path))
    if lines_sha256(fault_lines(ledger)) != report.faults_sha256:
        raise changed(path, f"{len(ledger):,} of {report.delivery.faults:,} faults", repeat=report.repeat)
    return ledger

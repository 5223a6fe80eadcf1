"""A scenario in a test: run whole, or published for a service under test and judged."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

import msgspec

from simulator.core.catalog import Topic
from simulator.core.decisions import DeadLetter, Decision
from simulator.core.errors import TransportError, UsageError
from simulator.core.events import Event
from simulator.core.history import History
from simulator.core.labels import Label
from simulator.core.time import SimTime, format_duration
from simulator.harness.causes import CauseTimes, phantoms
from simulator.harness.feed import Feed
from simulator.harness.library import Judgement, history_of, judge_history
from simulator.harness.listening import POLL_SECONDS, DecisionReader, make_reader
from simulator.harness.pacing import Pacer, Patience
from simulator.harness.plan import Plan, make_plan, requirements_of
from simulator.harness.result import Run
from simulator.harness.run import execute, make_feed
from simulator.harness.shards import Fed
from simulator.harness.spec import RunSpec, repeat_command
from simulator.harness.streaming import stream_events
from simulator.scoring import DeliveryAudit, Outcome
from simulator.testing.clusters import Cluster
from simulator.transports import open_transport

_NUMBERS = count(1)
_ATTEMPTS = 100  # our choice: more than anybody leaves behind


@dataclass(frozen=True, slots=True)
class Published:
    """Where a stream lies: what a service under test has to know, and no more."""

    bootstrap: str
    prefix: str
    topics: tuple[str, ...]
    clock: str
    decisions: str
    events: int


@dataclass(frozen=True, slots=True)
class Collected:
    """What a service under test wrote: each decision once, and what else was there.

    `repeated` counts decisions that came again. `is_complete` says that the service answered
    the last tick on every partition, so nothing more comes.
    """

    decisions: tuple[Decision, ...]
    dead_letters: tuple[DeadLetter, ...]
    repeated: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class _Stream:
    """A stream that was sent with nobody deciding, and what is known of its events."""

    plan: Plan
    run: Run
    audit: DeliveryAudit
    causes: CauseTimes


class ScenarioRun:
    """A scenario with its options; nothing is executed until something is asked for."""

    def __init__(self, spec: RunSpec) -> None:
        """Check the spec whole. Raises UsageError."""
        make_plan(spec)
        self.spec = spec
        self._published: _Stream | None = None
        self._executed: list[RunSpec] = []
        self._verdicts: list[str] = []

    def __repr__(self) -> str:
        """Return what a failed assertion should show: what is run, and its verdict once it was."""
        plan = make_plan(self.spec)
        size, known = plan.size, f": {self.run.verdict}" if "run" in vars(self) else ""
        length = format_duration(size.duration)
        return f"<ScenarioRun {plan.scenario.id}, {size.subjects} subjects, {length}, seed {size.seed}{known}>"

    @cached_property
    def run(self) -> Run:
        """Return the run with all the options of the marker, executed once."""
        plan = make_plan(self.spec)
        done = self._execute(plan, make_feed(plan))
        self._say(done.verdict, done.report.reasons)
        return done

    @property
    def verdict(self) -> Outcome:
        """Return the verdict of the run."""
        return self.run.verdict

    @property
    def score(self) -> dict[str, float | None]:
        """Return the score of the run, by metric name."""
        return self.run.score

    @property
    def labels(self) -> Sequence[Label]:
        """Return what was true: in the stream that was published, or else in the run."""
        return (self._published or self).run.labels

    @property
    def decisions(self) -> Sequence[Decision]:
        """Return what the run's consumer concluded."""
        return self.run.decisions

    @property
    def said(self) -> str:
        """Return the verdicts so far with their reasons, one a line."""
        return "\n".join(dict.fromkeys(self._verdicts))

    @property
    def repeat(self) -> str:
        """Return the lines that repeat what was executed; before that, the run."""
        commands = dict.fromkeys(repeat_command(spec) for spec in self._executed or [self.spec])
        return "\n".join(commands)

    def events(self) -> Iterator[Event]:
        """Return the typed events of the stream that nobody reacts to, in order, lazily."""
        return stream_events(_unattended(self.spec))

    def publish(self, cluster: Cluster) -> Published:
        """Send the whole stream to topics of its own and return where they are.

        Nobody decides and nothing reacts. Raises TransportError when the cluster fails, or did
        not keep all that was sent.
        """
        spec = msgspec.structs.replace(_unattended(self.spec), transport=cluster.url)
        plan, topics = _with_fresh_topics(make_plan(spec), cluster)
        self._published = self._send(plan)
        cluster.check_kept(topics)
        catalog, prefix = plan.scenario.catalog, plan.spec.topic_prefix
        return Published(
            bootstrap=cluster.bootstrap,
            prefix=prefix,
            topics=tuple(topic.name for topic in catalog.event_topics(prefix=prefix)),
            clock=catalog.topic("clock", prefix=prefix),
            decisions=catalog.topic("decisions", prefix=prefix),
            events=self._published.run.report.events,
        )

    def collect(self, cluster: Cluster, *, timeout_seconds: float = 30.0, quiet_seconds: float = 3.0) -> Collected:
        """Read the decisions written about the stream that was published last.

        Returns when the service has answered the last tick on every partition, when after a
        first decision none has come for `quiet_seconds`, or after `timeout_seconds`.
        """
        plan = self._published_plan(cluster)
        transport = open_transport(cluster.url)
        try:
            pacer = Pacer(plan.size.start, None)
            pacer.wait(plan.size.end)
            reader = make_reader(plan, transport, pacer)
            is_complete = _listen(reader, plan.size.end, Patience(timeout_seconds), quiet=Patience(quiet_seconds))
        finally:
            transport.close()
        heard = reader.heard
        return Collected(tuple(heard.decisions), tuple(heard.dead_letters), heard.repeated, is_complete)

    def judge(self, decisions: Sequence[Decision], *, require: Sequence[str] = ()) -> Judgement:
        """Judge decisions about the stream that was published, or about `events()`.

        `require` is added to the conditions of the scenario and the marker; one on the same
        metric stands in for theirs. A decision whose cause was never published or is
        another subject's fails the verdict; one dated before its cause does not count.
        """
        stream = self._published or self._in_memory
        catalog = stream.plan.scenario.catalog
        backdated = {decision.id for decision in stream.causes.backdated(decisions)}
        made_up = phantoms(decisions, audit=stream.audit, catalog=catalog)
        honest = [decision for decision in decisions if decision.id not in backdated]
        history = replace(
            _history(stream.plan, honest, stream.run.labels),
            backdated_decisions=len(backdated),
            delivery=stream.run.history.delivery,
            phantom_decisions=made_up,
        )
        requirements = requirements_of(stream.plan.scenario, stream.plan.spec.require, require)
        judged = judge_history(stream.plan.scenario, history, requirements)
        self._say(judged.verdict, judged.reasons)
        return judged

    def _say(self, verdict: Outcome, reasons: Sequence[str]) -> None:
        self._verdicts.append(f"{verdict}: {'; '.join(reasons)}" if reasons else verdict)

    @cached_property
    def _in_memory(self) -> _Stream:
        return self._send(make_plan(_unattended(self.spec)))

    def _published_plan(self, cluster: Cluster) -> Plan:
        if self._published is None or self._published.plan.spec.transport != cluster.url:
            raise UsageError(f"nothing was published to {cluster.url}: call scenario_run.publish(kafka_cluster) first.")
        return self._published.plan

    def _send(self, plan: Plan) -> _Stream:
        catalog, seed = plan.scenario.catalog, plan.size.seed
        audit, causes = DeliveryAudit(catalog, seed=seed), CauseTimes(catalog, seed=seed)
        run = self._execute(plan, _WitnessedFeed(make_feed(plan), audit, causes))
        return _Stream(plan, run, audit, causes)

    def _execute(self, plan: Plan, feed: Feed) -> Run:
        # The cluster of a test is gone when somebody repeats what ran on it.
        self._executed.append(msgspec.structs.replace(plan.spec, transport="memory", topic_prefix=""))
        return execute(plan, feed)


class Judge:
    """The judge alone, for decisions and labels that a test brings itself."""

    def __init__(self, spec: RunSpec) -> None:
        """Judge by the scenario, the length and the conditions of `spec`. Raises UsageError."""
        self._plan = make_plan(spec)

    def __call__(
        self, decisions: Sequence[Decision], labels: Sequence[Label], *, require: Sequence[str] = ()
    ) -> Judgement:
        """Judge decisions against labels; `require` is added to the conditions of scenario and marker."""
        history = _history(self._plan, decisions, labels)
        requirements = requirements_of(self._plan.scenario, self._plan.spec.require, require)
        return judge_history(self._plan.scenario, history, requirements)


def _history(plan: Plan, decisions: Sequence[Decision], labels: Sequence[Label]) -> History:
    size = plan.size
    return history_of(decisions, labels, start=size.start, end=size.end, subjects=size.subjects)


class _WitnessedFeed:
    """A feed whose records are taken note of."""

    def __init__(self, feed: Feed, audit: DeliveryAudit, causes: CauseTimes) -> None:
        self._feed, self._audit, self._causes = feed, audit, causes

    def step(self, until: SimTime, decisions: Sequence[Decision]) -> Fed:
        fed = self._feed.step(until, decisions)
        self._causes.add(fed.batches)
        for batch in fed.batches:
            self._audit.published(batch)
        return fed

    def digests(self) -> dict[int, str]:
        return self._feed.digests()

    def close(self) -> None:
        self._feed.close()


def _unattended(spec: RunSpec) -> RunSpec:
    """Return the spec of the stream alone: nobody decides, nothing reacts, nothing is kept."""
    return msgspec.structs.replace(
        spec, transport="memory", kafka_config=None, topic_prefix="", consumer="none", open_loop=True, out=None
    )


def _listen(reader: DecisionReader, end: SimTime, deadline: Patience, *, quiet: Patience) -> bool:
    """Read until every partition has answered `end`, and return whether they all have."""
    while not (reader.has_reached(end) or deadline.is_over):
        if reader.poll(timeout_seconds=POLL_SECONDS):
            quiet.renew()
        elif reader.heard.decisions and quiet.is_over:
            break
    return reader.has_reached(end)


def _with_fresh_topics(plan: Plan, cluster: Cluster) -> tuple[Plan, Sequence[Topic]]:
    """Make the plan's topics under a prefix that nobody has used on the cluster."""
    for _ in range(_ATTEMPTS):
        prefix = f"test-{os.getpid()}-{next(_NUMBERS)}."
        topics = plan.scenario.catalog.topics(prefix=prefix)
        # A process of the same number may have left its topics on a broker that stays.
        with suppress(UsageError):
            cluster.create_topics(topics)
            return make_plan(msgspec.structs.replace(plan.spec, topic_prefix=prefix)), topics
    raise TransportError(f"{cluster.url} refused {_ATTEMPTS} prefixes for topics: empty the broker, or name another.")

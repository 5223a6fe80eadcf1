"""The loop: step the world, send what happened, hear what was decided, judge it all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import compress

from simulator.core.decisions import Decision
from simulator.core.history import History
from simulator.core.labels import Label
from simulator.core.records import RecordBatch
from simulator.core.time import SimTime
from simulator.harness.causes import CauseTimes, phantoms
from simulator.harness.deciding import make_decider
from simulator.harness.feed import Feed, WorldFeed
from simulator.harness.judging import Sent, folder_lines, make_report
from simulator.harness.listening import make_reader
from simulator.harness.pacing import Pacer, Stopwatch
from simulator.harness.plan import Plan, make_plan
from simulator.harness.result import Progress, Run
from simulator.harness.spec import RunSpec
from simulator.harness.store import open_folder
from simulator.harness.wire import Wire
from simulator.harness.workers import ParallelFeed
from simulator.scoring import DeliveryAudit
from simulator.transports import open_transport

OnProgress = Callable[[Progress], None]


def run(spec: RunSpec, *, on_progress: OnProgress | None = None) -> Run:
    """Execute a RunSpec from the first event to the verdict.

    Raises UsageError before anything is sent when the spec cannot be, TransportError when the
    wire fails and ScenarioError when the world does; a run folder then says how far it came.
    """
    plan = make_plan(spec)
    return execute(plan, make_feed(plan), on_progress=on_progress)


def execute(plan: Plan, feed: Feed, *, on_progress: OnProgress | None = None) -> Run:
    """Send what `feed` returns and judge what comes back. Closes the feed."""
    with ExitStack() as stack:
        stack.callback(feed.close)
        performance = Performance(plan, feed, stack)
        try:
            for progress in performance.play():
                if on_progress is not None:
                    on_progress(progress)
            return performance.judge()
        except BaseException as error:
            performance.abandon(error)
            raise


def make_feed(plan: Plan) -> Feed:
    """Return the world of a plan as a feed, in as many processes as the plan says."""
    # More workers than partitions or subjects would own nothing.
    workers = min(plan.spec.workers, plan.scenario.catalog.partitions, plan.size.subjects)
    return WorldFeed(plan) if workers == 1 else ParallelFeed(plan, workers=workers)


class Performance:
    """One execution under way: its parts, and what it has gathered."""

    def __init__(self, plan: Plan, feed: Feed, stack: ExitStack) -> None:
        """Open the wire, the way back and the run folder; `stack` closes them."""
        self._plan, self._feed = plan, feed
        self._watch = Stopwatch()
        self._labels: list[Label] = []
        self._events = 0
        self._transport = open_transport(plan.spec.transport, kafka_config=plan.kafka_config)
        stack.callback(self._transport.close)
        self._audit = DeliveryAudit(plan.scenario.catalog, seed=plan.size.seed)
        self._wire = Wire(plan, transport=self._transport, audit=self._audit)
        self._causes = CauseTimes(plan.scenario.catalog, seed=plan.size.seed)
        self._pacer = Pacer(plan.size.start, plan.spec.speed)
        self._reader = make_reader(plan, self._transport, self._pacer)
        self._decider = make_decider(plan, self._wire, self._reader, audit=self._audit)
        # Last, so that a run that cannot begin leaves no folder in the way of the next attempt.
        self._folder = open_folder(plan)

    def play(self) -> Iterator[Progress]:
        """Take the run from its start to its end, a step at a time."""
        decisions: Sequence[Decision] = ()
        for until in self._plan.instants():
            fed = self._feed.step(until, decisions if self._plan.closed_loop else ())
            self._pacer.wait(until)
            self._wire.send(fed.batches, until)
            self._keep_times(fed.batches)
            decisions = self._decider.after(until)
            self._labels += fed.labels
            self._events += sum(map(len, fed.batches))
            self._folder.add(fed.batches, now=until, acknowledged=self._transport.acknowledged)
            yield self._progress(until)
        last = self._wire.finish(self._plan.size.end)
        self._keep_times(())
        self._decider.finish(last)

    def judge(self) -> Run:
        """Score what was sent, decided and true, and write the run folder."""
        heard, size, catalog = self._reader.heard, self._plan.size, self._plan.scenario.catalog
        backdated = {decision.id for decision in self._causes.backdated(heard.decisions)}
        honest = [decision.id not in backdated for decision in heard.decisions]
        history = History(
            start=size.start,
            end=size.end,
            subjects=size.subjects,
            labels=sorted(self._labels, key=lambda label: (label.subject, label.kind, label.at)),
            decisions=list(compress(heard.decisions, honest)),
            delivery=self._audit.close(self._wire.ledger),
            repeated_decisions=heard.repeated,
            phantom_decisions=phantoms(heard.decisions, audit=self._audit, catalog=catalog),
            backdated_decisions=len(backdated) + heard.backdated,
            postdated_decisions=heard.postdated,
            dead_letters=[*heard.dead_letters, *self._decider.dead_letters],
            latencies_ms=list(compress(heard.latencies_ms, honest)),
        )
        sent = Sent(self._events, self._feed.digests(), tuple(self._wire.ledger))
        report = make_report(self._plan, history, sent, watch=self._watch, hindrances=self._pacer.hindrances())
        self._folder.finish(report, folder_lines(self._plan, history, sent))
        return Run(report=report, history=history)

    def abandon(self, error: BaseException) -> None:
        """Mark the run folder as one whose run did not end."""
        if isinstance(error, KeyboardInterrupt):
            self._folder.abandon("interrupted", "Ctrl-C")
        else:
            self._folder.abandon("failed", str(error) or type(error).__name__)

    def _keep_times(self, batches: Sequence[RecordBatch]) -> None:
        # A consumer in this process cannot date its decisions itself.
        if self._plan.is_external:
            self._causes.add(batches)
            settled = self._wire.settled if self._plan.is_lockstep else None
            self._reader.know(self._wire.latest, settled=settled)

    def _progress(self, now: SimTime) -> Progress:
        return Progress(
            now=now,
            start=self._plan.size.start,
            end=self._plan.size.end,
            events=self._events,
            decisions=len(self._reader.heard.decisions),
            lag=self._wire.published - self._decider.read,
            wall_seconds=self._watch.wall_seconds(),
        )

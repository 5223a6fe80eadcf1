"""What the process that gathers does: hands out shards, lets them begin together, drains and judges."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

import gevent

from loadtests import clock
from loadtests.asked import Asked
from loadtests.clock_offsets import Ask, offsets_of
from loadtests.gathered import Gathered
from loadtests.judge import Judged
from loadtests.knee import KneeSearch
from loadtests.options import asked_of, spec_of
from loadtests.outcome import LoadReport
from loadtests.probing import look_at_probe
from loadtests.reports import WorkerReport
from loadtests.shard_load import ShardTask
from loadtests.spec import EXTERNAL, LoadSpec, plan_of
from loadtests.summary import CPU_SHARE_MAX, LAG_P99_MS_MAX, summarise
from loadtests.topics import events_held, make_topics
from simulator.core.errors import PulsetrainError, TransportError, UsageError
from simulator.harness.plan import Plan

LOOK_SECONDS = 0.05
DRAIN_SECONDS = 10.0  # our choice: how much longer than the grace a worker may take for its last word
KEEPS_UP_SECONDS = 0.25  # our choice: a consumer that is less behind has started; more is its start, or overload
SETTLE_SECONDS = 15.0  # our choice: how much longer than its --warm-up a load waits for a consumer that starts
CLOCK_SECONDS = 10.0  # our choice: how often the clocks of the workers are compared with ours
JUDGE_SECONDS = 5.0  # our choice: how often the score so far is made anew


@dataclass(frozen=True, slots=True)
class Workers:
    """How the workers of a load are reached; in one process, directly.

    `names` are those that take part, in the order of their shards. `start`, `begin`, `measure`,
    `correct` and `drain` tell one worker; `offset` measures how far its wall clock is ahead of ours.
    """

    names: Callable[[], Sequence[str]]
    start: Callable[[str, ShardTask], None]
    begin: Callable[[str, float], None]
    measure: Callable[[str, float, float], None]
    drain: Callable[[str], None]
    offset: Ask
    correct: Callable[[str, float], None]
    stop_test: Callable[[], None]


class MasterSide:
    """One load after the other, each from its making to its report.

    `judges_meanwhile` says whether the score so far is made while the load goes on: not where the
    same process sends.
    """

    def __init__(self, options: Callable[[], Namespace], workers: Workers, *, judges_meanwhile: bool) -> None:
        """Stand ready; `options` returns what is asked for at the moment."""
        self._options, self._workers, self._judges_meanwhile = options, workers, judges_meanwhile
        self.gathered: Gathered | None = None
        self.report: LoadReport | None = None
        self.judged_so_far: Judged | None = None
        self.state = "idle"
        self.error: PulsetrainError | None = None
        self._told: list[str] = []
        self._gone: list[str] = []
        self._next_cohort = 0
        self._held = 0

    @property
    def shape(self) -> str:
        """Return the shape that is asked for."""
        return self._options().shape or "constant"

    def start(self) -> None:
        """Make topics and hand out shards, or keep why not as `error` and stop the test."""
        self.report, self.judged_so_far, self.error, self.state = None, None, None, "warming up"
        try:
            asked = asked_of(self._options())
            spec = spec_of(self._options(), wards=asked.wards)
            seeking = _seeking(self._options(), asked, spec)
            plan, names = plan_of(spec), list(self._workers.names())
            _check_shards(spec, plan, len(names))
            self._held = make_topics(spec, plan, must_be_empty=self._next_cohort == 0)
            self.gathered = Gathered(spec, plan, seeking or asked, shards=len(names))
        except PulsetrainError as error:
            self.refuse(error)
            return
        self._told, self._gone = names, []
        for shard, name in enumerate(names):
            self._workers.start(name, self._task(spec, asked, shard=shard, name=name))
        gevent.spawn(self._watch, self.gathered)

    def take(self, report: WorkerReport) -> None:
        """Take in what a worker says."""
        if self.gathered is not None:
            self.gathered.take(report, at=clock.wall())

    def keep_only(self, workers: set[str]) -> None:
        """Take in who is there; who quit is as lost as who was killed."""
        if self.gathered is not None and self.state in ("warming up", "running", "draining"):
            self._gone = [name for name in self._told if name not in workers]
            for name in self._gone:
                self.gathered.lose(name)

    def wards(self) -> int | None:
        """Return how many users there should be now; None where the load is over."""
        if self.error is not None:
            return None
        gathered = self.gathered
        if gathered is None or self.state in ("idle", "over"):
            return asked_of(self._options()).warm_up_wards
        now = clock.wall()
        if gathered.began is None or now < gathered.began:
            return gathered.asked.warm_up_wards
        elapsed = gathered.elapsed(now)
        if isinstance(gathered.asked, KneeSearch):
            look_at_probe(gathered, gathered.asked, elapsed)
        return None if gathered.asked.is_over(elapsed) else gathered.asked.wards_at(elapsed)

    def drain(self) -> None:
        """End the load: wait for every worker's last word, and judge."""
        gathered = self.gathered
        if gathered is None or self.state in ("idle", "over", "draining"):
            return
        self.state, gathered.ended = "draining", clock.wall()
        for name in self._told:
            self._workers.drain(name)
        give_up = clock.now() + gathered.spec.grace_seconds + DRAIN_SECONDS
        while not gathered.is_final and clock.now() < give_up:
            gevent.sleep(LOOK_SECONDS)
        self._next_cohort = 1 + max((one.cohort for one in gathered.counts), default=self._next_cohort)
        gathered.count_surplus(self._held, events_held(gathered.spec, gathered.plan))
        knee = gathered.asked.knee() if isinstance(gathered.asked, KneeSearch) else None
        self.report = summarise(gathered, repeat=self._options().repeat, knee=knee)
        self.judged_so_far = Judged(self.report.patients, self.report.score, self.report.score_at_rest)
        self.state = "over"

    def refuse(self, error: PulsetrainError) -> None:
        """Take in that the load cannot be, and stop the test."""
        self.error, self.state = error, "over"
        gevent.spawn(self._workers.stop_test)

    def _task(self, spec: LoadSpec, asked: Asked, *, shard: int, name: str) -> ShardTask:
        return ShardTask(
            load=spec,
            shard=shard,
            shards=len(self._told),
            cohort=self._next_cohort,
            worker=name,
            rate_per_ward=asked.rate / asked.wards,
        )

    def _watch(self, gathered: Gathered) -> None:
        """Let all begin once all are ready; then look after the load until it is over."""
        if not self._all_ready(gathered):
            return
        clocks = offsets_of(self._told, self._workers.offset)
        told = {name: 0.0 if found is None else found.ahead_ms for name, found in clocks.items()}
        for name in self._told:
            self._workers.begin(name, told[name])
            gathered.note_clock(name, clocks[name])
        gevent.spawn(self._watch_clocks, gathered, told)
        self._warm_up(gathered)
        if self.state != "warming up" or gathered is not self.gathered:
            return
        self.state = "running"
        judged = clock.now()
        while self.state == "running" and gathered is self.gathered:
            if gathered.error:
                self._workers.stop_test()
                return
            if self._judges_meanwhile and clock.now() - judged > JUDGE_SECONDS:
                self.judged_so_far, judged = gathered.judge.judge(), clock.now()
            gevent.sleep(LOOK_SECONDS)

    def _watch_clocks(self, gathered: Gathered, told: dict[str, float]) -> None:
        """Measure the clocks again from time to time, and tell a worker whose clock has moved."""
        asked = clock.now()
        while gathered is self.gathered and self.state in ("warming up", "running"):
            gevent.sleep(LOOK_SECONDS)
            if clock.now() - asked < CLOCK_SECONDS:
                continue
            for name, found in offsets_of(self._told, self._workers.offset).items():
                gathered.note_clock(name, found)
                if found is not None and found.is_surely_not(told[name]):
                    self._workers.correct(name, found.ahead_ms)
                    told[name] = found.ahead_ms
            asked = clock.now()

    def _warm_up(self, gathered: Gathered) -> None:
        """Let the load go on unmeasured for the warm-up, and until a consumer that starts keeps up."""
        length = gathered.spec.warm_up_seconds
        start = clock.wall()
        latest = start + length + (SETTLE_SECONDS if length else 0.0)

        def goes_on() -> bool:
            now = clock.wall()
            return now < start + length or (now < latest and _lag_seconds(gathered) > KEEPS_UP_SECONDS)

        while goes_on() and self.state == "warming up" and not gathered.error:
            gevent.sleep(LOOK_SECONDS)
        # A whole second, so that every second measured is whole.
        gathered.began = float(ceil(clock.wall()))
        for name in self._told:
            self._workers.measure(name, gathered.began, gathered.until)
        gevent.sleep(max(0.0, gathered.began - clock.wall()))

    def _all_ready(self, gathered: Gathered) -> bool:
        give_up = clock.now() + gathered.spec.grace_seconds
        while sum(one.is_ready for one in gathered.counts) < len(self._told):
            if self.state != "warming up" or gathered is not self.gathered:
                return False
            if gathered.error:
                self.refuse(TransportError(gathered.error))
                return False
            if self._gone:
                self.refuse(TransportError(f"worker {self._gone[0]} was lost before the load began. Start it again."))
                return False
            if clock.now() > give_up:
                self.refuse(_never_answered(gathered))
                return False
            gevent.sleep(LOOK_SECONDS)
        return True


def _lag_seconds(gathered: Gathered) -> float:
    return max((one.lag_seconds for one in gathered.counts), default=0.0)


def _seeking(options: Namespace, asked: Asked, spec: LoadSpec) -> KneeSearch | None:
    if not options.find_knee:
        return None
    if asked.shape != "constant":
        raise UsageError(f'--find-knee chooses its own rates: leave --shape "{asked.shape}" out.')
    return KneeSearch(
        rate=asked.rate,
        wards=asked.wards,
        slo_ms=spec.slo_ms,
        lag_ms_max=LAG_P99_MS_MAX,
        cpu_share_max=CPU_SHARE_MAX,
        seconds=asked.seconds,
    )


def _check_shards(spec: LoadSpec, plan: Plan, shards: int) -> None:
    partitions = plan.scenario.catalog.partitions
    if shards > partitions:
        raise UsageError(f"{shards} workers cannot share {partitions} partitions. Start at most {partitions}.")
    if shards > 1 and spec.consumer == EXTERNAL:
        raise UsageError(
            f"{shards} workers cannot measure --consumer external: "
            "none knows when what another sent was due. Start one."
        )
    if shards > 1 and plan.consumer is not None and len(plan.consumer.stages) > 1:
        raise UsageError(
            f"{plan.consumer.name} has {len(plan.consumer.stages)} stages, whose keys cross partitions; "
            "one worker alone can know what follows from what is sent. Start one."
        )


def _never_answered(gathered: Gathered) -> TransportError:
    spec = gathered.spec
    if any(one.answers_clock for one in gathered.counts) or gathered.plan.consumer is None:
        return TransportError(f"the load was not ready within --grace {spec.grace}: its world takes longer to make.")
    return TransportError(
        f"the consumer did not answer clock.ticked within --grace {spec.grace}. Start it: pulsetrain consume "
        f"{spec.scenario} --transport {spec.transport}, or give --consumer external for one that answers no ticks."
    )

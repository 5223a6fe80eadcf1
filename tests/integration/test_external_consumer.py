"""A consumer of its own beside the harness, on librdkafka's mock cluster: in lockstep, free, broken, silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import msgspec
import pytest

from simulator.codecs.decisions import ClockCodec, DecisionCodec
from simulator.consumers import InProcessConsumer, Wiring
from simulator.core.catalog import Topic
from simulator.core.clock import ClockReached
from simulator.core.decisions import Decision
from simulator.core.errors import TransportError
from simulator.core.events import Event
from simulator.core.records import Record, record_batch
from simulator.core.time import SimTime
from simulator.harness.plan import make_plan
from simulator.harness.result import Report, Run
from simulator.harness.run import run
from simulator.harness.spec import RunSpec
from simulator.transports import open_transport
from simulator.transports.kafka_mock import MockCluster
from tests.tiny_scenario import ALARM, CATALOG, REACTION_TIME, Fever

pytestmark = pytest.mark.usefixtures("tiny")


class Deaf:
    """An audit that nobody reads."""

    def received(self, event: Event) -> None:
        """Do nothing."""

    def intact(self, records: Sequence[Record]) -> bool:
        return False

    def undecodable(self, record: Record) -> None:
        """Do nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    """Give a cluster with the topics of a run."""
    mock = MockCluster()
    # The dead letters too: no client can make a topic on this cluster.
    mock.create_topics([*CATALOG.topics(), Topic(CATALOG.topic("dead-letters"), CATALOG.partitions)])
    yield f"kafka://{mock.bootstrap}"
    mock.close()


def spec_on(url: str, **options: object) -> RunSpec:
    """Return a run whose consumer is somebody else."""
    fields = {"scenario": "tiny-v1", "transport": url, "consumer": "external", "duration": "4h", **options}
    return RunSpec(**fields)  # type: ignore[arg-type]  # by name


@contextmanager
def beside(work: Callable[[], None]) -> Iterator[Future[None]]:
    """Do some work in a thread; its error is the test's."""
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(work)
        yield future
        future.result(timeout=60)


def lockstep(spec: RunSpec, *, further: int = 0) -> Callable[[], None]:
    """Return the work of a consumer that answers each tick, and one that comes `further` after the end."""
    plan = make_plan(spec)
    assert plan.kafka_config is None

    def work() -> None:
        transport = open_transport(spec.transport)
        wiring = Wiring(plan.scenario.catalog, plan.codec(), plan.size.seed, spec.topic_prefix)
        consumer = plan.scenario.consumers["reference"]()
        runner = InProcessConsumer(consumer, wiring=wiring, transport=transport, audit=Deaf())
        for until in [*plan.instants(), *[SimTime(plan.size.end + further)] * (further > 0)]:
            runner.advance(until)
            transport.flush()
        transport.close()

    return work


def alarm(cause: str, *, time: int) -> bytes:
    """Return a decision as somebody may write it."""
    subject = cause.split("/")[2]
    decision = Decision(
        type=ALARM.name,
        subject=subject,
        time=SimTime(time),
        caused_by=cause,
        data=Fever(celsius=39.0),
        id=f"my/{cause}",
    )
    return DecisionCodec(CATALOG, seed=42).encode(decision)


def answers(time: SimTime) -> list[bytes]:
    """Return the answers of all partitions to the tick of `time`."""
    codec = ClockCodec(CATALOG, seed=42)
    return [codec.encode(ClockReached(time=time, partition=partition)) for partition in range(CATALOG.partitions)]


def write_decisions(url: str, *values: bytes) -> None:
    """Write records to the decisions topic."""
    transport = open_transport(url)
    transport.create_topics(CATALOG.topics(), must_be_empty=False)
    transport.publish(record_batch("tiny.decisions", [(0, 0, b"", value) for value in values]))
    transport.flush()
    transport.close()


def told(run: Run) -> tuple[object, ...]:
    """Return what must not depend on where the consumer is."""
    report: Report = run.report
    sums = report.events_sha256, report.labels_sha256, report.decisions_sha256
    refused = report.backdated_decisions, report.postdated_decisions, report.dead_letters
    return *sums, report.verdict, report.score, report.delivery, report.repeated_decisions, refused


@pytest.mark.parametrize(
    ("fault", "further"),
    [((), 0), (("late:0.3,mean=3h",), 1), (("reorder:0.5,within=40m",), 1), (("corrupt:0.1",), 0)],
    ids=["as it is", "what is late comes after the end", "what is overtaken comes after its tick", "dead letters"],
)
def test_lockstep_over_kafka_is_the_run_in_memory(url: str, fault: tuple[str, ...], further: int) -> None:
    spec = spec_on(url, fault=fault, subjects=100)
    with beside(lockstep(spec, further=further)):
        over_kafka = run(spec)
    in_memory = RunSpec(scenario="tiny-v1", duration="4h", fault=fault, subjects=100)
    assert told(over_kafka) == told(run(in_memory))
    assert over_kafka.report.events > run(msgspec.structs.replace(in_memory, open_loop=True)).report.events


def test_the_consumer_in_this_process_decides_over_kafka_as_in_memory(url: str) -> None:
    fault = ("late:0.3,mean=3h",)
    over_kafka = run(spec_on(url, consumer="reference", fault=fault))
    assert told(over_kafka) == told(run(RunSpec(scenario="tiny-v1", duration="4h", fault=fault)))


def test_in_open_loop_decisions_are_heard_once_and_nonsense_is_counted(url: str) -> None:
    spec = spec_on(url, open_loop=True)

    def work() -> None:
        transport = open_transport(url)
        subscription = transport.subscribe(["tiny.vitals"])
        while not (records := subscription.poll(maximum=1, timeout_seconds=1.0)):
            continue
        transport.close()
        cause, now = make_plan(spec).codec().decode(records[0]).id, records[0].timestamp
        heard_twice, made_up = (alarm(one, time=now) for one in (cause, cause.rpartition("/")[0] + "/99999"))
        early = alarm(cause, time=now - 1).replace(b'"id":"my', b'"id":"early')
        last = answers(make_plan(spec).size.end)
        ahead = alarm(cause, time=make_plan(spec).size.end + 2).replace(b'"id":"my', b'"id":"ahead')
        write_decisions(url, b"nonsense", heard_twice, heard_twice, early, ahead, made_up, *last)

    with beside(work):
        heard = run(spec)
    report = heard.report
    assert (report.decisions, report.repeated_decisions, report.dead_letters) == (2, 1, 1)
    assert (report.phantom_decisions, report.backdated_decisions, report.verdict) == (1, 1, "fail")
    assert (report.postdated_decisions, len(heard.history.latencies_ms)) == (1, report.decisions)
    assert (report.delivery.received, report.delivery.lost) == (report.events, 0)


def test_a_decision_that_claims_to_be_older_than_it_is_changes_no_past(url: str) -> None:
    spec = spec_on(url, duration="8h")
    cause = f"tiny-v1/42/{CATALOG.subject_name(0)}/temperature.measured/0"

    def work() -> None:
        transport = open_transport(url)
        subscription = transport.subscribe(["tiny.vitals"])
        while not subscription.poll(maximum=200, timeout_seconds=1.0):
            continue
        transport.close()
        write_decisions(url, alarm(cause, time=0))
        lockstep(spec)()

    with beside(work):
        run(spec)
    transport = open_transport(url)
    medicines = transport.subscribe(["tiny.treatments"]).poll(timeout_seconds=10.0)
    transport.close()
    assert min(record.timestamp for record in medicines) >= spec_start() + REACTION_TIME


def test_in_lockstep_nobody_may_wait_for_what_follows_and_date_it_back(url: str) -> None:
    spec = spec_on(url)
    plan = make_plan(spec)

    def work() -> None:
        transport = open_transport(url)
        vitals, clock = transport.subscribe(["tiny.vitals"]), transport.subscribe(["tiny.clock"])
        foreseen: list[bytes] = []
        for until in plan.instants():
            for _ in range(CATALOG.partitions):
                while not clock.poll(maximum=1, timeout_seconds=1.0):
                    continue
            write_decisions(url, *foreseen, *answers(until))
            if not foreseen:
                (first,) = vitals.poll(maximum=1, timeout_seconds=10.0)
                foreseen.append(alarm(plan.codec().decode(first).id, time=first.timestamp))
        transport.close()

    with beside(work):
        report = run(spec).report
    repeats = len(list(plan.instants())) - 2
    assert (report.decisions, report.backdated_decisions, report.repeated_decisions) == (0, 1, repeats)
    assert "1 decisions are dated before their cause was published, or in a step that was answered" in report.reasons[0]


def test_a_consumer_that_does_not_answer_is_not_waited_for_for_ever(url: str) -> None:
    with pytest.raises(TransportError) as ended:
        run(spec_on(url, grace="300ms"))
    assert str(ended.value) == (
        "the consumer did not answer clock.ticked within --grace 300ms. Start it (`pulsetrain consume`), "
        "or give --open-loop or --speed for one that answers no ticks."
    )


def test_nobody_decides_and_everything_is_read_back(url: str) -> None:
    report = run(spec_on(url, consumer="none")).report
    assert (report.verdict, report.reasons) == ("inconclusive", ("nothing was decided",))
    assert report.delivery.received == report.events > 0


def spec_start() -> int:
    """Return when the runs begin."""
    return int(make_plan(RunSpec(scenario="tiny-v1")).size.start)

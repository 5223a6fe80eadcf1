"""A run: the same whatever makes it, closed or open, and judged by what was asked."""

from __future__ import annotations

import pytest

import simulator as pt
from simulator.codecs.decisions import DecisionCodec
from simulator.core.decisions import Decision
from simulator.core.errors import UsageError
from simulator.core.records import Record, record_batch
from simulator.core.time import SimTime
from simulator.harness.deciding import Observer, make_decider
from simulator.harness.feed import WorldFeed
from simulator.harness.listening import make_reader
from simulator.harness.pacing import Pacer
from simulator.harness.plan import make_plan
from simulator.harness.result import Latency, Progress, Report, latency_of
from simulator.harness.spec import RunSpec
from simulator.harness.wire import Wire
from simulator.scoring import DeliveryAudit
from simulator.transports.memory import MemoryTransport
from simulator.transports.protocol import Subscription
from tests.tiny_scenario import ALARM, CATALOG, Fever

pytestmark = pytest.mark.usefixtures("tiny")


def digests(report: Report) -> tuple[str, str, str]:
    """Return what must be equal when two runs should be."""
    return report.events_sha256, report.labels_sha256, report.decisions_sha256


def test_the_reference_finds_every_fever() -> None:
    run = pt.run("tiny")
    assert (run.verdict, run.score["sensitivity"], run.score["ppv"]) == ("pass", 1.0, 1.0)
    assert run.report.delivery.published == run.report.delivery.received == run.report.events


@pytest.mark.parametrize(("workers", "loop"), [(2, "closed"), (8, "open")])
def test_workers_do_not_show(workers: int, loop: str) -> None:
    faults = ("late:0.1,mean=20m", "duplicate:0.05")
    one = pt.run("tiny", open_loop=loop == "open", fault=faults)
    many = pt.run("tiny", open_loop=loop == "open", fault=faults, workers=workers)
    assert digests(many.report) == digests(one.report)
    assert (many.report.delivery, many.verdict, many.score) == (one.report.delivery, one.verdict, one.score)


@pytest.mark.parametrize("step", ["1m", "7m", "30m"])
def test_the_step_does_not_show(step: str) -> None:
    assert digests(pt.run("tiny", step=step).report) == digests(pt.run("tiny").report)


def test_an_alarm_brings_medicine_in_closed_loop_alone() -> None:
    closed, opened = pt.run("tiny"), pt.run("tiny", open_loop=True)
    assert all(event.type != "medicine.given" for event in pt.events("tiny"))
    assert opened.report.events == sum(1 for _ in pt.events("tiny"))
    assert closed.report.events == opened.report.events + len(closed.decisions) > opened.report.events


def test_a_shard_is_part_of_the_whole() -> None:
    plan = make_plan(RunSpec(scenario="tiny", open_loop=True))
    whole, shard = WorldFeed(plan), WorldFeed(plan, shard=1, shards=3)
    for until in plan.instants():
        whole.step(until, ())
        shard.step(until, ())
    assert shard.digests() == {1: whole.digests()[1]}


@pytest.mark.parametrize("lost", [0, 1])
def test_an_observer_reads_until_all_that_was_sent_has_come_or_patience_ends(lost: int) -> None:
    plan = make_plan(RunSpec(scenario="tiny", consumer="none"))
    transport, audit = MemoryTransport(), DeliveryAudit(plan.scenario.catalog, seed=42)
    wire = Wire(plan, transport=transport, audit=audit)
    observer = Observer(Reluctant(transport.subscribe(["tiny.vitals"]), lost), plan.codec(), audit, grace_seconds=0.2)
    wire.send(WorldFeed(plan).step(plan.size.end, ()).batches, plan.size.end)
    observer.finish(wire)
    assert (wire.published - observer.read, audit.close(wire.ledger).lost) == (lost, lost)


def test_what_is_unreadable_is_no_loss_where_nobody_decides() -> None:
    delivery = pt.run("tiny", consumer="none", fault=("corrupt:0.1",)).report.delivery
    assert (delivery.lost, delivery.phantom, delivery.received) == (0, 0, delivery.published - delivery.faults)
    assert delivery.faults > 20


def test_at_a_pace_a_late_decision_is_known_when_it_is_heard() -> None:
    plan = make_plan(RunSpec(scenario="tiny", consumer="external", transport="kafka://none:1", speed=60.0))
    transport, audit = MemoryTransport(), DeliveryAudit(plan.scenario.catalog, seed=42)
    wire, start = Wire(plan, transport=transport, audit=audit), plan.size.start
    reader = make_reader(plan, transport, Pacer(start, 60.0))
    decider = make_decider(plan, wire, reader, audit=audit)
    late = [alarm(number, SimTime(start + number)) for number in (1, 200, 2_000)]
    codec = DecisionCodec(CATALOG, seed=42)
    decider.after(SimTime(start + 1_000))
    transport.publish(record_batch("tiny.decisions", [(0, start, b"", codec.encode(one)) for one in late]))
    heard = decider.after(SimTime(start + 3_000))
    assert [one.time - start for one in heard] == [1_000, 1_000, 2_000]
    assert [one.id for one in heard] == [one.id for one in late]
    assert reader.heard.decisions == late


def alarm(number: int, time: SimTime) -> Decision:
    """Return a decision about a patient."""
    return Decision(
        type=ALARM.name, subject=CATALOG.subject_name(number), time=time, caused_by="any", data=Fever(celsius=39.0)
    )


class Reluctant:
    """A subscription that gives one record at a time, and loses the first few."""

    def __init__(self, subscription: Subscription, lost: int) -> None:
        """Give all the records of `subscription` but the first `lost`."""
        self._subscription, self._lost = subscription, lost

    def poll(self, *, maximum: int = 500, timeout_seconds: float = 0.0) -> list[Record]:
        """Return a record, or none when there is none."""
        self._lost, skipped = 0, self._lost
        return [self._subscription.poll(maximum=1, timeout_seconds=0.0) for _ in range(skipped + 1)][-1]

    def close(self) -> None:
        """Do nothing."""


def test_silence_is_inconclusive() -> None:
    run = pt.run("tiny", consumer="deaf")
    assert (run.verdict, run.report.reasons) == ("inconclusive", ("nothing was decided",))


def test_a_condition_that_is_not_met_fails_by_name() -> None:
    run = pt.run("tiny", require=("alarms_per_subject<=0.5",))
    assert run.verdict == "fail"
    assert run.report.reasons[0].startswith("alarms_per_subject ")


def test_what_comes_after_the_end_is_still_decided_on() -> None:
    late = pt.run("tiny", subjects=200, duration="2h", open_loop=True, fault=("late:1,mean=6h",))
    plain = pt.run("tiny", subjects=200, duration="2h", open_loop=True)
    alarmed = {decision.subject for decision in late.decisions}
    assert alarmed == {decision.subject for decision in plain.decisions}
    assert (late.report.delivery.lost, late.report.delivery.received) == (0, plain.report.events)


def test_progress_ends_at_the_end_with_nothing_left_to_read() -> None:
    seen: list[Progress] = []
    run = pt.run("tiny", on_progress=seen.append)
    last = seen[-1]
    assert (last.now, last.events, last.decisions, last.lag) == (last.end, run.report.events, len(run.decisions), 0)
    assert [one.now for one in seen] == sorted({one.now for one in seen})


def test_events_are_those_of_the_run_in_order_of_publication() -> None:
    events = list(pt.events("tiny", subjects=10))
    assert len(events) == pt.run("tiny", subjects=10, consumer="none").report.events
    assert [event.published_at for event in events] == sorted(event.published_at for event in events)


def test_the_judge_alone_agrees_with_the_run() -> None:
    run = pt.run("tiny")
    judged = pt.score("tiny", run.decisions, run.labels)
    assert (judged.verdict, judged.score["sensitivity"], judged.score["ppv"]) == ("pass", 1.0, 1.0)


def test_the_judge_alone_takes_more_conditions_and_relaxes_one_by_its_name() -> None:
    run = pt.run("tiny")
    assert pt.score("tiny", run.decisions[:1], run.labels).verdict == "fail"
    assert pt.score("tiny", run.decisions[:1], run.labels, require=["ppv>=1"]).verdict == "fail"
    assert pt.score("tiny", run.decisions[:1], run.labels, require=["sensitivity>0"]).verdict == "pass"
    assert pt.score("tiny", run.decisions, run.labels, require=["alarms_per_subject<=0"]).verdict == "fail"
    assert pt.score("tiny", [], run.labels).verdict == "inconclusive"
    with pytest.raises(UsageError, match='no score "pvp"'):
        pt.score("tiny", run.decisions, run.labels, require=["pvp>=1"])


def test_latencies_are_summed_up_in_percentiles() -> None:
    assert latency_of([float(value) for value in range(101)]) == Latency(50.0, 95.0, 99.0, 100.0)
    assert latency_of([]) == Latency(None, None, None, None)

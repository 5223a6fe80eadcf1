"""Consume: decode, audit and decide, in this process."""

from __future__ import annotations

from benchmarks.measuring import Cost, cost_of
from simulator.consumers import run_in_list
from simulator.core.events import Event
from simulator.core.records import Record
from simulator.harness.feed import WorldFeed
from simulator.harness.plan import Plan, make_plan
from simulator.harness.run import run
from simulator.harness.spec import RunSpec
from simulator.harness.streaming import batch_records


def decode(plan: Plan, records: list[Record]) -> Cost:
    """Decode records into events."""
    codec = plan.codec()

    def work() -> int:
        return sum(1 for record in records if codec.decode(record))

    return cost_of(work)


def decide(plan: Plan, events: list[Event]) -> Cost:
    """Let the reference consumer decide over decoded events."""
    consumer = plan.scenario.consumers["reference"]()
    families = {one.name for one in plan.scenario.catalog.event_types if one.family in consumer.families}
    seen = [event for event in events if event.type in families]

    def work() -> int:
        run_in_list(consumer, seen, until=plan.size.end)
        return len(seen)

    return cost_of(work)


def default_run() -> Cost:
    """Execute the default run whole: closed loop, memory, NEWS2, the verdict."""
    return cost_of(lambda: run(RunSpec(scenario="sepsis")).report.events)


def records_of(subjects: int) -> tuple[Plan, list[Record]]:
    """Return the records of an open-loop run of some patients."""
    plan = make_plan(RunSpec(scenario="sepsis", subjects=subjects, consumer="none"))
    feed = WorldFeed(plan)
    fed = [feed.step(until, ()) for until in plan.instants()]
    return plan, [record for one in fed for batch in one.batches for record in batch_records(batch)]

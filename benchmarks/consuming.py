"""Consume in this process: decode, and decide."""

from __future__ import annotations

from benchmarks.generating import plan_of, ready_batches
from benchmarks.measuring import Cost, Findings, cheapest, cost_of
from benchmarks.sizes import Sizes
from simulator.consumers import run_in_list
from simulator.core.events import Event
from simulator.core.records import Record
from simulator.harness.plan import Plan
from simulator.harness.streaming import batch_records


def measure_consuming(sizes: Sizes) -> Findings:
    """Measure decoding, and the reference consumer's decisions."""
    plan = plan_of(subjects=sizes.consumed_subjects, duration=sizes.duration)
    records = [record for batch in ready_batches(plan) for record in batch_records(batch)]
    codec = plan.codec()
    events = [codec.decode(record) for record in records]
    return Findings(
        {
            "decode": cheapest(lambda: decode(plan, records), goes=sizes.goes),
            "decide (NEWS2, in memory)": cheapest(lambda: decide(plan, events), goes=sizes.goes),
        }
    )


def decode(plan: Plan, records: list[Record]) -> Cost:
    """Decode records into events."""
    codec = plan.codec()

    def work() -> int:
        for record in records:
            codec.decode(record)
        return len(records)

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

"""Generate, order, encode, digest: the way of an event up to its bytes."""

from __future__ import annotations

import numpy as np

from benchmarks.goals import STAGES
from benchmarks.measuring import Cost, Costs, Findings, cost_of, least
from benchmarks.sizes import Sizes
from simulator.codecs.assembly import assemble
from simulator.core.digest import StreamDigest
from simulator.core.draws import Draws
from simulator.core.partitioning import partitions_of_subjects
from simulator.core.records import RecordBatch
from simulator.core.scenario import WorldSetup
from simulator.core.sequencing import Sequencer
from simulator.harness.feed import WorldFeed
from simulator.harness.plan import Plan, make_plan
from simulator.harness.spec import RunSpec


def measure_stages(sizes: Sizes) -> Findings:
    """Measure each stage up to the bytes, over the same events."""
    plan = plan_of(subjects=sizes.stage_subjects, duration=sizes.duration)
    goes = [stages(plan) for _ in range(sizes.goes)]
    costs = {name: least([go[name] for go in goes]) for name in goes[0]}
    whole = min(sum(go[name].cpu_seconds for name in ("generate", "order", "encode")) for go in goes)
    together = Cost(costs["generate"].events, whole)
    costs["generate + order + encode"] = together
    return Findings(costs, {STAGES: together.events_per_cpu_second / 1e3})


def plan_of(*, subjects: int, duration: str, prefix: str = "") -> Plan:
    """Return the plan of an open-loop run of the sepsis scenario that nobody listens to."""
    spec = RunSpec(scenario="sepsis", subjects=subjects, duration=duration, consumer="none", topic_prefix=prefix)
    return make_plan(spec)


def stages(plan: Plan) -> dict[str, Cost]:
    """Return the cost of each stage of one run, stage by stage over the same events."""
    catalog, size, costs, codec = plan.scenario.catalog, plan.size, Costs(), plan.codec()
    subjects = np.arange(size.subjects, dtype=np.int64)
    sequencer = Sequencer(catalog, partitions_of_subjects(catalog, subjects))
    setup = WorldSetup(catalog, plan.parameters, Draws(size.seed), subjects, size.start, size.end)
    events, digest = 0, StreamDigest()
    with costs.measured("generate"):
        world = plan.scenario.make_world(setup)
    for until in plan.instants():
        with costs.measured("generate"):
            step = world.step(until, ())
        with costs.measured("order"):
            sequencer.push(step.blocks)
            sequenced = sequencer.release(until)
        with costs.measured("encode"):
            batches = assemble(sequenced, codec, catalog)
        with costs.measured("digest"):
            digest.add(batches)
        events += sum(map(len, batches))
    for cost in costs.by_name.values():
        cost.events = events
    return costs.by_name


def ready_batches(plan: Plan) -> list[RecordBatch]:
    """Return a whole run as records ready to be sent."""
    feed = WorldFeed(plan)
    return [batch for until in plan.instants() for batch in feed.step(until, ()).batches]


def fed(plan: Plan) -> Cost:
    """Return what it costs to make the world of a run, to feed it, and to drop what comes."""

    def feed_all() -> int:
        feed = WorldFeed(plan)
        return sum(len(batch) for until in plan.instants() for batch in feed.step(until, ()).batches)

    return cost_of(feed_all)

"""Generate, order, encode, digest: the way of an event up to its bytes."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import time
from functools import partial

import numpy as np

from benchmarks.measuring import Cost, Costs, cheapest, cpu_seconds
from simulator.codecs.assembly import assemble
from simulator.core.digest import StreamDigest
from simulator.core.draws import Draws
from simulator.core.partitioning import partitions_of_subjects
from simulator.core.records import RecordBatch
from simulator.core.scenario import WorldSetup
from simulator.core.sequencing import Sequencer
from simulator.harness.feed import WorldFeed
from simulator.harness.plan import Plan, make_plan
from simulator.harness.run import make_feed
from simulator.harness.spec import RunSpec


def plan_of(*, subjects: int, duration: str) -> Plan:
    """Return the plan of an open-loop run of the sepsis scenario that nobody listens to."""
    return make_plan(RunSpec(scenario="sepsis", subjects=subjects, duration=duration, consumer="none"))


def stages(plan: Plan) -> dict[str, Cost]:
    """Return the cost of each stage of one run, stage by stage over the same events."""
    catalog, size, costs, codec = plan.scenario.catalog, plan.size, Costs(), plan.codec()
    subjects = np.arange(size.subjects, dtype=np.int64)
    sequencer = Sequencer(catalog, partitions_of_subjects(catalog, subjects))
    setup = WorldSetup(catalog, plan.parameters, Draws(size.seed), subjects, size.start, size.end)
    world, digest = plan.scenario.make_world(setup), StreamDigest(catalog.partitions)
    events = 0
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


def fed(plan: Plan, *, shard: int = 0, shards: int = 1) -> Cost:
    """Return what it costs to feed a run, or a shard of it, and to drop what comes."""
    gc.collect()
    cpu, wall, events = cpu_seconds(), time.perf_counter(), 0
    feed = WorldFeed(plan, shard=shard, shards=shards)
    for until in plan.instants():
        events += sum(map(len, feed.step(until, ()).batches))
    return Cost(events, cpu_seconds() - cpu, time.perf_counter() - wall)


def cost_by_cohort() -> dict[int, Cost]:
    """Return the cost of feeding cohorts of several sizes, twelve hours each."""
    sizes = {1_000: 9, 10_000: 3, 100_000: 1}
    plans = {subjects: plan_of(subjects=subjects, duration="12h") for subjects in sizes}
    return {subjects: cheapest(partial(fed, plan), times=sizes[subjects]) for subjects, plan in plans.items()}


def speedup_of_two_workers(*, times: int = 3) -> float:
    """Return how many times faster `--workers 2` feeds a run than one process: wall, best of several goes.

    The clock starts after the first step: what starting a process costs is the same for any size.
    """
    alone = min(_feed_wall_seconds(workers=1) for _ in range(times))
    return alone / min(_feed_wall_seconds(workers=2) for _ in range(times))


def peak_memory_mib(duration: str) -> float:
    """Return the peak resident memory, in MiB, of a process that feeds 2,000 patients for `duration`."""
    return _in_process(_peak_mib, duration)


def _in_process(function: object, argument: str) -> float:
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        result: float = pool.apply(function, (argument,))  # type: ignore[arg-type]  # a function of this module
    return result


def _peak_mib(duration: str) -> float:
    fed(plan_of(subjects=2_000, duration=duration))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _feed_wall_seconds(*, workers: int) -> float:
    spec = RunSpec(scenario="sepsis", subjects=5_000, duration="72h", consumer="none", workers=workers)
    plan = make_plan(spec)
    feed = make_feed(plan)
    instants = plan.instants()
    feed.step(next(instants), ())
    began = time.perf_counter()
    for until in instants:
        feed.step(until, ())
    feed.digests()
    wall = time.perf_counter() - began
    feed.close()
    return wall

"""How cost and memory grow: with the cohort, with processes, with simulated time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from benchmarks.generating import fed, plan_of
from benchmarks.goals import COHORTS, FEED_MEMORY, RUN_MEMORY, WORKERS, WORKERS_READ
from benchmarks.measuring import Cost, Findings, in_fresh_process, least, median_ratio, peak_mib
from benchmarks.sizes import Sizes
from simulator.core.records import RecordBatch
from simulator.harness.plan import make_plan
from simulator.harness.run import make_feed, run
from simulator.harness.spec import RunSpec


def measure_cohorts(sizes: Sizes) -> Findings:
    """Measure a small and a large cohort over the same simulated time, the making of the world included.

    Each go of the large one is paired with the goes of the small one around it, added up.
    """
    plans = [plan_of(subjects=subjects, duration=sizes.cohort_duration) for subjects in sizes.cohorts]
    fed(plans[0])  # not counted: the first feed of a process loads the names
    small: list[Cost] = []
    large: list[Cost] = []
    for _ in range(sizes.goes):
        before = [fed(plans[0]) for _ in range(sizes.small_goes)]
        large.append(fed(plans[1]))
        small.append(_total(before + [fed(plans[0]) for _ in range(sizes.small_goes)]))
    costs = {
        f"feed {plan.size.subjects:,} patients": least(found) for plan, found in zip(plans, (small, large), strict=True)
    }
    return Findings(costs, {COHORTS: 1.0 / median_ratio(large, small)})


def measure_workers(sizes: Sizes) -> Findings:
    """Measure how many times faster two processes feed a run than one: the medians of pairs.

    Once with what a caller gets from each step let lie, and once with every key and value looked
    at, as a publisher does; that takes time in the one process that reads. Each begins in a process
    of its own, as a run does: one whose memory has grown already is faster than workers ever are.
    """
    figures = {}
    for figure, reads in ((WORKERS, False), (WORKERS_READ, True)):
        pairs = [
            [in_fresh_process(feed_wall_seconds, sizes, workers, reads) for workers in (1, 2)]
            for _ in range(sizes.goes)
        ]
        figures[figure] = statistics.median(alone / both for alone, both in pairs)
    return Findings(figures=figures)


def measure_memory(sizes: Sizes) -> Findings:
    """Measure the peak memory of whole processes, each new, with one cohort over a short and a long run.

    Patients are admitted all through the run, so that some are present at any time. Stays last
    days, so a short run holds more patients at once, and a long one more events.
    """
    findings = Findings()
    for figure, alone in ((FEED_MEMORY, True), (RUN_MEMORY, False)):
        what = "a feed" if alone else "a closed run"
        peaks = {days: in_fresh_process(peak_of_run, sizes.memory_subjects, days, alone) for days in sizes.days}
        findings.figures |= {f"peak memory of {what}, {days}, MiB": peak for days, peak in peaks.items()}
        short, long = (peaks[days] for days in sizes.days)
        findings.figures[figure] = long / short
    return findings


def peak_of_run(subjects: int, duration: str, feed_alone: bool) -> float:  # noqa: FBT001  # called from another process
    """Return the peak memory of this process, MiB, after it ran a feed, or a run with the reference consumer."""
    spec = RunSpec(
        scenario="sepsis",
        subjects=subjects,
        duration=duration,
        consumer="none" if feed_alone else "reference",
        set={"admission_share": 1.0},
    )
    if feed_alone:
        fed(make_plan(spec))
    else:
        run(spec)
    return peak_mib()


def _total(costs: Sequence[Cost]) -> Cost:
    return Cost(
        sum(cost.events for cost in costs),
        sum(cost.cpu_seconds for cost in costs),
        sum(cost.wall_seconds for cost in costs),
    )


def feed_wall_seconds(sizes: Sizes, workers: int, reads: bool) -> float:  # noqa: FBT001  # called from another process
    """Return how long a feed takes after its first step: to start a process costs the same for any size."""
    spec = RunSpec(
        scenario="sepsis", subjects=sizes.worker_subjects, duration=sizes.duration, consumer="none", workers=workers
    )
    plan = make_plan(spec)
    feed = make_feed(plan)
    instants = plan.instants()
    feed.step(next(instants), ())
    began = time.perf_counter()
    for until in instants:
        fed = feed.step(until, ())
        if reads:
            _read(fed.batches)
    feed.digests()
    wall = time.perf_counter() - began
    feed.close()
    return wall


def _read(batches: Sequence[RecordBatch]) -> None:
    for batch in batches:
        for _ in zip(batch.keys, batch.values, strict=True):
            pass

"""From what was gathered to the report of a load, and its verdict."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from loadtests.conditions import LOAD_METRICS
from loadtests.gathered import Gathered, quantiles
from loadtests.judge import Judged
from loadtests.knee import KneeSearch
from loadtests.outcome import ACHIEVED_SHARE_MIN, Knee, LoadReport, LoadVerdict, StepReport, Window
from loadtests.seconds import Second, total
from loadtests.shapes import Span
from loadtests.spec import names_of_conditions
from simulator.core.scenario import Metric
from simulator.harness.result import versions
from simulator.scoring import Requirement, gaps, parse_requirement, unmet

LAG_P99_MS_MAX = 10.0  # our choice: what the generator itself may add to a latency of some ten milliseconds
CPU_SHARE_MAX = 0.9  # our choice, of one processor: a worker this busy measures itself
BUSY_CPU_SHARE = 0.6  # our choice, of one processor: below it a worker had time to spare
EDGE_SECONDS = 2.0  # our choice: how long Locust may take until its users follow a step
WINDOW_SECONDS = 5  # our choice: long enough for a p99, short enough for several in a minute


def summarise(gathered: Gathered, *, repeat: str = "", knee: Knee | None = None) -> LoadReport:
    """Return the report of a load that is over."""
    judged = gathered.judge.judge()
    measured = gathered.measured()
    whole, seconds = total(measured), float(len(measured))
    offered, achieved = whole.counts["due"], whole.counts["sent"]
    delivery = gathered.delivery()
    report = LoadReport(
        scenario=gathered.plan.scenario.id,
        seed=gathered.plan.size.seed,
        consumer=gathered.spec.consumer,
        shape=gathered.asked.shape,
        verdict="inconclusive",
        reasons=(),
        repeat=repeat,
        seconds=round(seconds, 3),
        asked_per_second=_rate(gathered.asked.events(0.0, seconds), seconds) or 0.0,
        offered_per_second=_rate(offered, seconds),
        achieved_per_second=_rate(achieved, seconds),
        achieved_share=round(achieved / offered, 5) if offered else None,
        latency_ms=quantiles(whole, "latency"),
        service_ms=quantiles(whole, "service"),
        schedule_lag_ms=quantiles(whole, "lag"),
        acknowledgement_ms=quantiles(whole, "acknowledgement"),
        staleness_ms=quantiles(whole, "staleness"),
        late=whole.counts["late"],
        delivery=delivery,
        score=judged.score,
        score_at_rest=judged.at_rest,
        patients=judged.patients,
        shards=tuple(gathered.counts),
        steps=_steps(gathered),
        windows=_windows(gathered),
        knee=knee,
        versions=versions(),
    )
    return _judged(gathered, report)


def values_of(report: LoadReport) -> dict[str, float | None]:
    """Return all that a condition can name, by name."""
    latency, delivery = report.latency_ms, report.delivery
    own: dict[str, float | None] = {
        "p50_ms": latency.p50,
        "p95_ms": latency.p95,
        "p99_ms": latency.p99,
        "p999_ms": latency.p999,
        "max_ms": latency.max,
        "missing": delivery.missing,
        "twice": delivery.twice,
        "late": report.late,
        "unexpected": delivery.unexpected,
        "out_of_order": delivery.out_of_order,
        "achieved_share": report.achieved_share,
        "achieved_per_second": report.achieved_per_second,
        "schedule_lag_p99_ms": report.schedule_lag_ms.p99,
    }
    assert own.keys() == set(LOAD_METRICS)
    return {**report.score, **own}


def unfounded(report: LoadReport, requirements: Sequence[Requirement]) -> list[str]:
    """Return a text for each condition on what has no value."""
    delivery = report.delivery
    unknown = {name for name in ("missing", "unexpected") if getattr(delivery, name) is None}
    found = [
        f"{one.name} is required, but what must follow is unknown: the consumer is {report.consumer}"
        for one in requirements
        if one.name in unknown
    ]
    others = [one for one in requirements if one.name not in unknown]
    return found + (gaps(values_of(report), others) if others else [])


def worse_than_at_rest(
    metrics: Sequence[Metric], score: dict[str, float | None], at_rest: dict[str, float | None]
) -> list[str]:
    """Return a text for each metric that is worse than a faultless consumer's."""
    found = []
    for metric in metrics:
        loaded, rest = score.get(metric.name), at_rest.get(metric.name)
        if loaded is None or rest is None or metric.better == "neither":
            continue
        loss = rest - loaded if metric.better == "higher" else loaded - rest
        if loss > 1e-9 * max(1.0, abs(rest)):
            found.append(f"{metric.name} {loaded:.4g} is worse than {rest:.4g} at rest")
    return found


def _judged(gathered: Gathered, report: LoadReport) -> LoadReport:
    # A search goes beyond what is sustained on purpose, so the whole of it is no load that was asked for.
    invalid = _invalid(gathered, report) if report.knee is None else _not_found(gathered, report.knee)
    failed = _failed(gathered, report)
    known = names_of_conditions(gathered.plan)
    requirements = [parse_requirement(text, known=known) for text in gathered.spec.require]
    held = _at_knee(gathered, report)
    values = values_of(held)
    decided = report.delivery.seen > 0
    doubts = [] if decided else ["no decision came: is the consumer there, and does it read these topics?"]
    failed += unmet(values, requirements) if decided else []
    doubts += unfounded(held, requirements) if decided else []
    verdict: LoadVerdict = "pass"
    if invalid:
        verdict = "invalid"
    elif failed and decided:
        verdict = "fail"
    elif doubts:
        verdict = "inconclusive"
    fields = {name: getattr(report, name) for name in report.__struct_fields__}
    return LoadReport(**{**fields, "verdict": verdict, "reasons": (*invalid, *failed, *doubts)})


def _invalid(gathered: Gathered, report: LoadReport) -> list[str]:
    """Return why the load was not the one asked for, if it was not."""
    counts, found = gathered.counts, list[str]()
    if gathered.error:
        found.append(gathered.error)
    found += [f"worker {one.worker or one.shard} of shard {one.shard} was lost" for one in counts if one.is_lost]
    if not gathered.is_final:
        found.append("a worker did not say its last word: what it saw at the end is not known")
    share = (report.offered_per_second or 0.0) / report.asked_per_second if report.asked_per_second else 0.0
    if share < ACHIEVED_SHARE_MIN:
        found.append(f"the load asked for was not offered: {share:.1%} of {report.asked_per_second:,.0f} events/s")
    if (report.achieved_share or 0.0) < ACHIEVED_SHARE_MIN:
        found.append(f"the rate was missed: {report.achieved_share or 0.0:.1%} of what was due was sent in time")
    lag = report.schedule_lag_ms.p99
    if lag is not None and lag > LAG_P99_MS_MAX:
        starved, refused = sum(one.starved for one in counts), sum(one.refused for one in counts)
        is_busy = gathered.cpu_share() > BUSY_CPU_SHARE
        why = "the worker was too busy" if is_busy else "other work on this machine kept it waiting"
        why = "nothing was generated in time" if starved else why
        why = "the Kafka client's queue was full" if refused else why
        found.append(f"the generator lagged: schedule lag p99 {lag:.1f} ms, above {LAG_P99_MS_MAX:g} ms; {why}")
    found += _surplus(gathered)
    if gathered.cpu_share() > CPU_SHARE_MAX:
        found.append(f"a worker was saturated: {gathered.cpu_share():.0%} of a processor")
    return found


def _surplus(gathered: Gathered) -> list[str]:
    """Return a text where the consumer was given other events than were sent."""
    count = gathered.surplus
    return [f"{count:,} events lie in their topics that were not sent, or were written twice"] if count else []


def _not_found(gathered: Gathered, knee: Knee) -> list[str]:
    """Return why a search proves nothing, if it does not."""
    found = [gathered.error] if gathered.error else []
    found += _surplus(gathered)
    if knee.limited_by == "generator":
        found.append(f"the generator was the limit at {knee.not_sustained:,.0f} events/s: {knee.reason}")
    return found


def _at_knee(gathered: Gathered, report: LoadReport) -> LoadReport:
    """Return what conditions are held against: of a search that found a rate, the figures of its probe."""
    best = gathered.asked.best if isinstance(gathered.asked, KneeSearch) else None
    if best is None:
        return report
    step = step_report(gathered, best, edge=0.0)
    offered, achieved = step.offered_per_second, step.achieved_per_second
    return replace(
        report,
        latency_ms=step.latency_ms,
        schedule_lag_ms=step.schedule_lag_ms,
        achieved_per_second=achieved,
        achieved_share=None if not offered or achieved is None else round(achieved / offered, 5),
        late=step.late,
        delivery=replace(report.delivery, missing=step.missing),
        score={name: step.score.get(name) for name in report.score},
    )


def _failed(gathered: Gathered, report: LoadReport) -> list[str]:
    delivery = report.delivery
    counts = {
        "events were never acknowledged": delivery.failed,
        "decisions are missing": delivery.missing,
        "decisions came out of order": delivery.out_of_order,
        "records of the decisions topic are no decisions": delivery.unreadable,
        "decisions follow from nothing that was sent": delivery.unexpected,
    }
    found = (
        [] if report.knee is None or report.knee.events_per_second else [f"no rate was sustained: {report.knee.reason}"]
    )
    found += [f"{count:,} {what}" for what, count in counts.items() if count]
    # Of a search the score is a matter of each probe: the whole of it holds rates beyond what is sustained.
    metrics = [] if report.knee else gathered.plan.scenario.metrics
    return found + worse_than_at_rest(metrics, report.score, report.score_at_rest)


def _steps(gathered: Gathered) -> tuple[StepReport, ...]:
    if gathered.began is None:
        return ()
    length = gathered.elapsed(0.0)
    # Of a load that was stopped: what never began is no step, and the last one ends where the load did.
    spans = [
        Span(one.name, one.start, min(one.stop, length)) for one in gathered.asked.spans(length) if one.start < length
    ]
    return tuple(step_report(gathered, span, edge=EDGE_SECONDS if len(spans) > 1 else 0.0) for span in spans)


def step_report(gathered: Gathered, span: Span, *, edge: float) -> StepReport:
    """Return what came of a span of the load, its edges left out.

    These are its first `edge` seconds, and half as many at its end.
    """
    assert gathered.began is not None
    began = gathered.began
    start, stop = began + span.start + edge, began + span.stop - edge / 2
    seconds = gathered.seconds.between(start, stop)
    whole, length = total(seconds), float(len(seconds))
    judged = _judged_between(gathered, start, stop) if len(gathered.asked.spans(1.0)) > 1 else Judged(0, {}, {})
    return StepReport(
        name=span.name,
        start_seconds=round(span.start, 1),
        seconds=len(seconds),
        asked_per_second=_rate(gathered.asked.events(span.start, span.stop), span.stop - span.start) or 0.0,
        offered_per_second=_rate(whole.counts["due"], length),
        achieved_per_second=_rate(whole.counts["sent"], length),
        latency_ms=quantiles(whole, "latency"),
        schedule_lag_ms=quantiles(whole, "lag"),
        missing=whole.counts["expected"] - whole.counts["seen"] if gathered.knows else None,
        late=whole.counts["late"],
        patients=judged.patients,
        score=judged.score,
        score_at_rest=judged.at_rest,
    )


def _judged_between(gathered: Gathered, start: float, stop: float) -> Judged:
    return gathered.judge.judge(lambda at: start <= at < stop)


def _windows(gathered: Gathered) -> tuple[Window, ...]:
    if gathered.began is None or gathered.ended is None:
        return ()
    first = int(gathered.began) + 1
    starts = range(first, int(gathered.ended) - WINDOW_SECONDS + 1, WINDOW_SECONDS)
    return tuple(_window(gathered.seconds.between(at, at + WINDOW_SECONDS), at - first) for at in starts)


def _window(seconds: Sequence[Second], start: int) -> Window:
    whole = total(seconds)
    found = quantiles(whole, "latency")
    return Window(start, whole.counts["sent"] / WINDOW_SECONDS, found.p50, found.p95, found.p99)


def _rate(events: float, seconds: float) -> float | None:
    return round(events / seconds, 1) if seconds > 0 else None

"""What came of a probe of the search for the knee, taken from what the workers said of it."""

from __future__ import annotations

from math import ceil, floor

from loadtests.gathered import Gathered
from loadtests.knee import REPORT_SECONDS, KneeSearch, Probed
from loadtests.seconds import total
from loadtests.summary import worse_than_at_rest


def look_at_probe(gathered: Gathered, search: KneeSearch, elapsed: float) -> None:
    """Judge a probe that has ended, once nothing more of it is waited for."""
    if not search.is_waiting(elapsed) or not _is_known(gathered, search):
        return
    delivery = gathered.delivery()
    is_settled = not delivery.missing and delivery.acknowledged + delivery.failed >= delivery.sent
    if is_settled or search.has_waited(elapsed):
        search.judge(probed_of(gathered, search), elapsed=elapsed)


def probed_of(gathered: Gathered, search: KneeSearch) -> Probed:
    """Return what the workers said of the measured part of the last probe."""
    assert gathered.began is not None
    span = search.current
    start, stop = gathered.began + span.start, gathered.began + span.stop
    whole = total(gathered.seconds.between(start, stop))
    judged = gathered.judge.judge(lambda at: start <= at < stop)
    return Probed(
        # Of whole seconds, as all the rest; one in which nothing was due is among them.
        asked=search.rate_at(span.start) * (floor(stop) - ceil(start)),
        offered=whole.counts["due"],
        achieved=whole.counts["sent"],
        p99_ms=whole.quantile("latency", 0.99),
        missing=whole.counts["expected"] - whole.counts["seen"] if gathered.knows else 0,
        lag_p99_ms=whole.quantile("lag", 0.99),
        cpu_share=gathered.cpu_share(start, stop),
        out_of_order=gathered.delivery().out_of_order,
        worse=tuple(worse_than_at_rest(gathered.plan.scenario.metrics, judged.score, judged.at_rest)),
    )


def _is_known(gathered: Gathered, search: KneeSearch) -> bool:
    """Say whether all workers have spoken since the probe, so that its last second is among what they said."""
    assert gathered.began is not None
    return gathered.has_heard_since(gathered.began + search.current.stop + REPORT_SECONDS)

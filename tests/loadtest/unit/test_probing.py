"""A probe is judged once all has been said of it, and by what its own seconds say."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from loadtests.gathered import Gathered
from loadtests.knee import RECOVER_SECONDS, KneeSearch
from loadtests.probing import look_at_probe, probed_of
from loadtests.reports import JudgedLines, WorkerReport
from tests.loadtest.unit.gatherings import BEGAN, gathered, said
from tests.loadtest.unit.small_loads import generated, small_load

LENGTH = 8.0  # of a probe: three seconds to settle, five measured


def a_search(*, rate: float = 16_000.0) -> KneeSearch:
    """Return a search whose first probe asks for a sixteenth of `rate`."""
    return KneeSearch(rate=rate, wards=160, slo_ms=50.0, lag_ms_max=10.0, cpu_share_max=0.9, seconds=5.0)


def probing(search: KneeSearch, *reports: WorkerReport, heard_at: float = LENGTH + 1.5, **spec: Any) -> Gathered:
    """Return what was said of a search, all of it at one time since the beginning; none is a last word."""
    found = gathered(asked=search, shards=len(reports), **spec)
    found.ended = None
    for report in reports:
        report.is_final = False
        found.take(report, at=BEGAN + heard_at)
    return found


def speak(found: Gathered, shard: int, *, at: float) -> None:
    """Let a worker repeat its counts, with nothing new."""
    found.take(WorkerReport(counts=found.counts[shard]), at=BEGAN + at)


def reason_of(search: KneeSearch, found: Gathered) -> str:
    """Return why a search that sees the same in two probes does not call their rate sustained."""
    probed = probed_of(found, search)
    search.judge(probed, elapsed=20.0)
    search.judge(probed, elapsed=40.0)
    return search.knee().reason


def test_a_probe_is_judged_once_every_shard_spoke_later_than_a_second_after_it() -> None:
    search = a_search()
    found = probing(search, said(due=500, sent=500), said(shard=1, due=500, sent=500), heard_at=LENGTH + 0.9)
    look_at_probe(found, search, LENGTH + 1.2)
    speak(found, 0, at=LENGTH + 1.3)
    look_at_probe(found, search, LENGTH + 1.3)
    assert search.best is None
    speak(found, 1, at=LENGTH + 1.4)
    look_at_probe(found, search, LENGTH + 1.4)
    assert search.best is not None
    assert search.current.start > LENGTH


def test_a_shard_that_is_lost_is_not_waited_for() -> None:
    search = a_search()
    found = probing(search, said(), said(shard=1, due=0, sent=0), heard_at=LENGTH + 0.9)
    found.lose("w1")
    speak(found, 0, at=LENGTH + 1.3)
    look_at_probe(found, search, LENGTH + 1.3)
    assert search.best is not None


def test_a_shard_that_never_spoke_is_waited_for() -> None:
    found = probing(a_search(), said())
    found._shards = 2
    assert not found.has_heard_since(BEGAN)


def test_decisions_that_do_not_come_are_waited_for_and_then_missing() -> None:
    search = a_search()
    report = said(seen=1_990)
    report.seconds[5].seen = 90
    found = probing(search, report, heard_at=LENGTH + 60.0, consumer="echo")
    look_at_probe(found, search, LENGTH + RECOVER_SECONDS - 0.1)
    assert search.current.stop == LENGTH
    look_at_probe(found, search, LENGTH + RECOVER_SECONDS)
    assert search.current.stop > LENGTH
    assert search.best is None


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (said(due=900, sent=900), "90.0% of what was asked for was offered"),
        (said(sent=900), "90.0% of what was due was sent"),
        (said(latency_ms=80.0), "p99 80.0 ms is above the SLO of 50 ms"),
        (said(lag_ms=12.0), "schedule lag p99 12.0 ms"),
    ],
)
def test_why_a_probe_is_not_sustained_is_what_its_seconds_say(report: WorkerReport, reason: str) -> None:
    search = a_search()
    assert reason_of(search, probing(search, report)) == reason


def test_a_worker_that_was_saturated_in_the_probe_makes_the_generator_the_limit() -> None:
    search = a_search()
    found = probing(search, said(cpu_share=0.1))
    for at in (4.0, 5.0, 6.0):
        found.take(WorkerReport(counts=replace(found.counts[0], cpu_share=0.95)), at=BEGAN + at)
    assert reason_of(search, found) == "a worker was saturated: 95% of a processor"


def test_a_score_worse_than_at_rest_in_the_probe_is_not_sustained() -> None:
    size: dict[str, Any] = {"subjects": 150, "duration": "36h", "set": {"septic_share": 0.4}}
    stretches, search = generated(small_load(**size)), a_search()
    report = said()
    report.judged = [
        JudgedLines(int(BEGAN) + 5, one.labels, [], [decision.value for decision in one.expected]) for one in stretches
    ]
    found = probing(search, report, consumer="reference", **size)
    assert reason_of(search, found).startswith("sensitivity 0 is worse than")


def test_a_score_of_patients_known_before_the_probe_is_not_its_own() -> None:
    size: dict[str, Any] = {"subjects": 150, "duration": "36h", "set": {"septic_share": 0.4}}
    report = said()
    report.judged = [
        JudgedLines(int(BEGAN) + 1, one.labels, [], [decision.value for decision in one.expected])
        for one in generated(small_load(**size))
    ]
    search = a_search()
    look_at_probe(probing(search, report, consumer="reference", **size), search, LENGTH + 1.5)
    assert search.best is not None

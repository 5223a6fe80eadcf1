"""The verdict of a load: what makes it invalid, failed, inconclusive, and what comes first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from loadtests.asked import Asked
from loadtests.conditions import LOAD_METRICS
from loadtests.knee import KneeSearch, Probed
from loadtests.outcome import EXIT_CODES, Knee
from loadtests.reports import JudgedLines
from loadtests.summary import summarise, values_of, worse_than_at_rest
from simulator.core.scenario import Metric
from tests.loadtest.unit.gatherings import BEGAN, LENGTH, RATE, gathered, said
from tests.loadtest.unit.small_loads import generated, small_load

PASS = ("pass", ())


def verdict(*reports: Any, knee: Knee | None = None, **more: Any) -> tuple[str, tuple[str, ...]]:
    """Return the verdict of what was said, and its reasons."""
    report = summarise(gathered(*reports, **more), knee=knee)
    return report.verdict, report.reasons


def test_a_healthy_load_passes() -> None:
    assert verdict(said()) == PASS


def test_its_figures_are_those_of_its_seconds() -> None:
    report = summarise(
        gathered(said(), said(shard=1), asked=Asked(seconds=float(LENGTH), rate=2_000.0)), repeat="again"
    )
    assert (report.seconds, report.asked_per_second, report.offered_per_second, report.achieved_per_second) == (
        20.0, 2_000.0, 2_000.0, 2_000.0,
    )  # fmt: skip
    assert (report.achieved_share, report.latency_ms.count, report.latency_ms.p99) == (1.0, 4_000, 10.0)
    assert (report.schedule_lag_ms.p50, report.service_ms.count, report.repeat) == (1.0, 0, "again")
    assert (report.scenario, report.seed, report.shape, report.exit_code) == ("sepsis-v1", 7, "constant", 0)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ({"due": 980, "sent": 980}, "the load asked for was not offered: 98.0% of 1,000 events/s"),
        ({"sent": 985}, "the rate was missed: 98.5% of what was due was sent in time"),
        (
            {"lag_ms": 11.0},
            "the generator lagged: schedule lag p99 11.0 ms, above 10 ms; other work on this machine kept it waiting",
        ),
        (
            {"lag_ms": 11.0, "starved": 3},
            "the generator lagged: schedule lag p99 11.0 ms, above 10 ms; nothing was generated in time",
        ),
        (
            {"lag_ms": 11.0, "starved": 3, "refused": 1},
            "the generator lagged: schedule lag p99 11.0 ms, above 10 ms; the Kafka client's queue was full",
        ),
        ({"cpu_share": 0.95}, "a worker was saturated: 95% of a processor"),
        ({"error": "no space left."}, "no space left."),
    ],
)
def test_a_load_that_was_not_what_was_asked_for_is_invalid(counts: dict[str, Any], reason: str) -> None:
    assert verdict(said(**counts)) == ("invalid", (reason,))


@pytest.mark.parametrize(
    "counts", [{"due": 990, "sent": 990}, {"sent": 990}, {"lag_ms": 10.0}, {"cpu_share": 0.9}], ids=str
)
def test_a_load_at_the_limit_is_valid(counts: dict[str, Any]) -> None:
    assert verdict(said(**counts)) == PASS


def test_ten_saturated_seconds_of_a_long_load_make_it_invalid() -> None:
    found = gathered(said(cpu_share=0.1))
    found.ended = None
    for at in range(600):
        found.take(said(cpu_share=0.95 if 300 <= at < 310 else 0.1, seconds=0), at=BEGAN + at)
    found.ended = BEGAN + LENGTH
    assert "a worker was saturated: 95% of a processor" in summarise(found).reasons


def test_a_load_that_lost_a_worker_is_invalid() -> None:
    found = gathered(said())
    found.counts[0].is_lost = True
    report = summarise(found)
    assert (report.verdict, report.reasons) == ("invalid", ("worker w0 of shard 0 was lost",))


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ({"failed": 1}, "1 events were never acknowledged"),
        ({"seen": 1_990}, "10 decisions are missing"),
        ({"out_of_order": 2}, "2 decisions came out of order"),
        ({"unreadable": 1_234}, "1,234 records of the decisions topic are no decisions"),
    ],
)
def test_what_a_pipeline_must_not_do_fails(counts: dict[str, Any], reason: str) -> None:
    assert verdict(said(**counts)) == ("fail", (reason,))


def test_decisions_that_follow_from_nothing_fail_where_all_are_known_beforehand() -> None:
    known = verdict(said(unexpected=2), consumer="echo")
    unknown = verdict(said(unexpected=2), consumer="external")
    assert (known, unknown) == (("fail", ("2 decisions follow from nothing that was sent",)), PASS)


def test_decisions_that_come_twice_fail_only_where_that_is_asked_for() -> None:
    asked = verdict(said(twice=2), require=("twice<=0",))
    assert (verdict(said(twice=2)), asked[0], len(asked[1])) == (PASS, "fail", 1)


def test_where_no_decision_came_nothing_is_concluded() -> None:
    assert verdict(said(seen=0)) == (
        "inconclusive",
        (
            "2,000 decisions are missing",
            "no decision came: is the consumer there, and does it read these topics?",
        ),
    )


def test_a_condition_that_is_not_met_fails_and_one_that_is_does_not() -> None:
    met = verdict(said(latency_ms=10.0), require=("p99_ms<=50",))
    (unmet, reasons) = verdict(said(latency_ms=80.0), require=("p99_ms<=50",))
    assert (met, unmet, len(reasons)) == (PASS, "fail", 1)
    assert "p99_ms" in reasons[0]


def test_a_condition_on_what_has_no_value_is_inconclusive() -> None:
    (found, reasons) = verdict(said(), require=("sensitivity>=0.5",))
    assert (found, len(reasons), "sensitivity" in reasons[0]) == ("inconclusive", 1, True)


@pytest.mark.parametrize("name", ["missing", "unexpected"])
def test_a_condition_on_what_nobody_can_know_of_an_external_consumer_is_inconclusive(name: str) -> None:
    why = f"{name} is required, but what must follow is unknown: the consumer is external"
    found = verdict(said(unexpected=2), consumer="external", require=(f"{name}<=0", "twice<=0"))
    assert found == ("inconclusive", (why,))


def test_a_step_of_an_external_consumer_does_not_know_what_is_missing() -> None:
    asked = Asked(shape="ladder:steps=2", seconds=20.0, rate=2_000.0)
    steps = summarise(gathered(said(), asked=asked, consumer="external")).steps
    assert [one.missing for one in steps] == [None, None]


def test_what_is_late_in_the_warm_up_counts_for_no_condition() -> None:
    told = said(late=9)
    told.seconds[2].late, told.seconds[15].late = 5, 4
    found = gathered(told, asked=Asked(seconds=15.0, rate=1_000.0))
    found.began = BEGAN + 5
    report = summarise(found)
    assert (report.delivery.late, report.late, values_of(report)["late"]) == (9, 4, 4)


def test_invalid_comes_before_fail_and_fail_before_inconclusive() -> None:
    require = ("sensitivity>=0.5",)
    invalid, reasons = verdict(said(seen=1_990, cpu_share=0.95), require=require)
    failed, _ = verdict(said(seen=1_990), require=require)
    assert (invalid, failed) == ("invalid", "fail")
    assert [one.split()[0] for one in reasons][:2] == ["a", "10"]


def test_an_invalid_load_is_no_success_to_whoever_reads_exit_codes() -> None:
    assert EXIT_CODES == {"pass": 0, "fail": 1, "invalid": 2, "inconclusive": 2}


A_KNEE = Knee(events_per_second=800.0, not_sustained=900.0, limited_by="pipeline", reason="p99 80 ms")


def test_a_search_goes_beyond_what_is_sustained_and_is_not_invalid_for_it() -> None:
    assert verdict(said(due=500, sent=400, lag_ms=99.0), knee=A_KNEE) == PASS


@pytest.mark.parametrize(("limited_by", "not_sustained"), [("pipeline", 900.0), ("rate", None)])
def test_a_search_that_found_a_knee_passes_whatever_the_whole_of_it_took(
    limited_by: str, not_sustained: float | None
) -> None:
    knee = Knee(events_per_second=800.0, not_sustained=not_sustained, limited_by=limited_by, reason="")
    assert verdict(said(latency_ms=9_000.0, late=500), knee=knee) == PASS


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ({"failed": 1}, "1 events were never acknowledged"),
        ({"seen": 1_990}, "10 decisions are missing"),
        ({"out_of_order": 2}, "2 decisions came out of order"),
    ],
)
def test_a_search_fails_for_what_is_wrong_at_its_very_end(counts: dict[str, Any], reason: str) -> None:
    assert verdict(said(**counts), knee=A_KNEE, consumer="echo") == ("fail", (reason,))


def test_conditions_of_a_search_are_held_against_the_probe_of_its_knee() -> None:
    search = KneeSearch(rate=1_000.0, wards=100, slo_ms=50.0, lag_ms_max=10.0, cpu_share_max=0.9, seconds=5.0)
    quick = Probed(asked=60.0, offered=60.0, achieved=60.0, p99_ms=10.0, missing=0, lag_p99_ms=1.0)
    search.judge(quick, elapsed=8.0)
    for elapsed in (16.0, 24.0):
        search.judge(replace(quick, p99_ms=900.0), elapsed=elapsed)
    report, slow = said(seconds=8, latency_ms=10.0), said(latency_ms=900.0)
    report.seconds += slow.seconds[8:]
    met, unmet = (verdict(report, asked=search, knee=A_KNEE, require=(text,)) for text in ("p99_ms<=50", "p99_ms<=5"))
    assert (met, unmet[0]) == (PASS, "fail")


def test_a_search_that_the_generator_limited_proves_nothing() -> None:
    knee = Knee(events_per_second=800.0, not_sustained=900.0, limited_by="generator", reason="schedule lag")
    assert verdict(said(), knee=knee) == (
        "invalid",
        ("the generator was the limit at 900 events/s: schedule lag",),
    )


def test_a_search_that_found_no_rate_fails() -> None:
    knee = Knee(events_per_second=None, not_sustained=60.0, limited_by="pipeline", reason="p99 80 ms")
    assert verdict(said(), knee=knee) == ("fail", ("no rate was sustained: p99 80 ms",))


def test_a_search_that_could_not_go_on_says_why() -> None:
    assert verdict(said(error="no space left."), knee=A_KNEE) == ("invalid", ("no space left.",))


def test_a_score_that_is_worse_than_at_rest_fails() -> None:
    size: dict[str, Any] = {"subjects": 150, "duration": "36h", "set": {"septic_share": 0.4}}
    load, report = small_load(**size), said()
    report.judged = [
        JudgedLines(1_001, one.labels, [], [decision.value for decision in one.expected]) for one in generated(load)
    ]
    found = summarise(gathered(report, consumer="reference", **size))
    assert (found.verdict, found.patients, found.score["sensitivity"]) == ("fail", 150, 0.0)
    assert found.reasons[0].startswith("sensitivity 0 is worse than")


METRICS = (
    Metric("hits", "", better="higher"),
    Metric("alarms", "", better="lower"),
    Metric("patients", "", better="neither"),
)


@pytest.mark.parametrize(
    ("score", "found"),
    [
        ({"hits": 0.5, "alarms": 3.0, "patients": 1.0}, []),
        ({"hits": 0.4, "alarms": 2.0, "patients": 9.0}, ["hits 0.4 is worse than 0.5 at rest"]),
        ({"hits": 0.6, "alarms": 4.0, "patients": 1.0}, ["alarms 4 is worse than 3 at rest"]),
        ({"hits": None, "alarms": 3.0 + 1e-12}, []),
    ],
)
def test_worse_is_what_each_metric_says_it_is(score: dict[str, float | None], found: list[str]) -> None:
    assert worse_than_at_rest(METRICS, score, {"hits": 0.5, "alarms": 3.0, "patients": 5.0}) == found


def test_every_condition_has_its_value() -> None:
    counts = {"twice": 1, "late": 2, "unexpected": 3, "out_of_order": 4, "seen": 1_990}
    report = said(sent=999, **counts)
    report.seconds[3].late = 2
    values = values_of(summarise(gathered(report)))
    assert {name: values[name] for name in LOAD_METRICS} == {
        "p50_ms": 10.0, "p95_ms": 10.0, "p99_ms": 10.0, "p999_ms": 10.0, "max_ms": 10.0,
        "missing": 10, "twice": 1, "late": 2, "unexpected": 3, "out_of_order": 4,
        "achieved_share": 0.999, "achieved_per_second": 999.0, "schedule_lag_p99_ms": 1.0,
    }  # fmt: skip


def test_steps_are_reported_by_themselves_without_their_edges() -> None:
    asked = Asked(shape="ladder:steps=2", seconds=20.0, rate=2_000.0)
    report = summarise(gathered(said(), asked=asked))
    found = [(one.name, one.start_seconds, one.seconds, one.asked_per_second) for one in report.steps]
    assert found == [("step 1", 0.0, 7, 1_000.0), ("step 2", 10.0, 7, 2_000.0)]
    assert [(one.offered_per_second, one.achieved_per_second, one.latency_ms.count) for one in report.steps] == [
        (1_000.0, 1_000.0, 700)
    ] * 2


def test_a_step_says_what_is_missing_of_its_own_seconds() -> None:
    report, asked = said(), Asked(shape="ladder:steps=2", seconds=20.0, rate=2_000.0)
    report.seconds[15].seen, report.seconds[15].late = 90, 5
    steps = summarise(gathered(report, asked=asked)).steps
    assert [(one.missing, one.late) for one in steps] == [(0, 0), (10, 5)]


def test_the_score_of_a_step_is_of_the_patients_judged_in_it() -> None:
    load, asked = small_load(), Asked(shape="ladder:steps=2", seconds=20.0, rate=2_000.0)
    labels = [line for one in generated(load) for line in one.labels]
    report = said()
    report.judged = [
        JudgedLines(1_004, labels[:20]),
        JudgedLines(1_010, labels[20:30]),
        JudgedLines(1_015, labels[30:]),
    ]
    steps = summarise(gathered(report, asked=asked)).steps
    subjects = [len({line.split(b'"')[3] for line in part}) for part in (labels[:20], labels[30:])]
    assert [one.patients for one in steps] == subjects


def test_windows_are_five_whole_seconds_each() -> None:
    report = summarise(gathered(said(seconds=LENGTH, latency_ms=12.5)))
    assert [(one.start_seconds, one.achieved_per_second, one.p99) for one in report.windows] == [
        (start, float(RATE), 12.5) for start in (0, 5, 10)
    ]


def test_a_load_that_never_began_has_no_steps() -> None:
    found = gathered(said())
    found.began = found.ended = None
    report = summarise(found)
    assert (report.steps, report.windows) == ((), ())


def test_reports_from_before_the_beginning_are_not_in_the_rate() -> None:
    found = gathered(said(), asked=Asked(seconds=10.0, rate=1_000.0))
    found.began = BEGAN + 5
    report = summarise(found)
    assert (report.seconds, report.achieved_per_second, report.verdict) == (10.0, 1_000.0, "pass")

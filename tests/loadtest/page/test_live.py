"""What the page is told, whichever load the view holds and however it stands."""

from __future__ import annotations

import json

from loadtests.judge import Judged
from loadtests.outcome import ACHIEVED_SHARE_MIN
from loadtests.page import live, series
from loadtests.page.live import LiveAnswers, LiveLoad
from loadtests.reporting.rows import LATENCY_KINDS
from loadtests.summary import CPU_SHARE_MAX, LAG_P99_MS_MAX
from simulator.core.errors import UsageError
from tests.loadtest.page.shown_loads import BEGAN, ShownLoad, delta

FIRST = int(BEGAN)


def running(**fields: object) -> ShownLoad:
    """Return a load of five seconds so far, a hundred events a second, all answered in 5 ms."""
    load = ShownLoad()
    load.begin(**fields)
    for second in range(FIRST, FIRST + 5):
        milliseconds = {"latency": [5.0] * 10, "lag": [1.0] * 100}
        counts = {"due": 100, "sent": 100, "acknowledged": 100, "expected": 10, "seen": 10}
        load.tell(second + 1.1, delta(second, milliseconds, **counts))
    return load


def asked(load: ShownLoad, *, since: int = 0) -> LiveLoad:
    """Return the answer to a poll eight seconds after the beginning."""
    return LiveAnswers(load).live(since=since, at=BEGAN + 8.0)


def test_before_the_first_load_there_is_a_state_and_nothing_else() -> None:
    assert asked(ShownLoad()) == LiveLoad(state="idle")


def test_a_load_that_could_not_be_says_why() -> None:
    load = ShownLoad(state="over", error=UsageError("--rate 0 is not above 0."))
    assert asked(load) == LiveLoad(state="over", error="--rate 0 is not above 0.")


def test_a_running_load_is_told_with_its_identity_and_its_figures_so_far() -> None:
    told = asked(running(fault=("late:0.05,mean=2h",)))
    assert told.load is not None
    assert (told.state, told.load.scenario, told.load.seconds, told.load.faults, told.elapsed) == (
        "running", "sepsis-v1", 60.0, ("late:0.05,mean=2h",), 8.0,
    )  # fmt: skip
    assert (told.latency_ms.p99, told.schedule_lag_ms.count, told.delivery.seen, told.concerns) == (5.0, 500, 50, [])


def test_late_decisions_are_those_of_the_seconds_measured_and_deliveries_of_all() -> None:
    load = running()
    load.tell(BEGAN + 6.0, delta(FIRST - 2, late=3), delta(FIRST + 1, late=1))
    told = asked(load)
    assert (told.late, told.delivery.late) == (1, 4)
    load.end()
    told = asked(load)
    assert (told.late, told.delivery.late) == (1, 4)


def test_a_warm_up_counts_down_to_the_second_in_which_the_load_begins() -> None:
    load = ShownLoad()
    load.begin(warm_up="5s")
    assert load.gathered is not None
    load.gathered.began, load.state = None, "warming up"
    before = asked(load).begins_in
    load.tell(BEGAN + 4.0, delta(FIRST + 3, due=100))
    seconds_left = [LiveAnswers(load).live(since=0, at=BEGAN + at).begins_in for at in (4.5, 8.75, 30.0)]
    load.state = "running"
    assert (before, seconds_left, asked(load).begins_in) == (None, [4.5, 0.2, 0.0], None)


def test_the_limits_of_a_verdict_are_told_with_the_figures() -> None:
    told = json.loads(LiveAnswers(ShownLoad()).answer(since=0, at=BEGAN))
    assert told["limits"] == {
        "lag_p99_ms_max": LAG_P99_MS_MAX,
        "achieved_share_min": ACHIEVED_SHARE_MIN,
        "cpu_share_max": CPU_SHARE_MAX,
    }


def test_points_go_out_as_rows_under_the_names_of_their_columns() -> None:
    answer = json.loads(LiveAnswers(running()).answer(since=0, at=BEGAN + 8.0))
    rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["points"]]
    assert {(row["asked"], row["due"], row["sent"], row["seen"], row["p99"]) for row in rows} == {
        (100.0, 100, 100, 10, 5.0)
    }


def test_a_second_poll_is_told_only_what_changed() -> None:
    load = running()
    answers = LiveAnswers(load)
    first = answers.live(since=0, at=BEGAN + 6.0)
    load.tell(BEGAN + 6.1, delta(FIRST + 1, {"latency": [900.0]}, seen=1))
    second = answers.live(since=first.revision, at=BEGAN + 7.0)
    assert [(one.at - FIRST, one.seen) for one in second.points] == [(4, 10), (1, 11)]


def test_a_long_history_comes_in_several_answers_and_says_so() -> None:
    load = ShownLoad()
    load.begin()
    load.tell(BEGAN + 200.0, *(delta(second, due=1) for second in range(FIRST, FIRST + 200)))
    answers, answer, known = LiveAnswers(load), LiveLoad(state="", has_more=True), set[int]()
    polls = 0
    while answer.has_more:
        answer = answers.live(since=answer.revision, at=BEGAN + 200.0)
        known |= {one.at for one in answer.points}
        polls += 1
    assert (len(known), polls) == (199, -(-199 // series.RENEWED_MAX))


def test_a_revision_of_a_process_that_is_gone_is_answered_with_everything() -> None:
    assert len(asked(running(), since=10_000).points) == 4


def test_the_next_load_is_told_apart_and_its_points_have_revisions_of_their_own() -> None:
    load = running()
    answers = LiveAnswers(load)
    first = answers.live(since=0, at=BEGAN + 8.0)
    load.begin()
    load.tell(BEGAN + 4.0, delta(FIRST, due=1))
    second = answers.live(since=first.revision, at=BEGAN + 8.0)
    assert (first.number, second.number, {one.due for one in second.points}) == (1, 2, {0, 1})


def test_while_the_next_load_is_made_the_one_before_is_not_shown_as_it() -> None:
    load = running()
    load.end()
    load.report, load.state = None, "warming up"
    assert asked(load).load is None


def test_what_is_wrong_with_a_load_shows_while_it_goes_on() -> None:
    load = running()
    load.counts.failed, load.counts.out_of_order, load.counts.cpu_share = 3, 2, 0.97
    load.tell(BEGAN + 6.0, delta(FIRST + 5, {"lag": [80.0] * 200}, due=100, sent=50))
    assert load.gathered is not None
    load.gathered.lose("one")
    told = asked(load)
    assert [text.partition(":")[0] for text in told.concerns] == [
        "worker one of shard 0 is lost",
        "only 91.7% of what was due is sent",
        "the generator lags",
        "3 events failed and will never arrive",
        "2 decisions came out of order",
    ]


def test_the_score_stands_beside_the_one_at_rest_and_says_which_is_worse() -> None:
    load = running()
    load.judged_so_far = Judged(40, {"sensitivity": 0.7, "skill": 0.5}, {"sensitivity": 0.8, "skill": 0.5})
    rows = {one.name: (one.value, one.at_rest, one.is_worse) for one in asked(load).score}
    assert (rows["sensitivity"], rows["skill"], rows["utility"]) == (
        (0.7, 0.8, True),
        (0.5, 0.5, False),
        (None, None, False),
    )


def test_a_load_that_is_over_has_its_verdict_its_reasons_and_its_steps() -> None:
    load = running()
    load.end()
    told, report = asked(load), load.report
    assert report is not None
    assert (told.verdict, told.reasons, told.steps, told.concerns) == (
        report.verdict,
        report.reasons,
        report.steps,
        [],
    )
    assert told.latency_ms == report.latency_ms


def test_every_kind_of_latency_has_its_place_in_the_report() -> None:
    load = running()
    load.end()
    assert {kind.kind: live.latencies_of(load, kind).count for kind in LATENCY_KINDS} == {
        "latency": 50,
        "service": 0,
        "lag": 500,
        "acknowledgement": 0,
        "staleness": 0,
    }

"""What a terminal shows of a load test that is over."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from loadtests.outcome import Knee, LoadDelivery, LoadReport, Quantiles
from loadtests.reporting.terminal import print_load
from simulator.core.scenario import Metric
from tests.loadtest.reporting.reports import METRICS, REPEAT, a_ladder, a_report, a_step, an_empty_report


def shown(report: LoadReport, *, width: int = 120, terminal: bool = True, metrics: tuple[Metric, ...] = METRICS) -> str:
    """Return what a console of that width shows."""
    file = StringIO()
    console = Console(file=file, width=width, force_terminal=terminal, highlight=False, color_system=None)
    print_load(report, metrics=metrics, console=console)
    return file.getvalue()


def line_of(text: str, first: str) -> list[str]:
    """Return the words of the first line that begins so."""
    return next(line for line in text.splitlines() if line.strip().startswith(first)).split()


def test_the_verdict_is_the_first_thing_and_its_reasons_follow() -> None:
    assert shown(a_ladder()).splitlines()[:3] == [
        " FAIL   sepsis-v1  seed 42  ladder:steps=4, 48 s, consumer reference",
        "  - 7 decisions are missing",
        "  - sensitivity 0.41 is worse than 0.43 at rest",
    ]


def test_the_line_that_repeats_the_load_is_the_last_one() -> None:
    long = f"{REPEAT} --set " + "x" * 200
    assert shown(a_report(repeat=long), width=80).splitlines()[-2:] == [" repeat it with", long]


def test_schedule_lag_stands_beside_the_latency_it_explains() -> None:
    text = shown(a_report())
    assert [line_of(text, name) for name in ("latency", "intended", "schedule lag")] == [
        ["latency,", "ms", "p50", "p95", "p99", "p99.9", "max", "count", "meaning"],
        "intended 6.10 12.2 18.3 24.4 30.5 60,000 an event due until its decision seen".split(),
        "schedule lag 1.10 2.20 3.30 4.40 5.50 1,200,000 due until sent: the generator's own".split(),
    ]


def test_delivery_says_every_count_in_words() -> None:
    text = shown(a_ladder(), width=200)
    assert [" ".join(line_of(text, name)[1:]) for name in ("rate", "events", "decisions")] == [
        "20,000/s asked, 20,002/s offered, 20,000/s sent, 99.99% of due",
        "600,000 due, 600,000 sent, 600,000 acknowledged, 0 never acknowledged",
        "30,000 expected, 29,993 seen, 7 missing, 0 twice, 90 late, 0 out of order, 0 unexpected, 0 unreadable",
    ]


def test_what_nobody_can_know_is_unknown() -> None:
    delivery = LoadDelivery(expected=9, seen=9, missing=None, unexpected=None)
    text = shown(a_report(delivery=delivery, steps=(a_step(1, missing=None), a_step(2, missing=None))), width=200)
    decisions = "9 expected, 9 seen, unknown missing, 0 twice, 0 late, 0 out of order, unknown unexpected, 0 unreadable"
    assert " ".join(line_of(text, "decisions")[1:]) == decisions
    assert line_of(text, "step 1")[-2:] == ["unknown", "0"]


def test_a_ladder_shows_its_steps_with_the_score_at_each_rate() -> None:
    text = shown(a_ladder())
    assert [line.split() for line in text.splitlines() if line.startswith(" step 4")] == [
        "step 4 20,000 20,000 8.00 24.0 3.00 7 90".split(),
        "step 4 0.41 (0.43) 0.461".split(),
    ]


def test_the_metric_that_suffered_is_shown_where_there_is_room_for_one() -> None:
    metrics = (Metric("a_metric_with_a_name_of_some_length", "", "1", "higher"), *METRICS)
    other = {metrics[0].name: 1.0}
    steps = tuple(
        a_step(
            one.asked_per_second // 5_000, score={**other, **one.score}, score_at_rest={**other, **one.score_at_rest}
        )
        for one in a_ladder().steps
    )
    heading = line_of(shown(a_ladder(steps=steps), width=40, metrics=metrics), "score (at rest)")
    assert heading == ["score", "(at", "rest)", "sensitivity"]


def test_a_constant_load_has_no_table_of_steps() -> None:
    assert "asked/s" not in shown(a_report())


def test_the_score_stands_beside_that_at_rest() -> None:
    text = shown(a_ladder())
    assert line_of(text, "sensitivity") == ["sensitivity", "0.41", "0.43"]


def test_metrics_without_a_value_are_one_line_and_no_rows() -> None:
    none = {"alarms_per_patient_day": None}
    text = shown(a_report(score={"sensitivity": 0.5, **none}, score_at_rest={"sensitivity": 0.5, **none}, patients=1))
    assert "alarms_per_patient_day" not in text
    assert " 1 more metric has no value: of 1 patient alone labels became known, and a longer load judges more" in text


def test_a_metric_that_has_a_value_at_rest_alone_is_shown() -> None:
    text = shown(a_report(score={"sensitivity": None}, score_at_rest={"sensitivity": 0.5}))
    assert line_of(text, "sensitivity") == ["sensitivity", "-", "0.5"]


def test_a_knee_is_said_in_one_line() -> None:
    assert " ".join(line_of(shown(a_ladder()), "knee")) == (
        "knee 15,000 events/s sustained, 20,000 not; limited by the pipeline: 7 decisions are missing"
    )


def test_a_knee_that_was_not_reached_says_so() -> None:
    knee = Knee(events_per_second=None, not_sustained=100.0, limited_by="generator", reason="")
    assert " ".join(line_of(shown(a_report(knee=knee)), "knee")) == (
        "knee no rate sustained, 100 not; limited by the generator"
    )


def test_the_baseline_is_said_with_its_reasons() -> None:
    assert " ".join(line_of(shown(a_ladder()), "baseline")) == (
        "baseline regressed beside 3 earlier: missing: 0 before, 7 now"
    )


def test_what_was_not_measured_is_a_dash() -> None:
    text = shown(a_report(latency_ms=Quantiles(), offered_per_second=None, score={}))
    assert line_of(text, "intended")[:7] == ["intended", "-", "-", "-", "-", "-", "0"]
    assert "-/s offered" in text


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_is_never_too_narrow(width: int) -> None:
    assert [line for line in shown(a_ladder(), width=width).splitlines() if len(line.rstrip()) > width] == []


def test_a_file_has_no_edge_to_be_cut_at() -> None:
    text = shown(a_ladder(reasons=("x" * 300,)), terminal=False)
    assert "  - " + "x" * 300 in text.splitlines()


def test_brackets_are_no_markup() -> None:
    metrics = (Metric("[bold]pressure[/bold]", "", "mm[Hg]", "higher"),)
    report = a_report(scenario="[red]x[/red]", reasons=("[/]",), score={"[bold]pressure[/bold]": 1.0}, score_at_rest={})
    text = shown(report, metrics=metrics)
    assert [one for one in ("[red]x[/red]", "- [/]", "[bold]pressure[/bold]", "mm[Hg]") if one not in text] == []


def test_a_load_of_nothing_can_be_shown() -> None:
    assert "no decision came" in shown(an_empty_report())

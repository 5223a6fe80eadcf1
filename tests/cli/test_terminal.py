"""What a terminal shows: the live line, the plain lines, the verdict, the picture."""

from __future__ import annotations

from io import StringIO
from xml.etree import ElementTree as ET

import msgspec
import pytest
from rich.console import Console

from simulator.consumers import Tally
from simulator.core.scenario import Scenario
from simulator.core.time import SimTime, hours, parse_instant
from simulator.harness.describing import Summary
from simulator.harness.registry import load_scenario
from simulator.harness.result import Progress, Report
from simulator.reporting.consuming import show_consuming
from simulator.reporting.descriptions import print_summaries
from simulator.reporting.picture import run_picture
from simulator.reporting.progress import show_progress
from simulator.reporting.terminal import number_text, print_run
from tests.cli_fixtures import Command

START = parse_instant("2026-01-05T00:00:00Z")


def progress(hour: int, *, wall_seconds: float) -> Progress:
    """Return how far a run of 100 hours has come."""
    return Progress(
        now=SimTime(START + hours(hour)),
        start=START,
        end=SimTime(START + hours(100)),
        events=1_000 * hour,
        decisions=hour,
        lag=7,
        wall_seconds=wall_seconds,
    )


def console(*, width: int = 120, terminal: bool = False) -> Console:
    """Return a console that keeps what is written."""
    return Console(file=StringIO(), width=width, force_terminal=terminal, highlight=False, color_system=None)


def shown(on: Console) -> str:
    """Return what was written."""
    assert isinstance(on.file, StringIO)
    return on.file.getvalue()


def test_without_a_terminal_a_line_comes_every_few_seconds() -> None:
    on = console()
    with show_progress(on) as on_progress:
        for second in range(1, 12):
            on_progress(progress(second, wall_seconds=float(second)))
    assert shown(on).splitlines() == [
        "2026-01-05 05:00    5%  5,000 events  1,000/s  5 decisions  lag 7",
        "2026-01-05 10:00   10%  10,000 events  1,000/s  10 decisions  lag 7",
    ]


def test_on_a_terminal_one_line_shows_clock_events_rate_decisions_and_lag() -> None:
    on = console(terminal=True)
    with show_progress(on) as on_progress:
        on_progress(progress(50, wall_seconds=2.0))
    for part in ("2026-01-07 02:00", " 50 %", "50,000 events", "25,000/s", "50 decisions", "lag 7"):
        assert part in shown(on)


@pytest.fixture
def report(pulsetrain: Command) -> Report:
    """Return the report of a small run."""
    return msgspec.json.decode(pulsetrain("run", "hello", "--json").stdout, type=Report)


@pytest.fixture
def scenario(hello: None) -> Scenario:
    """Return the third-party scenario."""
    return load_scenario("hello")


@pytest.mark.parametrize(
    ("width", "where", "end"),
    [
        (80, "terminal", ">= 0.6 ✓"),
        (110, "terminal", "fevers with an alert within the hour (recall)"),
        (40, "file", "fevers with an alert within the hour (recall)"),
    ],
)
def test_a_narrow_terminal_leaves_out_meanings_and_a_file_nothing(
    report: Report, scenario: Scenario, width: int, where: str, end: str
) -> None:
    on = console(width=width, terminal=where == "terminal")
    print_run(report, scenario, requirements=scenario.requirements, console=on)
    [line] = [line for line in shown(on).splitlines() if line.startswith(" sensitivity")]
    assert line.rstrip().endswith(end)
    assert "…" not in shown(on)


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_the_name_of_a_scenario_is_whole_at_any_width(width: int) -> None:
    on = console(width=width, terminal=True)
    print_summaries([Summary(id="long-named-v1", summary="of " * 30, sizes="1,000 subjects, 72h")], console=on)
    assert "long-named-v1" in shown(on)
    assert ("72h" in shown(on)) == (width >= 80)


def test_decisions_refused_for_their_time_are_told(report: Report, scenario: Scenario) -> None:
    on = console()
    told = msgspec.structs.replace(report, backdated_decisions=2, postdated_decisions=3)
    print_run(told, scenario, requirements=(), console=on)
    assert "5 of another time" in shown(on)


def test_the_repeating_line_is_never_wrapped(report: Report, scenario: Scenario) -> None:
    on = console(width=40)
    print_run(report, scenario, requirements=scenario.requirements, console=on)
    assert shown(on).splitlines()[-1] == report.repeat


def test_a_required_score_of_the_wire_is_in_the_table(report: Report, scenario: Scenario) -> None:
    on = console()
    print_run(report, scenario, requirements=["latency_p99_ms<=1"], console=on)
    assert "<= 1 ✗" in shown(on)


def test_bugs_of_delivery_and_dead_letters_are_told(report: Report, scenario: Scenario) -> None:
    delivery = msgspec.structs.replace(report.delivery, lost=3)
    on = console()
    broken = msgspec.structs.replace(report, delivery=delivery, dead_letters=2, verdict="fail", reasons=("3 lost",))
    print_run(broken, scenario, requirements=(), console=on)
    assert " FAIL " in shown(on)
    assert "  - 3 lost" in shown(on)
    assert "7,200 received, 3 lost" in shown(on)
    assert "2 dead letters" in shown(on)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0, "0"), (0.5, "0.5"), (12_345.0, "12,345"), (1.23456, "1.235"), (-0.0001, "-1.0e-04")],
)
def test_numbers_are_short(value: float | None, text: str) -> None:
    assert number_text(value) == text


def test_a_consumer_tells_each_simulated_day() -> None:
    on = console()
    with show_consuming(on) as on_progress:
        for hour in (1, 2, 25, 26):
            on_progress(Tally(records=hour, decisions=1, dead_letters=0, reached=SimTime(START + hours(hour))))
    assert shown(on).splitlines() == [
        "2026-01-05 01:00  1 records  1 decisions  0 dead letters",
        "2026-01-06 01:00  25 records  1 decisions  0 dead letters",
    ]


def test_the_picture_is_a_drawing_of_a_run_that_loads_nothing(hello: None) -> None:
    svg = run_picture("hello")
    words = " ".join(ET.fromstring(svg).itertext()).replace("\xa0", " ")
    assert "pulsetrain run hello" in words
    assert " PASS " in words
    assert "url(http" not in svg

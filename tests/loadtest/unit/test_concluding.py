"""How loads end: each is told once, as soon as it is over where a page goes on, else when Locust quits."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from loadtests.asked import Asked
from loadtests.concluding import Conclusion
from loadtests.gathered import Gathered
from loadtests.outcome import LoadReport
from loadtests.reporting.json_line import read_reports
from loadtests.summary import summarise
from simulator.core.errors import PulsetrainError, UsageError
from tests.loadtest.unit.gatherings import LENGTH, RATE, gathered, said

LINE = "pulsetrain loadtest sepsis --rate 500 --duration 20s --ui"


@dataclass
class Master:
    """A master whose loads a test ends."""

    options: Namespace
    gathered: Gathered | None = None
    report: LoadReport | None = None
    error: PulsetrainError | None = None

    def run(self, *, rate: int = RATE, **counts: Any) -> None:
        """Let a load run that is to be drained."""
        asked = Asked(seconds=float(LENGTH), rate=float(rate))
        self.gathered = gathered(said(due=rate, sent=rate, **counts), asked=asked)
        self.report = self.error = None

    def drain(self) -> None:
        """Judge the load, where that has not been done."""
        if self.gathered is not None and self.report is None and self.error is None:
            self.report = summarise(self.gathered, repeat=self.options.repeat)


@dataclass
class Environment:
    """As much of Locust's environment as is looked at."""

    parsed_options: Namespace
    web_ui: object | None
    process_exit_code: int | None = None


def concluding(*, has_page: bool, **options: Any) -> tuple[Conclusion, Master, Environment]:
    """Return what concludes the loads of a master, with and without a page."""
    files = dict.fromkeys(("baseline", "report_json", "junit", "e2e_csv", "html_file"))
    parsed = Namespace(**{"say": "quiet", "repeat": LINE, **files, **options})
    master, environment = Master(parsed), Environment(parsed, object() if has_page else None)
    return Conclusion(cast("Any", environment), cast("Any", master)), master, environment


def test_where_a_page_goes_on_each_verdict_is_printed_when_its_load_ends(capsys: pytest.CaptureFixture[str]) -> None:
    conclusion, master, environment = concluding(has_page=True)
    told = []
    for counts in ({}, {"seen": 1_990}):
        master.run(**counts)
        conclusion.load_ended()
        told.append((capsys.readouterr().out.split()[0], environment.process_exit_code))
    conclusion.load_ended()
    conclusion.quitting()
    assert (told, capsys.readouterr().out) == ([("pass", 0), ("fail", 1)], "")


def test_where_locust_quits_with_its_load_the_verdict_is_the_last_thing_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    conclusion, master, environment = concluding(has_page=False)
    master.run()
    conclusion.load_ended()
    before = capsys.readouterr().out
    conclusion.quitting()
    assert (before, capsys.readouterr().out.split()[0], environment.process_exit_code) == ("", "pass", 0)


def test_each_load_of_a_page_adds_its_line_and_says_what_the_form_asked_for(tmp_path: Path) -> None:
    conclusion, master, _ = concluding(has_page=True, report_json=str(tmp_path / "loads.jsonl"))
    for rate in (500, 700):
        master.run(rate=rate)
        conclusion.load_ended()
    conclusion.quitting()
    lines = [LINE.replace("500", str(rate)) + " --warm-up 5s" for rate in (500, 700)]
    assert [one.repeat for one in read_reports(tmp_path / "loads.jsonl")] == lines


def test_a_load_that_could_not_be_is_told_once_and_gives_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    conclusion, master, environment = concluding(has_page=True)
    master.error = UsageError("--rate 0 is not above 0.")
    conclusion.load_ended()
    conclusion.quitting()
    assert (capsys.readouterr().err, environment.process_exit_code) == ("pulsetrain: --rate 0 is not above 0.\n", 64)


def test_our_section_goes_into_the_report_that_locust_writes_when_it_quits(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    conclusion, master, _ = concluding(has_page=True, html_file=str(path))
    master.run()
    conclusion.load_ended()
    path.write_text("<html><body></body></html>")
    conclusion.quitting()
    assert "schedule lag" in path.read_text()


def test_what_cannot_be_written_is_said_and_is_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    conclusion, master, environment = concluding(has_page=False, junit=str(tmp_path / "none" / "load.xml"))
    master.run()
    conclusion.quitting()
    said = capsys.readouterr()
    assert (said.out.split()[0], environment.process_exit_code) == ("pass", 69)
    assert "cannot be written: No such file or directory." in said.err

"""A comparison with earlier loads can make a verdict worse, and never better."""

from __future__ import annotations

import msgspec
import pytest

from loadtests import concluding
from loadtests.concluding import compared
from loadtests.outcome import LoadVerdict
from loadtests.reporting.baseline import Comparison
from loadtests.reporting.noise import Outcome
from simulator.core.errors import UsageError
from tests.loadtest.reporting.reports import a_report


@pytest.mark.parametrize(
    ("verdict", "outcome", "together"),
    [
        ("pass", "same", "pass"),
        ("pass", "better", "pass"),
        ("pass", "inconclusive", "inconclusive"),
        ("pass", "regressed", "fail"),
        ("inconclusive", "same", "inconclusive"),
        ("inconclusive", "regressed", "fail"),
        ("fail", "better", "fail"),
        ("fail", "inconclusive", "fail"),
        ("fail", "regressed", "fail"),
        ("invalid", "better", "invalid"),
        ("invalid", "regressed", "invalid"),
    ],
)
def test_the_worse_of_both_verdicts_stands(
    monkeypatch: pytest.MonkeyPatch, verdict: LoadVerdict, outcome: Outcome, together: LoadVerdict
) -> None:
    found = Comparison(outcome=outcome, runs=5, reasons=("p99_ms rose",) if outcome == "regressed" else ())
    monkeypatch.setattr(concluding, "read_reports", lambda path: [])
    monkeypatch.setattr(concluding, "compare", lambda report, earlier: found)
    report = compared(a_report(verdict=verdict, reasons=("first",)), "loads.jsonl")
    assert (report.verdict, report.baseline) == (together, found.told())
    assert report.reasons == ("first", *(["regression: p99_ms rose"] if outcome == "regressed" else []))


@pytest.mark.parametrize(("verdict", "together"), [("pass", "inconclusive"), ("fail", "fail"), ("invalid", "invalid")])
def test_a_file_that_cannot_be_read_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, verdict: LoadVerdict, together: LoadVerdict
) -> None:
    def read(path: object) -> None:
        raise UsageError("no such file.")

    monkeypatch.setattr(concluding, "read_reports", read)
    report = compared(a_report(verdict=verdict, reasons=()), "loads.jsonl")
    assert (report.verdict, report.reasons) == (together, ("no such file.",))


def test_without_a_baseline_a_report_stays_as_it_is() -> None:
    report = a_report()
    assert msgspec.json.encode(compared(report, None)) == msgspec.json.encode(report)

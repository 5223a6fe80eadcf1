"""One JSON line: what it holds, and what is said of a file that holds something else."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.reporting.json_line import json_line, read_reports, report_of
from simulator.core.errors import UsageError
from tests.loadtest.reporting.reports import SCORE, a_ladder, a_report, a_step, windows

GOLDEN = Path(__file__).parent / "golden" / "report.jsonl"
WAY_OUT = "Give a file that holds the JSON lines of earlier load tests, as `pulsetrain loadtest --json` prints them."


def test_the_line_is_the_one_that_was_agreed() -> None:
    few = {"windows": windows(6.0, 6.2), "shards": ()}
    lines = [json_line(a_report(**few)), json_line(a_ladder(**few, steps=(a_step(1), a_step(4, score=SCORE))))]
    assert lines == GOLDEN.read_text().splitlines()


def test_other_programs_read_the_line() -> None:
    read = json.loads(json_line(a_ladder()))
    assert (read["verdict"], read["latency_ms"]["p99"], read["windows"][0]) == (
        "fail",
        pytest.approx(18.3),
        [0, 20_000.0, 5.0, 10.0, 15.0],
    )


@given(
    st.text(),
    st.lists(st.text(), max_size=3),
    st.dictionaries(st.text(), st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=3),
)
def test_a_line_is_one_line_and_reads_back(scenario: str, reasons: list[str], score: dict[str, float | None]) -> None:
    report = a_report(scenario=scenario, reasons=tuple(reasons), score=score)
    line = json_line(report)
    assert "\n" not in line
    assert report_of(line) == report


def test_a_file_holds_one_report_or_several(tmp_path: Path) -> None:
    path = tmp_path / "baseline.jsonl"
    path.write_text(f"{json_line(a_report())}\r\n\n{json_line(a_ladder())}\n")
    assert read_reports(path) == (a_report(), a_ladder())


def test_what_a_later_version_adds_is_passed_over(tmp_path: Path) -> None:
    line = json.dumps({**json.loads(json_line(a_report())), "of_tomorrow": 1})
    assert report_of(line) == a_report()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    with pytest.raises(UsageError) as raised:
        read_reports(path)
    assert str(raised.value) == f'"{path}" cannot be read: No such file or directory. {WAY_OUT}'


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r'" cannot be read: Is a directory\. Give a file'):
        read_reports(tmp_path)


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, content: str) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_text(content)
    with pytest.raises(UsageError) as raised:
        read_reports(path)
    assert str(raised.value) == f'"{path}" is empty. {WAY_OUT}'


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"scenario": "sepsis-v1", "seed": 42}', "Object missing required field `consumer`"),
        (b"PASS  sepsis-v1", "JSON is malformed: invalid character"),
        (b"{", "Input data was truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"scenario": "\xff"}', "utf-8|UTF-8"),
    ],
)
def test_a_line_that_is_something_else_is_named(tmp_path: Path, line: bytes, why: str) -> None:
    path = tmp_path / "baseline.jsonl"
    path.write_bytes(json_line(a_report()).encode() + b"\n" + line + b"\n")
    with pytest.raises(
        UsageError, match=f'baseline.jsonl", line 2, is no report of a load test: .*(?:{why})'
    ) as raised:
        read_reports(path)
    assert str(raised.value).endswith(WAY_OUT)


def test_a_wrong_value_is_named_with_its_place() -> None:
    wrong = msgspec.json.encode(a_report()).replace(b'"verdict":"pass"', b'"verdict":"fine"')
    with pytest.raises(UsageError, match=r"Invalid enum value 'fine' - at `\$\.verdict`"):
        report_of(wrong)

"""A report of a load test as one JSON line, and such lines read back."""

from __future__ import annotations

from pathlib import Path

import msgspec

from loadtests.outcome import LoadReport
from simulator.core.errors import UsageError

_WAY_OUT = "Give a file that holds the JSON lines of earlier load tests, as `pulsetrain loadtest --json` prints them."


def json_line(report: LoadReport) -> str:
    """Return a report as one line of JSON, without the end of the line."""
    return msgspec.json.encode(report, order="deterministic").decode()


def report_of(line: str | bytes, *, place: str = "the line") -> LoadReport:
    """Read a report back. Raises UsageError, which names the place, for anything else."""
    try:
        return msgspec.json.decode(line, type=LoadReport)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise UsageError(f"{place} is no report of a load test: {error}. {_WAY_OUT}") from None


def read_reports(path: Path) -> tuple[LoadReport, ...]:
    """Return the reports of a file, one a line; empty lines are passed over.

    Raises UsageError, which names the file and the line, for one that holds anything else.
    """
    try:
        lines = path.read_bytes().splitlines()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f'"{path}" cannot be read: {why}. {_WAY_OUT}') from None
    places = ((f'"{path}", line {number},', line) for number, line in enumerate(lines, 1) if line.strip())
    reports = tuple(report_of(line, place=place) for place, line in places)
    if not reports:
        raise UsageError(f'"{path}" is empty. {_WAY_OUT}')
    return reports

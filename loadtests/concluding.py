"""The end of a load: what is written, what is printed, and the exit code."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from locust.env import Environment

from loadtests.asked import Asked
from loadtests.gathered import Gathered
from loadtests.master_side import MasterSide
from loadtests.outcome import LoadReport, LoadVerdict
from loadtests.repeating import as_loaded
from loadtests.reporting.baseline import compare
from loadtests.reporting.html import html_section, with_section
from loadtests.reporting.json_line import json_line, read_reports
from loadtests.reporting.junit import junit_xml
from loadtests.reporting.rows import latency_rows
from loadtests.reporting.tables import latency_csv, steps_csv
from loadtests.reporting.terminal import print_load
from simulator.core.errors import PulsetrainError, TransportError
from simulator.reporting.terminal import stdout_console


class Conclusion:
    """Says how each load ended, once, and gives Locust the exit code of the last."""

    def __init__(self, environment: Environment, master: MasterSide) -> None:
        """Stand ready; nothing has been said."""
        self._environment, self._master = environment, master
        self._told: LoadReport | PulsetrainError | None = None

    def load_ended(self) -> None:
        """Wait for the last word on a load, and with a web UI say the verdict.

        There Locust goes on, perhaps for hours. Without one it quits now, and `quitting` follows.
        """
        options, gathered = self._options, self._master.gathered
        if options.repeat and gathered is not None and isinstance(gathered.asked, Asked):
            options.repeat = as_loaded(options.repeat, asked=gathered.asked, spec=gathered.spec)
        self._master.drain()
        if self._environment.web_ui is not None:
            self._tell()

    def quitting(self) -> None:
        """Say what was not said yet, and add our section to Locust's report.

        It has been written by now. What cannot be written is said in one line, and the exit code is that of the error.
        """
        if self._options.say != "locust":
            logging.getLogger("locust.stats_logger").disabled = True
        self._master.drain()
        self._tell()
        gathered, report, name = self._master.gathered, self._master.report, self._options.html_file
        if name and gathered is not None and report is not None:
            section = html_section(report, metrics=gathered.plan.scenario.metrics)
            self._fail(_tried(name, lambda path: _add_section(path, section)))

    @property
    def _options(self) -> Namespace:
        options = self._environment.parsed_options
        assert isinstance(options, Namespace)
        return options

    def _tell(self) -> None:
        master, options = self._master, self._options
        error, gathered, report = master.error, master.gathered, master.report
        if (error or report) is self._told:
            return
        self._told = error or report
        if error is None and gathered is not None and report is not None:
            report = compared(report, options.baseline)
            self._environment.process_exit_code = report.exit_code
            error = _written(options, gathered, report)
            _say(options.say, gathered, report)
        self._fail(error)

    def _fail(self, error: PulsetrainError | None) -> None:
        if error is not None:
            print(f"pulsetrain: {error}", file=sys.stderr, flush=True)
            self._environment.process_exit_code = error.exit_code


def compared(report: LoadReport, baseline: str | None) -> LoadReport:
    """Return a report with its comparison to those of a file; a regression fails.

    A file that cannot be read, or a comparison that proves nothing, makes it inconclusive.
    """
    if not baseline:
        return report
    try:
        found = compare(report, read_reports(Path(baseline)))
    except PulsetrainError as error:
        return _with(report, "inconclusive", [str(error)], told={})
    if found.outcome == "regressed":
        return _with(report, "fail", [f"regression: {one}" for one in found.reasons], told=found.told())
    if found.outcome == "inconclusive":
        return _with(report, "inconclusive", list(found.reasons), told=found.told())
    return _with(report, "pass", [], told=found.told())


def _with(report: LoadReport, verdict: LoadVerdict, reasons: Sequence[str], *, told: dict[str, str]) -> LoadReport:
    """Return a report with what a comparison found; the worse verdict stands."""
    order: Sequence[LoadVerdict] = ("pass", "inconclusive", "fail", "invalid")
    worse = max(report.verdict, verdict, key=order.index)
    return msgspec.structs.replace(report, verdict=worse, reasons=(*report.reasons, *reasons), baseline=told)


def _written(options: Namespace, gathered: Gathered, report: LoadReport) -> PulsetrainError | None:
    metrics, conditions = gathered.plan.scenario.metrics, gathered.spec.require
    wanted: list[tuple[str | None, Callable[[Path], object]]] = [
        (options.report_json, lambda path: _append(path, json_line(report) + "\n")),
        (
            options.junit,
            lambda path: _replace(path, junit_xml(report, requirements=conditions, metrics=metrics)),
        ),
        (options.e2e_csv, lambda path: _replace(path, f"{latency_csv(latency_rows(report))}\n{steps_csv(report)}")),
    ]
    return next((error for name, write in wanted if name and (error := _tried(name, write))), None)


def _tried(name: str, write: Callable[[Path], object]) -> PulsetrainError | None:
    try:
        write(Path(name))
    except OSError as error:
        return TransportError(f'"{name}" cannot be written: {error.strerror}.')
    return None


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def _replace(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _add_section(path: Path, section: str) -> None:
    # Locust has written its own report by now; where it was interrupted first, there is none.
    if path.exists():
        _replace(path, with_section(path.read_text(encoding="utf-8"), section))


def _say(how: str, gathered: Gathered, report: LoadReport) -> None:
    if how in ("json", "locust"):
        print(json_line(report), flush=True)
    elif how == "quiet":
        words = [report.verdict, report.scenario, f"seed {report.seed}", "; ".join(report.reasons)]
        print("  ".join(words).strip(), flush=True)
    else:
        print_load(report, metrics=gathered.plan.scenario.metrics, console=stdout_console())

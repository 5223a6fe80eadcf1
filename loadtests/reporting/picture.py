"""A picture of a load's verdict: `python -m loadtests.reporting.picture loads.jsonl docs/load.svg`."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from loadtests.reporting.json_line import read_reports
from loadtests.reporting.terminal import print_load
from simulator.harness.registry import load_scenario
from simulator.reporting.picture import without_fonts

_COLUMNS = 116


def load_picture(path: Path, *, columns: int = _COLUMNS) -> str:
    """Return what a terminal shows of the last load in a file of reports, as SVG."""
    report = read_reports(path)[-1]
    console = Console(record=True, width=columns, file=StringIO(), force_terminal=True, highlight=False)
    console.print(Text.assemble(("$ ", "dim"), (report.repeat, "bold")))
    console.print()
    print_load(report, metrics=load_scenario(report.scenario).metrics, console=console)
    return without_fonts(console.export_svg(title="pulsetrain", unique_id="load"))


def main(reports: Path, picture: Path) -> None:
    """Write the picture to a file."""
    picture.write_text(load_picture(reports), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

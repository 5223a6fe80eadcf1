"""A picture of a real run, as a terminal shows it: `python -m simulator.reporting.picture docs/run.svg`."""

from __future__ import annotations

import re
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from simulator.harness.registry import load_scenario
from simulator.harness.result import Progress
from simulator.harness.run import run
from simulator.harness.spec import RunSpec
from simulator.reporting.progress import Live, live_line
from simulator.reporting.terminal import print_run

_COLUMNS = 116
_FONT_FACES = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def run_picture(scenario: str, *, columns: int = _COLUMNS) -> str:
    """Run a scenario at its default size; return what a terminal shows of it, as SVG."""
    console = Console(record=True, width=columns, file=StringIO(), force_terminal=True, highlight=False)
    found, seen = load_scenario(scenario), list[Progress]()
    done = run(RunSpec(scenario=scenario), on_progress=seen.append)
    console.print(Text.assemble(("$ ", "dim"), (f"pulsetrain run {scenario}", "bold")))
    _print_progress(seen[len(seen) * 2 // 3], console)
    console.print()
    print_run(done.report, found, requirements=found.requirements, console=console)
    return without_fonts(console.export_svg(title="pulsetrain", unique_id="run"))


def without_fonts(svg: str) -> str:
    """Return a picture that loads no fonts: the reader's own fixed-width one will do."""
    return _FONT_FACES.sub("", svg)


def main(path: Path, *, scenario: str = "sepsis") -> None:
    """Write the picture to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(run_picture(scenario))
    print(path)


def _print_progress(progress: Progress, console: Console) -> None:
    line = live_line(console)
    Live(line, line.add_task("run", clock="", events="", rate="", decisions="", lag=""))(progress)
    console.print(line.get_renderable())


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Measure, print a table, write bench.json; exit 1 when a target is missed."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.consuming import measure_consuming
from benchmarks.generating import measure_stages
from benchmarks.goals import missed
from benchmarks.kafka import measure_kafka
from benchmarks.loading import measure_loads
from benchmarks.measuring import Findings
from benchmarks.publishing import measure_publishing
from benchmarks.report import as_json, print_findings
from benchmarks.scaling import measure_cohorts, measure_memory, measure_workers
from benchmarks.sizes import FULL, Sizes
from benchmarks.starting import measure_starting

PIECES: dict[str, Callable[[Sizes], Findings]] = {
    "start": measure_starting,
    "stages": measure_stages,
    "cohorts": measure_cohorts,
    "workers": measure_workers,
    "memory": measure_memory,
    "consume": measure_consuming,
    "publish": measure_publishing,
    "kafka": measure_kafka,
    "load": measure_loads,
}


def main(words: Sequence[str], *, sizes: Sizes = FULL) -> int:
    """Run the pieces that the command line names; return 1 when a target is missed, else 0.

    What could not be measured for want of a broker is said, and counts as missed where CI is set.
    """
    options = _parser().parse_args(words)
    findings = Findings()
    for name in options.only or PIECES:
        began = time.perf_counter()
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        findings.add(PIECES[name](sizes))
        print(f"measured {name} in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    print_findings(findings, Console())
    options.json.write_text(json.dumps(as_json(findings), indent=2) + "\n")
    is_incomplete = bool(findings.remarks) and "CI" in os.environ
    return int(bool(missed(findings.figures)) or is_incomplete)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=PIECES, metavar="NAME", help=f"of {', '.join(PIECES)}")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where the figures go")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

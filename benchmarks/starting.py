"""What a user waits for: an import, the help, the default run; each a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.goals import DEFAULT_RUN, HELP, IMPORT
from benchmarks.measuring import Findings
from benchmarks.sizes import Sizes

_TIMED_IMPORT = "import time; began = time.perf_counter(); import simulator; print(time.perf_counter() - began)"
_COMMAND = "import sys; sys.argv[0] = 'pulsetrain'; from simulator.cli import main; main()"
_VERDICTS = (0, 1, 2)  # the run ended, with whatever verdict


def measure_starting(sizes: Sizes) -> Findings:
    """Measure the wall time of warm starts, the least of several."""
    goes = range(2 * sizes.goes)
    return Findings(
        figures={
            IMPORT: min(float(_python("-c", _TIMED_IMPORT)) for _ in goes) * 1e3,
            HELP: min(_wall_seconds("--help") for _ in goes) * 1e3,
            DEFAULT_RUN: min(_wall_seconds("run", "sepsis") for _ in range(sizes.goes)),
        }
    )


def _wall_seconds(*words: str) -> float:
    began = time.perf_counter()
    _python("-c", _COMMAND, *words)
    return time.perf_counter() - began


def _python(*words: str) -> str:
    command: Sequence[str] = (sys.executable, *words)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in _VERDICTS or not done.stdout:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout

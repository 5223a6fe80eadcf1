"""Load tests as whole processes: what the generator alone can do, and the reference consumer under load."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import psutil

from benchmarks.goals import ECHO_LAG, ECHO_RATE, LOAD_MEMORY, LOAD_MISSING, LOAD_P99
from benchmarks.measuring import Findings
from benchmarks.sizes import Sizes
from loadtests.outcome import LoadReport

_LOOK_SECONDS = 0.5
_SENDING = ("loadtests.generator", "loadtests/locustfile.py")


def measure_loads(sizes: Sizes) -> Findings:
    """Measure an echo at the highest rate, and NEWS2 on Quix Streams at a fifth of it; without a broker, say why."""
    findings = Findings()
    echo, memory = _load(sizes.echo_rate, sizes.load_duration, "--consumer", "echo")
    if echo is None:
        return Findings(remarks=[f"Load tests are not measured: {memory}"])
    findings.figures |= {
        ECHO_RATE: (echo.achieved_per_second or 0.0) / 1e3,
        ECHO_LAG: echo.schedule_lag_ms.p99 or 0.0,
        LOAD_MEMORY: float(memory),
    }
    news2, _ = _load(sizes.echo_rate / 5, sizes.load_duration)
    if news2 is not None:
        findings.figures |= {
            f"load of {sizes.echo_rate / 5e3:g} k/s, NEWS2 on Quix, p50 ms": news2.latency_ms.p50 or 0.0,
            LOAD_P99: news2.latency_ms.p99 or 0.0,
            f"load of {sizes.echo_rate / 5e3:g} k/s, schedule lag p99 ms": news2.schedule_lag_ms.p99 or 0.0,
            LOAD_MISSING: float(news2.delivery.missing + news2.delivery.unexpected + news2.delivery.twice),
        }
    return findings


def _load(rate: float, duration: str, *words: str) -> tuple[LoadReport | None, str]:
    """Return the report of a load and by how much the memory of who sends grew in its second half.

    Without a report, what went wrong.
    """
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "report.json", Path(folder) / "said"
        command = [sys.executable, "-m", "simulator", "loadtest", "sepsis", "--rate", f"{rate:g}", "--json"]
        with out.open("wb") as report, err.open("wb") as said:
            process = subprocess.Popen([*command, "--duration", duration, *words], stdout=report, stderr=said)
            memory = _memory_while(process)
        lines = [line for line in out.read_bytes().splitlines() if line.startswith(b"{")]
        if not lines:
            return None, (err.read_text().strip().splitlines() or ["it said nothing"])[-1]
        half = len(memory) // 2
        growth = max(memory[half:]) / max(memory[:half]) if half else 1.0
        return msgspec.json.decode(lines[-1], type=LoadReport), f"{growth:.4f}"


def _memory_while(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the memory of the processes that send, looked at until the load is over."""
    found: list[int] = []
    while process.poll() is None:
        time.sleep(_LOOK_SECONDS)
        if resident := sum(_resident(one) for one in psutil.Process(process.pid).children(recursive=True)):
            found.append(resident)
    return found


def _resident(process: psutil.Process) -> int:
    try:
        words = " ".join(process.cmdline())
        return int(process.memory_info().rss) if any(one in words for one in _SENDING) else 0
    except psutil.Error:
        return 0  # it has ended meanwhile

"""Load tests as processes: started, disturbed while they go on, and read when they are over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path

import msgspec
import psutil

from loadtests.conductor import LOCUSTFILE
from loadtests.outcome import LoadReport
from loadtests.spec import LoadSpec
from simulator.harness.registry import load_scenario
from simulator.transports.kafka_live import LiveKafka

WAIT_SECONDS = 90.0
_PREFIXES = count(1)


@dataclass(frozen=True)
class Load:
    """A load under way: Locust's process, and what it is about."""

    process: subprocess.Popen[str]
    url: str
    prefix: str
    folder: Path

    def workers(self) -> list[psutil.Process]:
        """Return the processes that send, in the order in which they were started."""
        children = psutil.Process(self.process.pid).children()
        return [one for one in children if "loadtests.generator" not in one.cmdline()]

    def wait_until_sent(self, events: int) -> None:
        """Return when the topics hold so many events: a busy machine moves what is done to a load with the load."""
        kafka = LiveKafka(self.url)
        catalog = load_scenario("sepsis").catalog
        topics = catalog.event_topics(prefix=self.prefix)
        kafka.create_topics(topics, must_be_empty=False)
        places = product((topic.name for topic in topics), range(catalog.partitions))
        reader, sent, give_up = kafka.reader(dict.fromkeys(places, 0)), 0, time.monotonic() + WAIT_SECONDS
        while (sent := sent + len(reader.poll())) < events:
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < give_up, self.log()
            time.sleep(0.02)
        reader.close()
        kafka.close()

    def log(self) -> str:
        """Return what Locust has logged so far."""
        path = self.folder / "locust.log"
        return path.read_text() if path.exists() else ""

    def finish(self) -> tuple[int, LoadReport]:
        """Return the exit code and the report."""
        out, err = self.process.communicate(timeout=WAIT_SECONDS)
        lines = [line for line in out.splitlines() if line.startswith("{")]
        assert lines, f"{out}\n{err}\n{self.log()}"
        return self.process.returncode, msgspec.json.decode(lines[-1], type=LoadReport)


@contextmanager
def load(url: str, prefix: str, folder: Path, *words: str) -> Iterator[Load]:
    """Run plain Locust with our locustfile, headless, for as long as the block lasts."""
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary", "--say", "json"]
    command += ["--transport", url, "--topic-prefix", prefix, "--warm-up", "0s", "--grace", "15s", "--subjects", "300"]
    command += ["--logfile", str(folder / "locust.log"), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield Load(process, url, prefix, folder)
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=WAIT_SECONDS)


@contextmanager
def echo(url: str, prefix: str, *, every: int = 5) -> Iterator[subprocess.Popen[str]]:
    """Run the echo consumer for as long as the block lasts."""
    with _ready(["-m", "loadtests.echo"], _echo_spec(url, prefix, every=every)) as process:
        yield process


@contextmanager
def careless_echo(url: str, prefix: str, *, every: int = 5) -> Iterator[subprocess.Popen[str]]:
    """Run the echo that leaves answers out for as long as the block lasts; asked to end, it says how many."""
    script = Path(__file__).with_name("careless_echo.py")
    with _ready([str(script)], _echo_spec(url, prefix, every=every)) as process:
        yield process


@contextmanager
def reference(url: str, prefix: str) -> Iterator[subprocess.Popen[str]]:
    """Run the reference consumer on Quix Streams for as long as the block lasts."""
    words = [sys.executable, "-m", "simulator", "consume", "sepsis", "--transport", url, "--topic-prefix", prefix]
    with _running(words) as process:
        yield process


def new_prefix() -> str:
    """Return a prefix under which no topic exists yet."""
    return f"load-{os.getpid()}-{next(_PREFIXES)}."


def standing_still(process: subprocess.Popen[str] | psutil.Process, seconds: float) -> None:
    """Let a process stand still for so long."""
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGCONT)


def processes_of(prefix: str) -> list[str]:
    """Return the command lines of the processes that still run and were told the prefix of a load."""
    found = [_words(one) for one in psutil.process_iter()]
    return [words for words in found if prefix in words]


def _words(process: psutil.Process) -> str:
    """Return the command line of a process; empty for one that has ended."""
    with suppress(psutil.NoSuchProcess):
        if process.status() != psutil.STATUS_ZOMBIE:
            return " ".join(process.cmdline())
    return ""


def until(condition: Callable[[], bool]) -> None:
    """Return when a condition holds."""
    give_up = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def _echo_spec(url: str, prefix: str, *, every: int) -> str:
    spec = LoadSpec(scenario="sepsis", transport=url, topic_prefix=prefix, consumer="echo", every=every)
    return msgspec.json.encode(spec).decode()


@contextmanager
def _ready(program: Sequence[str], spec: str) -> Iterator[subprocess.Popen[str]]:
    with _running([sys.executable, *program, spec]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


@contextmanager
def _running(words: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.communicate(timeout=WAIT_SECONDS)

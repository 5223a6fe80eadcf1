"""Everything that a load test needs, started, watched and stopped: broker, topics, consumer, Locust."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from loadtests.asked import Asked
from loadtests.children import Helper, child, free_port, python, stop
from loadtests.credentials import credentials
from loadtests.options import CONDUCTED, LOOPBACK
from loadtests.spec import ECHO, EXTERNAL, LoadSpec, plan_of
from loadtests.topics import make_topics
from loadtests.web_address import WebAddress
from simulator.brokers import running_broker
from simulator.core.errors import TransportError, UsageError

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
WATCH_SECONDS = 0.5
WRITE_SECONDS = 30.0  # our choice: to settle with workers, and to write what was measured
CONSUMERS_MAX = 64  # our choice; more than there are partitions stand idle

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a load test is set up on this machine: processes, web page and logs.

    `words` go to Locust as they are. `processes` 0 sends from the process that gathers.
    """

    consumers: int = 1
    processes: int = 1
    ui: bool = False
    web_port: int | None = None
    autostart: bool = False
    own_broker: bool = True
    logs: Path | None = None
    words: tuple[str, ...] = ()


def conduct(spec: LoadSpec, asked: Asked, setting: Setting, *, say: Say) -> int:
    """Run a load test from broker to verdict; return its exit code.

    What this starts has ended on return, whatever happened. Raises UsageError before anything
    is started when something asked for cannot be, and TransportError where broker or consumer fail.
    """
    _check(spec, asked, setting)
    with contextlib.ExitStack() as stack:
        logs = setting.logs or Path(stack.enter_context(TemporaryDirectory(prefix="pulsetrain-load-")))
        logs.mkdir(parents=True, exist_ok=True)
        if setting.own_broker:
            broker = stack.enter_context(running_broker(progress=lambda text: say(f"{text} ...")))
            spec = msgspec.structs.replace(spec, transport=f"kafka://{broker.bootstrap}")
        make_topics(spec, plan_of(spec), must_be_empty=True)
        consumers = [stack.enter_context(one) for one in _consumers(spec, setting, logs)]
        helpers = [Helper(one, logs / f"consumer-{number}.log") for number, one in enumerate(consumers, 1)]
        if consumers:
            say(f"{spec.consumer} consumer on {spec.transport}, {len(consumers)} process(es) ...")
        locust = stack.enter_context(_locust(spec, asked, setting, logs=logs))
        wait_seconds = 2 * spec.grace_seconds + WRITE_SECONDS
        return _watched(locust, helpers, wait_seconds=wait_seconds, say=say)


def _check(spec: LoadSpec, asked: Asked, setting: Setting) -> None:
    plan = plan_of(spec)
    asked.check()
    partitions = plan.scenario.catalog.partitions
    if not 0 <= setting.processes <= partitions:
        raise UsageError(f"--processes {setting.processes} is not between 0 and {partitions}, the partitions.")
    if spec.consumer == EXTERNAL and setting.processes > 1:
        raise UsageError(
            f"--processes {setting.processes} cannot measure --consumer external: "
            "none knows when what another sent was due. Give --processes 1."
        )
    if not 1 <= setting.consumers <= CONSUMERS_MAX:
        raise UsageError(f"--consumers {setting.consumers} is not between 1 and {CONSUMERS_MAX}.")
    if spec.consumer == EXTERNAL and setting.own_broker:
        raise UsageError("--consumer external needs the cluster that it reads: give --transport kafka://HOST:PORT.")
    if "--web-login" in setting.words:
        credentials(os.environ)
    if asked.seconds is None and not setting.ui:
        raise UsageError("a load without --ui needs an end: give --duration, such as 60s.")
    if setting.ui and setting.web_port:
        WebAddress(LOOPBACK, setting.web_port).check_free()


def _consumers(
    spec: LoadSpec, setting: Setting, logs: Path
) -> Iterator[contextlib.AbstractContextManager[subprocess.Popen[bytes]]]:
    if spec.consumer == EXTERNAL:
        return
    number = 1 if spec.consumer == ECHO else setting.consumers
    for one in range(1, number + 1):
        yield child(_consumer_words(spec), kept_in=logs / f"consumer-{one}.log")


def _consumer_words(spec: LoadSpec) -> list[str]:
    if spec.consumer == ECHO:
        return python("loadtests.echo", msgspec.json.encode(spec).decode())
    words = ["consume", spec.scenario, "--transport", spec.transport, "--consumer", spec.consumer]
    words += ["--topic-prefix", spec.topic_prefix] if spec.topic_prefix else []
    words += ["--seed", str(spec.seed)] if spec.seed is not None else []
    words += ["--kafka-config", spec.kafka_config] if spec.kafka_config else []
    words += ["--codec", spec.codec]
    return python("simulator", *words)


@contextlib.contextmanager
def _locust(spec: LoadSpec, asked: Asked, setting: Setting, *, logs: Path) -> Iterator[subprocess.Popen[bytes]]:
    words = [*_load_words(spec, asked), *_process_words(setting), *setting.words, "--logfile", str(logs / "locust.log")]
    # In a session of its own, so that Ctrl-C reaches us alone, and it is told once.
    process = subprocess.Popen(
        python("locust", "-f", str(LOCUSTFILE), *words),
        stdin=subprocess.DEVNULL,
        env={**os.environ, CONDUCTED: "1"},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        stop(process)


def _load_words(spec: LoadSpec, asked: Asked) -> list[str]:
    words = ["--scenario", spec.scenario, "--transport", spec.transport, "--consumer", spec.consumer]
    words += ["--rate-per-ward", repr(asked.rate / asked.wards), "--users", str(asked.wards), "--shape", asked.shape]
    words += ["--run-time", f"{asked.seconds:g}s"] if asked.seconds is not None else []
    words += ["--slo", spec.slo, "--grace", spec.grace, "--every", str(spec.every), "--warm-up", spec.warm_up]
    given = {
        "--topic-prefix": spec.topic_prefix,
        "--kafka-config": spec.kafka_config,
        "--subjects": spec.subjects,
        "--cohort-duration": spec.duration,
        "--seed": spec.seed,
    }
    words += [str(word) for name, value in given.items() if value not in (None, "") for word in (name, value)]
    words += [word for name, value in spec.set.items() for word in ("--set", f"{name}={value}")]
    words += [word for text in spec.fault for word in ("--fault", text)]
    words += [word for text in spec.require for word in ("--require", text)]
    return words


def _process_words(setting: Setting) -> list[str]:
    words = []
    if setting.processes:
        port = str(free_port())
        words += ["--processes", str(setting.processes), "--master-bind-host", LOOPBACK]
        words += ["--master-bind-port", port, "--master-port", port]
    if not setting.ui:
        return [*words, "--headless", "--only-summary"]
    words += ["--web-host", LOOPBACK, "--web-port", str(setting.web_port or free_port())]
    return [*words, "--autostart"] if setting.autostart else words


def _watched(locust: subprocess.Popen[bytes], consumers: Sequence[Helper], *, wait_seconds: float, say: Say) -> int:
    """Wait for Locust's end; return its exit code.

    A consumer that ends before it is said. Where none is left the load ends too, with a report of what
    was measured, and never with a pass.
    """
    alive = list(consumers)
    while True:
        try:
            return locust.wait(WATCH_SECONDS)
        except subprocess.TimeoutExpired:
            ended = [one for one in alive if one.process.poll() is not None]
            for one in ended:
                say(f"pulsetrain: {one.obituary()}")
            alive = [one for one in alive if one not in ended]
            if ended and not alive:
                return _interrupted(locust, wait_seconds) or TransportError.exit_code
        except KeyboardInterrupt:
            # It ends the load and writes its reports; who does not want to wait asks again.
            _interrupted(locust, wait_seconds)
            raise


def _interrupted(locust: subprocess.Popen[bytes], wait_seconds: float) -> int:
    """Let Locust end the load and write its reports; return its exit code."""
    locust.send_signal(signal.SIGINT)
    try:
        return locust.wait(wait_seconds)
    except subprocess.TimeoutExpired:
        return TransportError.exit_code


def to_stderr(text: str) -> None:
    """Say a line on stderr."""
    print(text, file=sys.stderr, flush=True)

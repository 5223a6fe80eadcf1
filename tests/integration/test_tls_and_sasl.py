"""TLS and SASL by `--kafka-config`: the README's own file and rights, on a Kafka that asks for them."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from loadtests.outcome import LoadReport
from simulator.core.errors import TransportError
from simulator.harness.result import Report
from simulator.transports import Transport, open_transport
from simulator.transports.kafka_live import LiveKafka
from tests.architecture.source import ROOT
from tests.cli_fixtures import hello_site, start
from tests.integration.secure_kafka import Right, SecureKafka, new_authority, running_secure_kafka
from tests.integration.sepsis_over_kafka import Start, in_memory, told_by

__all__ = ["hello_site", "start"]

pytestmark = [pytest.mark.kafka]

README = (ROOT / "README.md").read_text()
[SHOWN] = re.findall(r"```properties\n(.*?)```", README, re.DOTALL)
SETTINGS = dict(line.split("=", 1) for line in SHOWN.splitlines())
USER, PASSWORD = SETTINGS["sasl.username"], SETTINGS["sasl.password"]
RIGHTS = [
    Right(kind, prefix, tuple(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", words).upper().split(", ")))
    for kind, prefix, words in re.findall(r"^\| (topic|group) `(.*?)` \| (.*?) \|$", README, re.MULTILINE)
]
STRANGER, GUEST = "stranger", "guest"  # of whom one may do nothing, and the other no more than make and use topics
WAIT_SECONDS = 120

Client = Callable[..., list[str]]
# The grace is for busy machines: nobody waits longer than for the last answer.
A_RUN = "--subjects 40 --duration 24h --open-loop --consumer external --grace 60s --json --out kept"
A_LOAD = (
    "loadtest sepsis --rate 200 --duration 3s --warm-up 1s --subjects 100 --consumer {0} --grace 60s "
    "--json --logs {0} --out {0}.jsonl --html {0}.html"
)
WRONG_PASSWORD = "invalid credentials with SASL mechanism SCRAM-SHA-512"
REFUSED: list[tuple[str, dict[str, str], str]] = [
    ("run sepsis", {"location": "other.pem"}, "certificate verify failed"),
    ("run sepsis", {"password": f"{PASSWORD}d"}, WRONG_PASSWORD),
    ("consume sepsis", {"password": f"{PASSWORD}d"}, WRONG_PASSWORD),
    ("loadtest sepsis --rate 100 --duration 1s", {"password": f"{PASSWORD}d"}, WRONG_PASSWORD),
    ("run sepsis", {"protocol": "PLAINTEXT"}, "hangs up: it may want TLS or a password"),
    ("run sepsis", {"username": STRANGER}, 'refuses topic "mine.5.sepsis.'),
    ("run sepsis", {"username": GUEST}, 'refuses group "pulsetrain-reader"'),
    ("consume sepsis", {"username": GUEST}, "refuses the consumer: Failed to create topics"),
]


@pytest.fixture(scope="module")
def secure_kafka(kafka_here: None) -> Iterator[SecureKafka]:
    users = {USER: RIGHTS, STRANGER: [], GUEST: RIGHTS[:1]}
    with running_secure_kafka(users, password=PASSWORD) as kafka:
        yield kafka


@pytest.fixture
def client(secure_kafka: SecureKafka, tmp_path: Path) -> Client:
    """Return a function that writes the README's file, with changes, and returns the options to use it."""
    (tmp_path / "ca.pem").write_text(secure_kafka.authority_pem)
    (tmp_path / "other.pem").write_text(new_authority().certificate_pem)

    def options(prefix: str, *, protocol: str = "SASL_SSL", **changes: str) -> list[str]:
        given = {name: changes.get(name.rpartition(".")[2], value) for name, value in SETTINGS.items()}
        used = {name: value for name, value in given.items() if protocol == "SASL_SSL" or not name.startswith("sasl")}
        lines = [f"{name}={value}\n" for name, value in (used | {"security.protocol": protocol}).items()]
        path = tmp_path / f"{prefix}properties"
        path.write_text("".join(lines))
        url = secure_kafka.urls["SSL" if protocol == "SSL" else "SASL_SSL"]
        return ["--transport", url, "--topic-prefix", prefix, "--kafka-config", str(path)]

    return options


@pytest.mark.parametrize("protocol", ["SSL", "SASL_SSL"])
def test_a_run_and_its_consumer_are_those_in_memory(
    client: Client, start: Start, tmp_path: Path, protocol: str
) -> None:
    wire = client(f"mine.{protocol}.", protocol=protocol)
    consumer = start("consume", "sepsis", *wire)
    said = ended(start("run", "sepsis", *wire, *A_RUN.split()))
    consumer.send_signal(signal.SIGINT)
    heard = ended(consumer)
    assert said.stdout, said.stderr
    report = msgspec.json.decode(said.stdout, type=Report)
    assert told_by(report) == told_by(in_memory(open_loop=True).report)
    assert (report.delivery.lost, report.delivery.duplicated, report.repeated_decisions) == (0, 0, 0)
    assert f"{report.decisions} decisions, 0 dead letters" in heard.stdout
    assert report.decisions > 5
    assert places_of_the_password(tmp_path, said, heard) == []


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    said = process.communicate(timeout=WAIT_SECONDS)
    return subprocess.CompletedProcess(process.args, process.returncode, *said)


def places_of_the_password(folder: Path, *said: subprocess.CompletedProcess[str]) -> list[str]:
    """Return where it stands in what was said or written, beside the files that give it."""
    written = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    told = {name: text for name, text in written.items() if not name.endswith(".properties")}
    told |= {f"{one.args} {place}": f"{one.stdout}{one.stderr}".encode() for place, one in enumerate(said)}
    return [name for name, text in told.items() if PASSWORD.encode() in text]


def test_a_load_and_its_consumer_lose_nothing(client: Client, start: Start, tmp_path: Path) -> None:
    wires = {"echo": client("mine.echo.", protocol="SSL"), "reference": client("mine.reference.")}
    started = [start(*A_LOAD.format(consumer).split(), *wire) for consumer, wire in wires.items()]
    said = [ended(one) for one in started]
    for one in said:
        assert one.stdout, one.stderr
        delivery = msgspec.json.decode(one.stdout, type=LoadReport).delivery
        assert (delivery.missing, delivery.twice, delivery.unexpected, delivery.failed) == (0, 0, 0, 0)
        assert delivery.sent == delivery.acknowledged > 500
        assert delivery.seen == delivery.expected > 0
    assert places_of_the_password(tmp_path, *said) == []


def test_who_is_refused_is_told_why_in_one_line(client: Client, start: Start, tmp_path: Path) -> None:
    # All at once, for a client that is refused tries again for five seconds.
    wires = [client(f"mine.{place}.", **change) for place, (_, change, _) in enumerate(REFUSED)]
    started = [start(*command.split(), *wire) for (command, _, _), wire in zip(REFUSED, wires, strict=True)]
    said = [ended(one) for one in started]
    whys = [complaint(one) for one in said]
    assert [(one.returncode, one.stdout) for one in said] == [(TransportError.exit_code, "")] * len(REFUSED)
    assert [why if why in told else told for told, (_, _, why) in zip(whys, REFUSED, strict=True)] == [
        why for _, _, why in REFUSED
    ]
    assert places_of_the_password(tmp_path, *said) == []


def complaint(said: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that says what is wrong; `consume` says before it what it reads."""
    [line] = [line for line in said.stderr.splitlines() if not line.endswith("Ctrl-C stops it.")]
    return line


def test_a_client_that_gives_up_says_so_however_it_is_asked(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, url, _, _, _, config = client("mine.given-up.", username=STRANGER)
    live = LiveKafka(url, kafka_config=Path(config))
    while not live.producer.failure:
        live.producer.poll()
    live.close()
    transport = open_transport(url, kafka_config=Path(config))
    with pytest.raises(TransportError) as raised:
        flush_for_ever(transport)
    transport.close()
    said = re.compile(r"the Kafka client for 127\.0\.0\.1:\d+ gave up: .*: Cluster authorization failed")
    assert [bool(said.fullmatch(one)) for one in (live.producer.failure, str(raised.value))] == [True, True]


def flush_for_ever(transport: Transport) -> None:
    while True:
        transport.flush()

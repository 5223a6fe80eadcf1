"""A sepsis run whose broker dies, and the README's own consumer beside a run: both as processes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from simulator.brokers import BrokerStatus, running_broker
from simulator.core.errors import TransportError, UsageError
from simulator.core.time import parse_instant
from simulator.harness.plan import make_plan
from simulator.harness.store import RunFile
from tests.architecture.source import ROOT
from tests.cli_fixtures import hello_site, start
from tests.integration.sepsis_over_kafka import Start, Wire, wire_on

__all__ = ["hello_site", "start"]

pytestmark = [pytest.mark.kafka]


def test_a_broker_lost_in_the_middle_ends_the_run_with_one_line(kafka_here: None, tmp_path: Path, start: Start) -> None:
    impatient = tmp_path / "impatient.properties"
    impatient.write_text("message.timeout.ms=2000\n")
    with running_broker() as broker:
        wire = Wire(f"kafka://{broker.bootstrap}", "lost.")
        options = [*wire.options, "--kafka-config", str(impatient), "--speed", "3600", "--out", "kept"]
        wire.create_topics()
        going = start("run", "sepsis", "--subjects", "40", "--duration", "72h", "--quiet", *options)
        wire.wait_for("sepsis.vitals", lambda record: True, records=50)
        for pid in broker.pids:
            os.kill(pid, signal.SIGKILL)
        printed, complaint = going.communicate(timeout=90)
    assert (going.returncode, printed, complaint.count("\n")) == (TransportError.exit_code, "", 1)
    assert broker.bootstrap in complaint
    check_folder(tmp_path / "kept")
    refused = start("score", "kept")
    _, why = refused.communicate(timeout=60)
    assert (refused.returncode, why.count("\n")) == (UsageError.exit_code, 1)
    assert why.startswith('pulsetrain: "kept" is failed (')
    assert broker.bootstrap in why


def check_folder(kept: Path) -> None:
    """Check that a folder says how far its run came."""
    told = msgspec.json.decode((kept / "run.json").read_bytes(), type=RunFile)
    size = make_plan(told.spec).size
    assert told.state == "failed"
    assert size.start < parse_instant(told.reached) < size.end
    # Both count every record: events, ticks, decisions and answers.
    counted = re.search(r"([\d,]+) of ([\d,]+) records were acknowledged", told.reason)
    assert counted is not None
    acknowledged, published = (int(number.replace(",", "")) for number in counted.groups())
    assert 0 < told.events < told.records_acknowledged <= acknowledged < published
    assert not (kept / "score.json").exists()


def test_the_readme_consumer_is_heard(local_kafka: BrokerStatus, tmp_path: Path, start: Start) -> None:
    wire = wire_on(local_kafka)
    (code,) = (
        one
        for one in re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
        if "confluent_kafka" in one
    )
    assert code.count("127.0.0.1:9092") == 1
    assert code.count('"sepsis.') == 2
    plain = tmp_path / "plain.py"
    plain.write_text(
        code.replace("127.0.0.1:9092", local_kafka.bootstrap).replace('"sepsis.', f'"{wire.prefix}sepsis.')
    )
    with subprocess.Popen([sys.executable, "-I", str(plain)], stderr=subprocess.PIPE, text=True) as consumer:
        size = ["--consumer", "external", "--speed", "14400", "--duration", "24h", "--subjects", "60", "--grace", "10s"]
        going = start("run", "sepsis", *wire.options, *size, "--json")
        printed, complaint = going.communicate(timeout=90)
        is_alive = consumer.poll() is None
        consumer.kill()
        said = consumer.communicate()[1]
    assert (is_alive, said) == (True, "")
    assert printed, complaint
    report = json.loads(printed)
    assert report["decisions"] > 0
    names = ("dead_letters", "backdated_decisions", "postdated_decisions", "phantom_decisions", "repeated_decisions")
    assert {name: report[name] for name in names} == dict.fromkeys(names, 0)
    assert report["delivery"]["lost"] == 0

"""Sepsis runs on a real broker: the wire of each, its consumer in another process, what is compared."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from simulator.brokers import BrokerStatus
from simulator.core.records import Record
from simulator.harness.registry import load_scenario
from simulator.harness.result import Progress, Report, Run
from simulator.harness.run import run
from simulator.harness.spec import RunSpec, make_spec
from simulator.transports import open_transport

SIZE: dict[str, Any] = {"subjects": 40, "duration": "24h"}
LOOKS = 600  # how often somebody looks, a tenth of a second each, before giving up

Start = Callable[..., "subprocess.Popen[str]"]
_wires = count()


@dataclass(frozen=True, slots=True)
class Wire:
    """Topics of their own on a broker that others use too."""

    url: str
    prefix: str

    @property
    def options(self) -> list[str]:
        return ["--transport", self.url, "--topic-prefix", self.prefix]

    def run(self, *, on_progress: Callable[[Progress], None] | None = None, **options: object) -> Run:
        fields = {"transport": self.url, "topic_prefix": self.prefix, "consumer": "external", **SIZE, **options}
        return run(make_spec("sepsis-v1", fields), on_progress=on_progress)

    def create_topics(self) -> None:
        """Make the topics, so that they can be read before the run has begun."""
        transport = open_transport(self.url)
        transport.create_topics(load_scenario("sepsis-v1").catalog.topics(prefix=self.prefix))
        transport.close()

    def wait_for(self, topic: str, is_wanted: Callable[[Record], bool], *, records: int = 1) -> None:
        """Read a topic from its beginning until so many wanted records have come."""
        transport = open_transport(self.url)
        subscription, found = transport.subscribe([f"{self.prefix}{topic}"]), 0
        for _ in range(LOOKS):
            found += sum(map(is_wanted, subscription.poll(timeout_seconds=0.1)))
            if found >= records:
                break
        transport.close()
        assert found >= records, f"{topic} has {found} of {records} records"


def wire_on(broker: BrokerStatus) -> Wire:
    return Wire(f"kafka://{broker.bootstrap}", f"sepsis-{os.getpid()}-{next(_wires)}.")


def in_memory(**options: object) -> Run:
    return run(RunSpec(**{"scenario": "sepsis-v1", **SIZE, **options}))


def is_alert(record: Record) -> bool:
    return b'"alert.raised"' in record.value


def told(heard: Run) -> dict[str, object]:
    """Return what must not depend on the wire, or on who died on it."""
    return told_by(heard.report)


def told_by(report: Report) -> dict[str, object]:
    """Return what a report must say whatever the wire."""
    score = {name: value for name, value in report.score.items() if not name.startswith(("latency_", "repeated_"))}
    return {
        "events": report.events_sha256,
        "labels": report.labels_sha256,
        "decisions": report.decisions_sha256,
        "verdict": report.verdict,
        "score": score,
        "delivery": report.delivery,
        "nonsense": (report.dead_letters, report.phantom_decisions, report.backdated_decisions),
    }

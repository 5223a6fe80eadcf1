"""One seed, one stream: whoever makes it, however it is cut, wherever it runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from simulator.harness.feed import WorldFeed
from simulator.harness.plan import make_plan
from simulator.harness.registry import load_scenario
from simulator.harness.result import Report
from simulator.harness.run import run
from simulator.harness.spec import RunSpec
from simulator.transports.topic_file import read_topic_file

COHORT: dict[str, object] = {"subjects": 40, "duration": "24h", "seed": 7}
PATIENT = 17
PRINT_DIGESTS = """
import json, sys
import simulator as pt
report = pt.run("sepsis-v1", **json.loads(sys.argv[1])).report
print(json.dumps([report.events_sha256, report.labels_sha256, report.decisions_sha256]))
"""


def digests(report: Report) -> list[str]:
    """Return what must be equal."""
    return [report.events_sha256, report.labels_sha256, report.decisions_sha256]


def run_of(**options: object) -> list[str]:
    """Return the digests of the cohort, run with these options besides."""
    return digests(run(RunSpec(scenario="sepsis-v1", **{**COHORT, **options})).report)  # type: ignore[arg-type]  # by name


@cache
def plainly(loop: str = "closed") -> list[str]:
    """Return the digests of the cohort, run as simply as can be."""
    return run_of(open_loop=loop == "open")


def elsewhere(**environment: str) -> list[str]:
    """Return the digests of the cohort, run in a process with that environment."""
    command = [sys.executable, "-c", PRINT_DIGESTS, json.dumps(COHORT)]
    told = subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
    found: list[str] = json.loads(told.stdout)
    return found


def test_the_seed_and_the_loop_do_show() -> None:
    assert run_of(seed=8) != plainly()
    assert plainly("open")[0] != plainly("closed")[0]


@pytest.mark.parametrize(("workers", "loop"), [(2, "closed"), (2, "open"), (8, "open")])
def test_workers_do_not_show(workers: int, loop: str) -> None:
    assert run_of(workers=workers, open_loop=loop == "open") == plainly(loop)


@pytest.mark.parametrize(
    ("step", "loop"), [("2m", "closed"), ("13m", "closed"), ("7m", "open"), ("5h", "open"), ("24h", "open")]
)
def test_the_length_of_a_step_does_not_show(step: str, loop: str) -> None:
    assert run_of(step=step, open_loop=loop == "open") == plainly(loop)


@pytest.mark.parametrize(
    "environment",
    [
        {"TZ": "Asia/Kolkata", "PYTHONHASHSEED": "1"},
        {"TZ": "America/New_York", "PYTHONHASHSEED": "2", "LC_ALL": "C"},
    ],
    ids=lambda environment: environment["TZ"],
)
def test_time_zone_and_hash_seed_do_not_show(environment: Mapping[str, str]) -> None:
    assert elsewhere(**environment) == plainly()


def test_files_hold_what_memory_held(tmp_path: Path) -> None:
    assert run_of(transport=f"file:{tmp_path / 'topics'}") == plainly()


def test_a_recorded_run_is_the_run(tmp_path: Path) -> None:
    assert run_of(out=str(tmp_path / "run")) == plainly()


@pytest.mark.parametrize("others", [18, 100])
def test_a_patient_is_the_same_in_any_cohort_and_is_treated_the_same(tmp_path: Path, others: int) -> None:
    assert stream_of(tmp_path / "few", subjects=50) == stream_of(tmp_path / "others", subjects=others)


def test_a_patient_is_the_same_among_five_thousand() -> None:
    assert open_stream_of(5_000) == open_stream_of(50)


def stream_of(folder: Path, *, subjects: int) -> list[tuple[str, int, int, bytes]]:
    """Return the patient's records, as a closed loop over files left them."""
    run(RunSpec(scenario="sepsis-v1", seed=7, subjects=subjects, duration="24h", transport=f"file:{folder}"))
    catalog = load_scenario("sepsis-v1").catalog
    key = catalog.subject_name(PATIENT).encode()
    records = [one for topic in catalog.topics() for one in read_topic_file(folder / f"{topic.name}.jsonl.zst")]
    found = [(one.topic, one.partition, one.timestamp, one.value) for one in records if one.key == key]
    assert len(found) > 20
    return found


def open_stream_of(subjects: int) -> list[tuple[str, int, bytes]]:
    """Return the patient's records, as a world without decisions makes them."""
    plan = make_plan(RunSpec(scenario="sepsis-v1", seed=7, subjects=subjects, duration="24h", open_loop=True))
    feed, found = WorldFeed(plan), []
    for until in plan.instants():
        for batch in feed.step(until, ()).batches:
            rows = (batch.subjects == PATIENT).nonzero()[0].tolist()
            found += [(batch.topic, int(batch.timestamps[row]), batch.values[row]) for row in rows]
    assert len(found) > 20
    return sorted(found)

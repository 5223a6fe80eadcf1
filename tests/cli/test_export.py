"""`pulsetrain export`: the same events in every format."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from tests.architecture.source import ROOT
from tests.cli_fixtures import Command

SIZE = ["--subjects", "20", "--duration", "6h"]
EVENTS = 20 * 36


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_cloudevents_are_those_of_a_run_in_open_loop(pulsetrain: Command) -> None:
    exported = json.loads(pulsetrain("export", "hello", *SIZE, "--out", "kept", "--json").stdout)
    ran = json.loads(pulsetrain("run", "hello", *SIZE, "--open-loop", "--json").stdout)
    assert exported["files"] == {"hello.vitals.jsonl": EVENTS, "labels.jsonl": ran["labels"]}
    assert exported["events_sha256"] == ran["events_sha256"]


def test_cloudevents_stand_in_the_order_of_publishing(pulsetrain: Command, tmp_path: Path) -> None:
    pulsetrain("export", "hello", *SIZE, "--out", "kept")
    events = lines_of(tmp_path / "kept" / "hello.vitals.jsonl")
    assert len({event["id"] for event in events}) == EVENTS
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)


def test_workers_do_not_show(pulsetrain: Command, tmp_path: Path) -> None:
    for workers in ("1", "2"):
        pulsetrain("export", "hello", *SIZE, "--workers", workers, "--out", workers)
    first, second = ((tmp_path / workers / "hello.vitals.jsonl").read_bytes() for workers in ("1", "2"))
    assert first == second


def test_labels_are_beside_the_events(pulsetrain: Command, tmp_path: Path) -> None:
    pulsetrain("export", "hello", *SIZE, "--format", "csv", "--out", "kept")
    pulsetrain("run", "hello", *SIZE, "--out", "ran")
    assert (tmp_path / "kept" / "labels.jsonl").read_bytes() == (tmp_path / "ran" / "labels.jsonl").read_bytes()


def test_csv_has_a_file_for_each_event_type_and_flat_columns(pulsetrain: Command, tmp_path: Path) -> None:
    pulsetrain("export", "sepsis", "--subjects", "5", "--duration", "6h", "--format", "csv", "--out", "kept")
    with (tmp_path / "kept" / "encounter.admitted.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5
    assert {"id", "subject", "occurred_at", "published_at", "unit", "patient.family", "patient.birth_date"} <= set(
        rows[0]
    )
    assert rows[0]["patient.identifier"] == rows[0]["subject"]


def test_parquet_holds_what_csv_holds(pulsetrain: Command, tmp_path: Path) -> None:
    for name in ("csv", "parquet"):
        pulsetrain("export", "hello", *SIZE, "--format", name, "--out", name)
    table = parquet.read_table(tmp_path / "parquet" / "vital-sign.measured.parquet")
    with (tmp_path / "csv" / "vital-sign.measured.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert table.column_names == list(rows[0])
    assert [(one["id"], one["value"]) for one in table.to_pylist()] == [
        (row["id"], float(row["value"])) for row in rows
    ]
    assert str(table.schema.field("occurred_at").type) == "timestamp[ms, tz=UTC]"
    first = table.column("occurred_at")[0].as_py()
    assert first.strftime("%Y-%m-%dT%H:%M:%S.") + f"{first.microsecond // 1_000:03d}Z" == rows[0]["occurred_at"]


def test_without_pyarrow_one_line_names_the_extra(
    pulsetrain: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "simulator.harness.parquet", raising=False)
    said = pulsetrain("export", "hello", "--format", "parquet", "--out", "kept")
    assert f"pip install -c {ROOT / 'constraints.txt'} -e '{ROOT}[formats]'" in said.stderr
    assert (said.exit_code, list(tmp_path.iterdir())) == (64, [])


def test_the_last_line_repeats_the_export(pulsetrain: Command, tmp_path: Path) -> None:
    said = pulsetrain("export", "hello", *SIZE, "--format", "csv", "--out", "kept")
    repeat = said.stdout.splitlines()[-1].replace("--out kept", "--out again").split()
    assert pulsetrain(*repeat[1:]).exit_code == 0
    name = "vital-sign.measured.csv"
    assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "kept" / name).read_bytes()

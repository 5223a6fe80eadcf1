"""`list` and `describe`: what is said of a scenario is what it does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from scenarios.sepsis import scenario
from simulator.codecs.cloudevents import CloudEventsCodec
from simulator.core.records import Record
from tests.cli_fixtures import Command


@pytest.fixture
def described(pulsetrain: Command) -> dict[str, Any]:
    """Return what `describe sepsis --json` prints."""
    described: dict[str, Any] = json.loads(pulsetrain("describe", "sepsis", "--json").stdout)
    return described


def test_the_list_has_id_summary_and_sizes(pulsetrain: Command) -> None:
    [sepsis] = [one for one in json.loads(pulsetrain("list", "--json").stdout) if one["id"] == "sepsis-v1"]
    assert sepsis["summary"] == scenario.summary
    assert f"{scenario.defaults.subjects:,} subjects, 72h from 2026-01-05, seed 42" == sepsis["sizes"]


def test_every_parameter_has_default_unit_and_source(described: dict[str, Any]) -> None:
    bare = [one["name"] for one in described["parameters"] if not (one["unit"] and one["source"] and one["summary"])]
    assert bare == []


def test_every_event_type_has_a_real_example(described: dict[str, Any]) -> None:
    codec = CloudEventsCodec(scenario.catalog, seed=scenario.defaults.seed)
    records = [
        Record(topic=one["topic"], partition=0, offset=0, timestamp=0, key=b"", value=one["example"].encode())
        for one in described["events"]
    ]
    assert [codec.decode(record).type for record in records] == list(scenario.catalog.type_names)


def test_labels_scores_and_requirements_are_those_of_the_scenario(described: dict[str, Any]) -> None:
    assert [one["name"] for one in described["labels"]] == [one.name for one in scenario.label_types]
    assert [one["name"] for one in described["scores"]] == [one.name for one in scenario.metrics]
    assert described["requirements"] == list(scenario.requirements)
    assert "reference" in described["consumers"]


def test_what_is_printed_has_all_of_it(pulsetrain: Command, described: dict[str, Any]) -> None:
    shown = pulsetrain("describe", "sepsis").stdout
    names = [one["name"] for part in ("parameters", "events", "labels", "scores") for one in described[part]]
    assert [name for name in names if name not in shown] == []
    assert described["events"][0]["example"] in shown


def test_the_schema_names_every_field_of_the_data(pulsetrain: Command) -> None:
    schemas = json.loads(pulsetrain("describe", "sepsis", "--schema").stdout)
    vital_sign = schemas["vital-sign.measured"]
    assert set(schemas) == {*scenario.catalog.type_names, "alert.raised"}
    assert vital_sign["$defs"]["VitalSign"]["required"] == ["code", "display", "value", "unit"]
    assert schemas["alert.raised"]["allOf"][1]["required"] == ["caused_by"]


@pytest.mark.parametrize("option", ["--schema", "--asyncapi"])
def test_every_reference_leads_somewhere(pulsetrain: Command, option: str) -> None:
    document = json.loads(pulsetrain("describe", "sepsis", option).stdout)
    roots = [document] if option == "--asyncapi" else list(document.values())
    assert [reference for root in roots for reference in references(root) if not is_found(root, reference)] == []
    assert any(references(root) for root in roots)


def test_asyncapi_has_the_topics_and_what_they_carry(pulsetrain: Command) -> None:
    document = json.loads(pulsetrain("describe", "sepsis", "--asyncapi").stdout)
    carried = {one["address"]: sorted(one["messages"]) for one in document["channels"].values()}
    assert document["asyncapi"] == "3.0.0"
    assert carried["sepsis.vitals"] == ["vital-sign.measured"]
    assert carried["sepsis.decisions"] == ["alert.raised", "clock.reached"]
    assert carried["sepsis.clock"] == ["clock.ticked"]
    assert document["operations"]["receive-decisions"]["action"] == "receive"


def test_an_example_has_the_attributes_that_asyncapi_requires(pulsetrain: Command, described: dict[str, Any]) -> None:
    messages = json.loads(pulsetrain("describe", "sepsis", "--asyncapi").stdout)["components"]["messages"]
    for one in described["events"]:
        event, payload = json.loads(one["example"]), messages[one["name"]]["payload"]
        constants = {name: value["const"] for name, value in payload["properties"].items() if "const" in value}
        assert set(event) == set(payload["properties"])
        assert {name: event[name] for name in constants} == constants


def references(node: Any) -> Iterator[str]:
    """Yield every `$ref` of a document."""
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from references(one)


def is_found(root: Any, reference: str) -> bool:
    """Return whether a reference leads to a node of its document."""
    for step in reference.removeprefix("#/").split("/"):
        if step not in root:
            return False
        root = root[step]
    return True

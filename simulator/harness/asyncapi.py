"""The wire of a scenario in the words of two standards: JSON Schema and AsyncAPI 3.0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from simulator.codecs.envelope import JSON, SPECVERSION, dataschema
from simulator.core.catalog import CLOCK_REACHED, CLOCK_TICKED, Catalog
from simulator.core.events import DecisionType, EventType
from simulator.core.scenario import Scenario

JSONObject = dict[str, Any]
CONTENT_TYPE = "application/cloudevents+json"  # CloudEvents 1.0.2, JSON format, section 3
CAUSED_BY = "id of the event that led to the decision"
DIALECT = "https://json-schema.org/draft/2020-12/schema"  # what msgspec writes

_TEXT: JSONObject = {"type": "string", "minLength": 1}
_PARTITION: JSONObject = {"type": "integer", "minimum": 0}
_CAUSED_BY = {**_TEXT, "description": CAUSED_BY}
# The clock is no part of a catalog: its two types are the same in every scenario.
_CLOCK: Mapping[str, tuple[str, JSONObject]] = {
    CLOCK_TICKED: (
        "all that is published up to `time` stands before the offsets of `ends` in this partition",
        {"partition": _PARTITION, "ends": {"type": "object", "additionalProperties": {"type": "integer"}}},
    ),
    CLOCK_REACHED: (
        "a consumer has decided all it had to, up to the tick of `time`, in this partition",
        {"partition": _PARTITION},
    ),
}


def data_schemas(catalog: Catalog) -> dict[str, JSONObject]:
    """Return the JSON Schema of the data of each event and decision type, by name."""
    return {
        one.name: {"$schema": DIALECT, "$id": dataschema(catalog.scenario_id, one.name)} | _schema(one)
        for one in _types(catalog)
    }


def asyncapi_document(scenario: Scenario) -> JSONObject:
    """Return the AsyncAPI 3.0 document of a scenario.

    It is written from our side: events and the clock are sent, decisions received.
    """
    catalog = scenario.catalog
    carried = {family: [one.name for one in catalog.event_types if one.family == family] for family in catalog.families}
    carried["clock"] = [CLOCK_TICKED]
    carried["decisions"] = [*(one.name for one in catalog.decision_types), CLOCK_REACHED]
    return {
        "asyncapi": "3.0.0",
        "info": {"title": scenario.id, "version": f"{catalog.version}.0.0", "description": scenario.summary},
        "defaultContentType": CONTENT_TYPE,
        "channels": {family: _channel(catalog, family, names) for family, names in carried.items()},
        "operations": {_operation_name(family): _operation(family) for family in carried},
        "components": {"messages": _messages(catalog), "schemas": _components(catalog)},
    }


def _channel(catalog: Catalog, family: str, names: Sequence[str]) -> JSONObject:
    return {
        "address": catalog.topic(family),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": {"partitions": catalog.partitions}},
    }


def _operation_name(family: str) -> str:
    return "receive-decisions" if family == "decisions" else f"send-{family}"


def _operation(family: str) -> JSONObject:
    action = "receive" if family == "decisions" else "send"
    return {"action": action, "channel": {"$ref": f"#/channels/{family}"}}


def _messages(catalog: Catalog) -> JSONObject:
    named = {one.name: one.summary for one in _types(catalog)} | {
        name: summary for name, (summary, _) in _CLOCK.items()
    }
    return {name: _message(catalog, name, summary) for name, summary in named.items()}


def _message(catalog: Catalog, name: str, summary: str) -> JSONObject:
    return {
        "name": name,
        "title": name,
        "summary": summary,
        "contentType": CONTENT_TYPE,
        "payload": _cloudevent(catalog, name),
        "bindings": {"kafka": {"key": {"type": "string", "description": "the subject"}}},
    }


def _cloudevent(catalog: Catalog, name: str) -> JSONObject:
    attributes: JSONObject = {
        "specversion": {"const": SPECVERSION},
        "id": _TEXT,
        "source": _TEXT,
        "type": {"const": name},
        "subject": _TEXT,
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": JSON},
        "dataschema": {"const": dataschema(catalog.scenario_id, name)},
        "data": {"$ref": f"#/components/schemas/{name}"},
    }
    optional = ("datacontenttype", "dataschema")
    return {"type": "object", "properties": attributes, "required": [key for key in attributes if key not in optional]}


def _components(catalog: Catalog) -> JSONObject:
    types = _types(catalog)
    template = "#/components/schemas/{name}"
    schemas, components = msgspec.json.schema_components([one.data for one in types], ref_template=template)
    named = {one.name: schema for one, schema in zip(types, schemas, strict=True)}
    for one in catalog.decision_types:
        named[one.name] = {"allOf": [named[one.name], _object({"caused_by": _CAUSED_BY})]}
    return named | components | {name: _object(fields) for name, (_, fields) in _CLOCK.items()}


def _types(catalog: Catalog) -> tuple[EventType | DecisionType, ...]:
    return (*catalog.event_types, *catalog.decision_types)


def _schema(kind: EventType | DecisionType) -> JSONObject:
    schema = msgspec.json.schema(kind.data)
    if isinstance(kind, EventType):
        return schema
    rest = {key: value for key, value in schema.items() if key not in ("$ref", "$defs")}
    both = [{"$ref": schema["$ref"]}, _object({"caused_by": _CAUSED_BY})]
    return rest | {"allOf": both, "$defs": schema["$defs"]}


def _object(fields: JSONObject) -> JSONObject:
    return {"type": "object", "properties": fields, "required": list(fields)}

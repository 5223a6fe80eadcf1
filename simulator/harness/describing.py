"""What there is to know of a scenario: parameters, events with examples, labels, scores."""

from __future__ import annotations

from typing import get_type_hints

import msgspec

from simulator.core.errors import PulsetrainError
from simulator.core.events import DecisionType, EventType
from simulator.core.scenario import Defaults, Metric, Scenario
from simulator.core.time import format_duration, format_instant
from simulator.harness.asyncapi import CAUSED_BY
from simulator.harness.plan import make_plan
from simulator.harness.registry import load_scenario, scenario_names
from simulator.harness.run import make_feed
from simulator.harness.spec import RunSpec


class Summary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A scenario in one line; `error` says why one cannot be loaded."""

    id: str
    summary: str = ""
    sizes: str = ""
    error: str = ""


class ParameterDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter of a scenario."""

    name: str
    default: str | int | float | bool | None
    unit: str
    summary: str
    source: str


class EventDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A type of event or decision: what its data say, and one as on the wire."""

    name: str
    topic: str
    summary: str
    data: dict[str, str]
    example: str | None = None


class LabelDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of label."""

    name: str
    summary: str


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario, described."""

    id: str
    summary: str
    sizes: str
    parameters: tuple[ParameterDescription, ...]
    events: tuple[EventDescription, ...]
    decisions: tuple[EventDescription, ...]
    labels: tuple[LabelDescription, ...]
    scores: tuple[Metric, ...]
    requirements: tuple[str, ...]
    consumers: dict[str, str]


def summaries() -> tuple[Summary, ...]:
    """Return every registered scenario in one line; one that is broken with its error."""
    return tuple(_summary(name) for name in scenario_names())


def describe_scenario(scenario: Scenario) -> Description:
    """Return all that there is to know of a scenario.

    The examples come from a run of default size.
    """
    catalog = scenario.catalog
    examples = event_examples(scenario)
    return Description(
        id=scenario.id,
        summary=scenario.summary,
        sizes=_sizes(scenario.defaults),
        parameters=_parameters(scenario.parameters),
        events=tuple(_event(one, catalog.topic(one.family), examples.get(one.name)) for one in catalog.event_types),
        decisions=tuple(_event(one, catalog.topic("decisions"), None) for one in catalog.decision_types),
        labels=tuple(LabelDescription(name=one.name, summary=one.summary) for one in scenario.label_types),
        scores=scenario.metrics,
        requirements=scenario.requirements,
        consumers={name: make().summary for name, make in scenario.consumers.items()},
    )


def event_examples(scenario: Scenario) -> dict[str, str]:
    """Return the first event of each type, as it stands on the wire.

    They come from a run of default size; a type that does not occur in it has none.
    """
    plan = make_plan(RunSpec(scenario=scenario.id, consumer="none"))
    names, feed, found = scenario.catalog.type_names, make_feed(plan), dict[str, str]()
    for until in plan.instants():
        for batch in feed.step(until, ()).batches:
            for kind in set(batch.types.tolist()) - {names.index(name) for name in found}:
                found[names[kind]] = batch.values[batch.types.tolist().index(kind)].decode()
        if len(found) == len(names):
            break
    feed.close()
    return found


def _summary(name: str) -> Summary:
    try:
        scenario = load_scenario(name)
    except PulsetrainError as error:
        return Summary(id=name, error=str(error))
    return Summary(id=scenario.id, summary=scenario.summary, sizes=_sizes(scenario.defaults))


def _sizes(defaults: Defaults) -> str:
    return (
        f"{defaults.subjects:,} subjects, {format_duration(defaults.duration)} "
        f"from {format_instant(defaults.start)[:10]}, seed {defaults.seed}"
    )


def _parameters(parameters: type[msgspec.Struct]) -> tuple[ParameterDescription, ...]:
    hints = get_type_hints(parameters, include_extras=True)
    return tuple(_parameter(field, hints[field.name]) for field in msgspec.structs.fields(parameters))


def _parameter(field: msgspec.structs.FieldInfo, hint: object) -> ParameterDescription:
    extra = {key: value for meta in _metas(hint) for key, value in (meta.extra or {}).items()}
    return ParameterDescription(
        name=field.encode_name,
        default=field.default,
        unit=str(extra.get("unit", "")),
        summary=_description(hint),
        source=str(extra.get("source", "")),
    )


def _event(kind: EventType | DecisionType, topic: str, example: str | None) -> EventDescription:
    cause = {"caused_by": CAUSED_BY} if isinstance(kind, DecisionType) else {}
    hints = get_type_hints(kind.data, include_extras=True)
    data = cause | {name: _description(hint) for name, hint in hints.items()}
    return EventDescription(name=kind.name, topic=topic, summary=kind.summary, data=data, example=example)


def _description(hint: object) -> str:
    return " ".join(meta.description for meta in _metas(hint) if meta.description)


def _metas(hint: object) -> list[msgspec.Meta]:
    return [one for one in getattr(hint, "__metadata__", ()) if isinstance(one, msgspec.Meta)]

"""A RunSpec resolved and checked whole, before the first event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from simulator.codecs.protocol import Codec
from simulator.core.errors import UsageError
from simulator.core.reducers import Consumer
from simulator.core.scenario import Scenario
from simulator.core.suggestions import suggestion
from simulator.core.time import Milliseconds, SimTime, format_duration, parse_duration
from simulator.faults import FaultSpec, parse_fault
from simulator.harness.pacing import step_length
from simulator.harness.registry import load_codec, load_scenario
from simulator.harness.spec import RunSpec, Size, resolve_parameters, resolve_size
from simulator.scoring import Requirement, parse_requirement

MOST_WORKERS = 64  # our choice; more than there are partitions do nothing in any case


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run needs to know; `consumer` is None when nobody here decides."""

    spec: RunSpec
    scenario: Scenario
    size: Size
    parameters: msgspec.Struct
    faults: tuple[FaultSpec, ...]
    requirements: tuple[Requirement, ...]
    consumer: Consumer | None
    step: Milliseconds
    grace: Milliseconds

    @property
    def closed_loop(self) -> bool:
        """Say whether decisions change the world."""
        return not self.spec.open_loop and self.spec.consumer != "none"

    @property
    def is_external(self) -> bool:
        """Say whether another process decides."""
        return self.spec.consumer == "external"

    @property
    def is_lockstep(self) -> bool:
        """Say whether a step waits for an outside consumer's answer to the last tick."""
        return self.is_external and self.closed_loop and self.spec.speed is None

    @property
    def is_stepwise(self) -> bool:
        """Say whether anybody is waited for after each step."""
        return self.consumer is not None or self.is_lockstep

    @property
    def kafka_config(self) -> Path | None:
        """Return the file of client settings, if one was given."""
        return None if self.spec.kafka_config is None else Path(self.spec.kafka_config)

    def codec(self) -> Codec:
        """Return a codec for this run's events."""
        return load_codec(self.spec.codec, self.scenario.catalog, seed=self.size.seed)

    def instants(self) -> Iterator[SimTime]:
        """Return the ends of the steps, the last one being the end of the run."""
        for moment in range(self.size.start + self.step, self.size.end, self.step):
            yield SimTime(moment)
        yield self.size.end


def make_plan(spec: RunSpec) -> Plan:
    """Resolve and check a RunSpec. Raises UsageError for what cannot be."""
    scenario = load_scenario(spec.scenario)
    size = resolve_size(spec, scenario)
    load_codec(spec.codec, scenario.catalog, seed=size.seed)
    _check_speed(spec)
    _check_workers(spec)
    _check_out(spec)
    closed_loop = not spec.open_loop and spec.consumer != "none"
    return Plan(
        spec=spec,
        scenario=scenario,
        size=size,
        parameters=resolve_parameters(spec, scenario),
        faults=tuple(parse_fault(text) for text in spec.fault),
        requirements=requirements_of(scenario, spec.require),
        consumer=_consumer(spec, scenario),
        step=_step(spec, scenario, subjects=size.subjects, closed_loop=closed_loop),
        grace=parse_duration(spec.grace),
    )


def requirements_of(scenario: Scenario, *further: Sequence[str]) -> tuple[Requirement, ...]:
    """Return the conditions of a pass: the scenario's own and `further` ones.

    A condition stands in for what was asked of the same metric before it came. Raises UsageError.
    """
    known, see = [metric.name for metric in scenario.metrics], f"See `pulsetrain describe {scenario.id}`."
    texts = add_conditions(scenario, scenario.requirements, *further)
    return tuple(parse_requirement(text, known=known, see=see) for text in texts)


def add_conditions(scenario: Scenario, *layers: Sequence[str]) -> tuple[str, ...]:
    """Return the texts of all `layers` but those whose metric a later layer names.

    Raises UsageError for a condition of another form or on an unknown name.
    """
    known, see = [metric.name for metric in scenario.metrics], f"See `pulsetrain describe {scenario.id}`."
    kept: dict[str, list[str]] = {}
    for texts in layers:
        named: dict[str, list[str]] = {}
        for text in texts:
            named.setdefault(parse_requirement(text, known=known, see=see).name, []).append(text)
        kept |= named
    return tuple(text for texts in kept.values() for text in texts)


def _step(spec: RunSpec, scenario: Scenario, *, subjects: int, closed_loop: bool) -> Milliseconds:
    limit = scenario.reaction_time if closed_loop else None
    longest = step_length(subjects=subjects, speed=spec.speed, limit=limit)
    if spec.step is None:
        return longest
    step = parse_duration(spec.step)
    if limit is not None and step > limit:
        raise UsageError(
            f"--step {spec.step} is longer than the {format_duration(limit)} in which {scenario.id} reacts."
        )
    return step


def _consumer(spec: RunSpec, scenario: Scenario) -> Consumer | None:
    if spec.consumer in ("none", "external"):
        return None
    if spec.consumer not in scenario.consumers:
        known = [*scenario.consumers, "none", "external"]
        raise UsageError(
            f'{scenario.id} has no consumer "{spec.consumer}".{suggestion(spec.consumer, known)} '
            f"Known: {', '.join(known)}."
        )
    return scenario.consumers[spec.consumer]()


def _check_speed(spec: RunSpec) -> None:
    if spec.speed is not None and not 0 < spec.speed <= 1_000_000:
        raise UsageError(f"--speed {spec.speed:g} is not above 0 and at most 1,000,000. Write max, 60 or 1.")
    # A file could be read while it grows, but nobody outside could answer through it.
    if spec.consumer == "external" and spec.transport.partition(":")[0] in ("memory", "file"):
        raise UsageError(
            f"--consumer external cannot take part over --transport {spec.transport}. Use kafka://HOST:PORT."
        )


def _check_out(spec: RunSpec) -> None:
    if spec.out is not None and not spec.out.strip():
        raise UsageError(f'--out "{spec.out}" names no folder. Name one that does not exist yet.')


def _check_workers(spec: RunSpec) -> None:
    if not 1 <= spec.workers <= MOST_WORKERS:
        raise UsageError(f"--workers {spec.workers} is not between 1 and {MOST_WORKERS}.")

"""What a load test is about: a LoadSpec as the caller says it, checked whole before anything starts."""

from __future__ import annotations

from typing import Any

import msgspec

from loadtests.conditions import LOAD_METRICS
from simulator.core.errors import UsageError
from simulator.core.suggestions import suggestion
from simulator.core.time import parse_duration
from simulator.harness.plan import Plan, make_plan
from simulator.harness.registry import load_scenario
from simulator.harness.spec import RunSpec
from simulator.scoring import WIRE_METRICS, parse_requirement

ECHO = "echo"
EXTERNAL = "external"
RATE_MAX = 10_000_000.0  # events a second; our choice: more is a typing error
EVERY_MAX = 1_000_000
WARM_UP = "5s"  # our choice: connections are made by then
STRETCH_SECONDS = 0.05  # our choice: how far apart the clock's ticks are at full rate
STRETCH_EVENTS = (1, 2_000)  # our choice: few enough for a cache


class LoadSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A load test, as a caller says it; names are those of the command line.

    `subjects` and `duration` are of one cohort; another follows where it ends. `rate` is the
    highest rate asked for, events a second over all workers. `every` is for the consumer `echo`
    alone: one answer to so many events. `slo` is the longest latency that is not late. For
    `warm_up` the load goes on before it is measured: connections are made, a broker's code compiled.
    """

    scenario: str
    transport: str = "kafka://127.0.0.1:9092"
    kafka_config: str | None = None
    topic_prefix: str = ""
    consumer: str = "reference"
    rate: float = 1_000.0
    subjects: int | None = None
    duration: str | None = None
    seed: int | None = None
    set: dict[str, str | int | float | bool] = {}
    fault: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    codec: str = "cloudevents"
    every: int = 20
    slo: str = "1s"
    grace: str = "30s"
    warm_up: str = WARM_UP

    @property
    def slo_ms(self) -> float:
        """Return the longest latency that is not late, milliseconds."""
        return float(parse_duration(self.slo))

    @property
    def grace_seconds(self) -> float:
        """Return how long is waited for decisions after the last event."""
        return parse_duration(self.grace) / 1_000

    @property
    def warm_up_seconds(self) -> float:
        """Return for how long the load goes on before it is measured."""
        return length_seconds(self.warm_up)

    @property
    def decides_by_stages(self) -> bool:
        """Say whether one of the scenario's own consumers decides.

        Its decisions are then known beforehand.
        """
        return self.consumer not in (ECHO, EXTERNAL)

    @property
    def events_per_stretch(self) -> int:
        """Return how many events are generated at a time."""
        least, most = STRETCH_EVENTS
        return int(min(most, max(least, self.rate * STRETCH_SECONDS)))


def length_seconds(text: str) -> float:
    """Return a length in seconds, which may be none. Raises UsageError."""
    return 0.0 if text in ("0", "0s") else parse_duration(text) / 1_000


def plan_of(spec: LoadSpec) -> Plan:
    """Return the plan of one cohort of a load. Raises UsageError for what cannot be.

    The world is in open loop: a load is the same whoever answers.
    """
    _check(spec)
    _check_consumer(spec)
    run = RunSpec(
        scenario=spec.scenario,
        subjects=spec.subjects,
        duration=spec.duration,
        seed=spec.seed,
        set=spec.set,
        fault=spec.fault,
        codec=spec.codec,
        topic_prefix=spec.topic_prefix,
        kafka_config=spec.kafka_config,
        consumer=spec.consumer if spec.decides_by_stages else "none",
        open_loop=True,
    )
    plan = make_plan(run)
    see = f"See `pulsetrain loadtest --help` and `pulsetrain describe {plan.scenario.id}`."
    for text in spec.require:
        parse_requirement(text, known=names_of_conditions(plan), see=see)
    return plan


def names_of_conditions(plan: Plan) -> list[str]:
    """Return what a condition of a load may name.

    These are its own figures, and the scenario's but for the wire's.
    """
    wire = {metric.name for metric in WIRE_METRICS}
    return [*LOAD_METRICS, *(one.name for one in plan.scenario.metrics if one.name not in wire)]


def load_spec_of(fields: dict[str, Any]) -> LoadSpec:
    """Return a LoadSpec of fields by name. Raises UsageError where one is not valid."""
    try:
        return msgspec.convert(fields, LoadSpec)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"an option of the load test is not valid: {error}. See `pulsetrain loadtest --help`."
        ) from None


def _check(spec: LoadSpec) -> None:
    if not 0 < spec.rate <= RATE_MAX:
        raise UsageError(f"--rate {spec.rate:g} is not above 0 and at most {RATE_MAX:,.0f} events a second.")
    if not 1 <= spec.every <= EVERY_MAX:
        raise UsageError(f"--every {spec.every} is not between 1 and {EVERY_MAX:,} events.")
    if not spec.transport.startswith("kafka://"):
        raise UsageError(f'--transport "{spec.transport}" carries no load. Write kafka://HOST:PORT[,HOST:PORT].')
    for length in (spec.slo_ms, spec.grace_seconds, spec.warm_up_seconds):
        assert length >= 0


def _check_consumer(spec: LoadSpec) -> None:
    known = [*load_scenario(spec.scenario).consumers, ECHO, EXTERNAL]
    if spec.consumer not in known:
        near = suggestion(spec.consumer, known)
        raise UsageError(f'no load for consumer "{spec.consumer}".{near} Known: {", ".join(known)}.')

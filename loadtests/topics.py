"""The topics of a load."""

from __future__ import annotations

from pathlib import Path

from loadtests.spec import LoadSpec
from simulator.core.errors import PulsetrainError
from simulator.harness.plan import Plan
from simulator.transports.kafka_live import LiveKafka

EVENTS_A_LINGER = 12_000  # events a second for each millisecond; our choice, by what was measured
LINGER_MS_MAX = 10


def open_kafka(spec: LoadSpec) -> LiveKafka:
    """Connect to the cluster of a load. Raises as LiveKafka does."""
    config = None if spec.kafka_config is None else Path(spec.kafka_config)
    return LiveKafka(spec.transport, kafka_config=config, linger_ms=linger_ms(spec.rate))


def linger_ms(rate: float) -> int:
    """Return for how long a record waits for others, at so many events a second.

    At 20,000/s a millisecond is right: five would be most of a latency. At 100,000/s it would send
    records by fours, each a request that the broker must answer: it takes a processor for that alone.
    """
    return max(1, min(LINGER_MS_MAX, round(rate / EVENTS_A_LINGER)))


def make_topics(spec: LoadSpec, plan: Plan, *, must_be_empty: bool) -> int:
    """Make the topics of a load; return how many events they held so far.

    Those that are there already are checked.

    They must have the scenario's partitions; with `must_be_empty`, those of events hold nothing.
    Raises UsageError for topics that cannot be used, and TransportError where no broker answers.
    """
    kafka = open_kafka(spec)
    try:
        catalog = plan.scenario.catalog
        kafka.create_topics(catalog.topics(prefix=spec.topic_prefix), must_be_empty=False)
        if must_be_empty:
            # A consumer that was here before has answered, and its dead letters may lie there.
            kafka.create_topics(catalog.event_topics(prefix=spec.topic_prefix), must_be_empty=True)
        return _held(kafka, spec, plan)
    finally:
        kafka.close()


def events_held(spec: LoadSpec, plan: Plan) -> int | None:
    """Return how many events the topics of a load have held in all.

    None where no broker says so.
    """
    try:
        kafka = open_kafka(spec)
        try:
            return _held(kafka, spec, plan)
        finally:
            kafka.close()
    except PulsetrainError:
        return None


def _held(kafka: LiveKafka, spec: LoadSpec, plan: Plan) -> int:
    return sum(kafka.ends(plan.scenario.catalog.event_topics(prefix=spec.topic_prefix)).values())

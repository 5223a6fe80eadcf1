"""The topics of a load."""

from __future__ import annotations

from pathlib import Path

from loadtests.spec import LoadSpec
from simulator.harness.plan import Plan
from simulator.transports.kafka_live import LiveKafka


def open_kafka(spec: LoadSpec) -> LiveKafka:
    """Connect to the cluster of a load. Raises as LiveKafka does."""
    return LiveKafka(spec.transport, kafka_config=None if spec.kafka_config is None else Path(spec.kafka_config))


def make_topics(spec: LoadSpec, plan: Plan, *, must_be_empty: bool) -> None:
    """Make the topics of a load, and check those that are there already.

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
    finally:
        kafka.close()

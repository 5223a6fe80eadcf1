"""The fixtures' cluster as a real broker: topics of its own for each stream, and decisions back."""

from __future__ import annotations

import pytest

from simulator.brokers import BrokerStatus
from simulator.core.errors import UsageError
from simulator.core.records import record_batch
from simulator.harness.spec import RunSpec
from simulator.testing.clusters import open_cluster
from simulator.testing.scenario_run import ScenarioRun
from simulator.transports import open_transport

pytestmark = [pytest.mark.kafka, pytest.mark.usefixtures("tiny")]


def test_a_stream_is_published_and_its_decisions_are_collected_from_a_broker(local_kafka: BrokerStatus) -> None:
    scenario = ScenarioRun(RunSpec(scenario="tiny-v1", subjects=10))
    with open_cluster(f"kafka://{local_kafka.bootstrap}") as cluster:
        first, second = scenario.publish(cluster), scenario.publish(cluster)
        assert first.prefix != second.prefix
        transport = open_transport(cluster.url)
        transport.publish(record_batch(second.decisions, [(0, 0, b"", b"nonsense")]))
        transport.flush()
        transport.close()
        heard = scenario.collect(cluster, timeout_seconds=2.0)
        assert (heard.decisions, len(heard.dead_letters), heard.is_complete) == ((), 1, False)
        assert scenario.judge(heard.decisions).verdict == "inconclusive"


def test_topics_that_are_in_use_are_refused(local_kafka: BrokerStatus) -> None:
    scenario = ScenarioRun(RunSpec(scenario="tiny-v1", subjects=10))
    with open_cluster(f"kafka://{local_kafka.bootstrap}") as cluster:
        published = scenario.publish(cluster)
        assert scenario._published is not None
        with pytest.raises(UsageError, match="already has"):
            cluster.create_topics(scenario._published.plan.scenario.catalog.topics(prefix=published.prefix))

"""`kafka_cluster`: a service of ten lines meets a scenario on it, and each kind says what it lacks."""

from __future__ import annotations

import pytest

from simulator.core.errors import UsageError
from simulator.testing.clusters import open_cluster

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.usefixtures("tiny")

SERVICE = '''
import json
import threading
from datetime import UTC, datetime

import pytest
from confluent_kafka import Consumer, Producer


def alarms(where, stop):
    """A service of somebody's own, which knows Kafka and JSON and nothing of us."""
    consumer = Consumer({"bootstrap.servers": where.bootstrap, "group.id": "alarms", "auto.offset.reset": "earliest"})
    producer = Producer({"bootstrap.servers": where.bootstrap})
    consumer.subscribe([topic for topic in where.topics if topic.endswith(".vitals")])
    while not stop.is_set():
        if (record := consumer.poll(0.1)) is None or record.error():
            continue
        event = json.loads(record.value())
        if event["data"]["celsius"] > 38:
            now = datetime.fromtimestamp(record.timestamp()[1] / 1000, UTC).isoformat(timespec="milliseconds")
            decision = {**event, "type": "alarm.raised", "id": f"alarm/{event['subject']}", "time": now,
                        "data": {"caused_by": event["id"], "celsius": event["data"]["celsius"]}}
            producer.produce(where.decisions, key=record.key(), value=json.dumps(decision))
            producer.flush()
    consumer.close()


@pytest.fixture
def alarmed(scenario_run, kafka_cluster):
    where, stop = scenario_run.publish(kafka_cluster), threading.Event()
    service = threading.Thread(target=alarms, args=(where, stop))
    service.start()
    yield where
    stop.set()
    service.join()


@pytest.mark.scenario("tiny-v1", subjects=30, seed=3)
def test_the_service_finds_every_fever(scenario_run, kafka_cluster, alarmed):
    heard = scenario_run.collect(kafka_cluster, timeout_seconds=30, quiet_seconds=2)
    judged = scenario_run.judge(heard.decisions)
    assert (judged.verdict, judged.score["sensitivity"], judged.score["ppv"]) == ("pass", 1.0, 1.0)
    assert heard.repeated > 0
    assert (heard.dead_letters, heard.is_complete) == ((), False)
    assert len(scenario_run.labels) == len(heard.decisions)


@pytest.mark.scenario("tiny-v1", subjects=30, seed=4)
def test_another_test_has_topics_of_its_own(scenario_run, kafka_cluster):
    first, second = scenario_run.publish(kafka_cluster), scenario_run.publish(kafka_cluster)
    assert first.bootstrap == kafka_cluster.bootstrap
    assert kafka_cluster.url == f"kafka://{first.bootstrap}"
    assert first.events == second.events > 1_000
    assert not {*first.topics, first.clock, first.decisions} & {*second.topics, second.clock, second.decisions}
    producer = Producer({"bootstrap.servers": first.bootstrap})
    partitions = {name: len(topic.partitions) for name, topic in producer.list_topics(timeout=10).topics.items()}
    assert {partitions[topic] for topic in (*second.topics, second.clock, second.decisions)} == {4}


@pytest.mark.scenario("tiny-v1", subjects=30, seed=5)
def test_nonsense_is_counted_and_an_answered_clock_ends_the_wait(scenario_run, kafka_cluster):
    where = scenario_run.publish(kafka_cluster)
    producer = Producer({"bootstrap.servers": where.bootstrap})
    producer.produce(where.decisions, value=b"nonsense")
    for partition in range(4):
        answer = {"specversion": "1.0", "id": f"answer/{partition}", "source": "urn:mine", "type": "clock.reached",
                  "subject": "clock", "time": "2026-01-05T08:00:00Z", "data": {"partition": partition}}
        producer.produce(where.decisions, value=json.dumps(answer))
    producer.flush()
    heard = scenario_run.collect(kafka_cluster, timeout_seconds=600, quiet_seconds=600)
    assert (heard.decisions, len(heard.dead_letters), heard.is_complete) == ((), 1, True)


@pytest.mark.scenario("tiny-v1")
def test_what_was_not_published_is_not_collected(scenario_run, kafka_cluster):
    with pytest.raises(Exception, match="nothing was published to kafka://.*: call scenario_run.publish"):
        scenario_run.collect(kafka_cluster)


@pytest.mark.scenario("tiny-v1")
def test_what_was_published_is_checked_to_be_all_there(scenario_run, kafka_cluster, monkeypatch):
    checked = []
    monkeypatch.setattr(type(kafka_cluster), "check_kept", lambda self, topics: checked.extend(topics))
    where = scenario_run.publish(kafka_cluster)
    assert {topic.name for topic in checked} == {*where.topics, where.clock, where.decisions}
'''


def test_a_service_and_a_scenario_meet_on_the_mock_cluster(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SERVICE)
    result = pytester.runpytest_subprocess("--strict-markers", "-W", "error")
    result.assert_outcomes(passed=5)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("local", "no local Kafka: no Java in JAVA_HOME or on PATH: install Java*"),
        ("container", "no container Kafka: no container engine answers at *"),
    ],
)
def test_a_cluster_that_the_machine_lacks_skips_here_and_fails_in_ci(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, wanted: str, reason: str
) -> None:
    pytester.makepyfile("def test_it(kafka_cluster): ...")
    pytester.makeini(f"[pytest]\npulsetrain_cluster = {wanted}\n")
    monkeypatch.setenv("PATH", str(pytester.path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{pytester.path}/none.sock")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv("CI", raising=False)
    skipped = pytester.runpytest_inprocess("-rs")
    skipped.assert_outcomes(skipped=1)
    skipped.stdout.fnmatch_lines([f"SKIPPED*{reason}"])
    monkeypatch.setenv("CI", "true")
    failed = pytester.runpytest_inprocess()
    failed.assert_outcomes(errors=1)
    failed.stdout.fnmatch_lines([f"TransportError: {reason.partition(': ')[2]}"])


def test_the_option_outranks_the_setting_and_an_absent_broker_fails_at_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(kafka_cluster): ...")
    pytester.makeini("[pytest]\npulsetrain_cluster = local\n")
    result = pytester.runpytest_inprocess("--pulsetrain-cluster=kafka://127.0.0.1:1")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["TransportError: *127.0.0.1:1*"])


@pytest.mark.parametrize("wanted", ["mok", "kafka://", "localhost:9092"])
def test_a_cluster_that_is_none_is_named(wanted: str) -> None:
    with pytest.raises(
        UsageError, match=f'--pulsetrain-cluster "{wanted}" is not known.* Write mock, local, container'
    ):
        open_cluster(wanted)

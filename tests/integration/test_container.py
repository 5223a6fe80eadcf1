"""Kafka in a container serves through its mapped port, transactions too."""

from __future__ import annotations

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from simulator.brokers import container_broker, container_engine_absent
from simulator.core.errors import TransportError

SECONDS = 30.0


# Skipped even where CI is set: Kafka itself is tested without a container, and a machine that
# builds in one has no engine. What the engine said is in the reason, so that nobody has to guess.
@pytest.fixture(scope="module")
def engine() -> None:
    """Skip where no container engine answers, with its own words."""
    if why := container_engine_absent():
        pytest.skip(why)


@pytest.mark.usefixtures("engine")
def test_a_container_serves_transactions_through_its_mapped_port() -> None:
    with container_broker() as bootstrap:
        client = {"bootstrap.servers": bootstrap}
        admin = AdminClient(client)
        admin.create_topics([NewTopic("decided", 1)])["decided"].result(SECONDS)
        producer = Producer({**client, "transactional.id": "one"})
        producer.init_transactions(SECONDS)
        producer.begin_transaction()
        producer.produce("decided", b"value")
        producer.commit_transaction(SECONDS)
        consumer = Consumer({**client, "group.id": "reader", "auto.offset.reset": "earliest"})
        consumer.subscribe(["decided"])
        values = [record.value() for record in consumer.consume(1, SECONDS)]
        consumer.close()
    assert values == [b"value"]


@pytest.mark.usefixtures("engine")
def test_an_image_that_cannot_be_had_is_named() -> None:
    image = "localhost/pulsetrain-has-no-such-image:1"
    with pytest.raises(TransportError, match=f"^container {image} cannot be started"), container_broker(image=image):
        pytest.fail("the block must not be entered")

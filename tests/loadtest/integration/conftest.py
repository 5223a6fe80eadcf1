"""The broker that the load tests share."""

from tests.integration.conftest import kafka_here, local_kafka

__all__ = ["kafka_here", "local_kafka"]

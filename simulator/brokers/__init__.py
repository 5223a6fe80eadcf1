"""Real Apache Kafka brokers on this machine: through Java and Maven, or in a container."""

from simulator.brokers.container import container_broker, container_engine_absent
from simulator.brokers.local import broker_status, running_broker, start_broker, stop_broker
from simulator.brokers.status import BrokerStatus

__all__ = [
    "BrokerStatus",
    "broker_status",
    "container_broker",
    "container_engine_absent",
    "running_broker",
    "start_broker",
    "stop_broker",
]

"""Where records go: memory, file or Kafka, behind one protocol."""

from simulator.transports.opening import open_transport
from simulator.transports.protocol import Subscription, Transport

__all__ = ["Subscription", "Transport", "open_transport"]

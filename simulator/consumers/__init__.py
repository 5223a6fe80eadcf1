"""Consumers: the rules for one key, and the runtimes that keep them."""

from simulator.consumers.chain import ChainRunner, run_in_list
from simulator.consumers.in_process import Audit, InProcessConsumer
from simulator.consumers.process import consume_until_stopped
from simulator.consumers.progress import Tally
from simulator.consumers.settings import ConsumerSettings
from simulator.consumers.wiring import Wiring

__all__ = [
    "Audit",
    "ChainRunner",
    "ConsumerSettings",
    "InProcessConsumer",
    "Tally",
    "Wiring",
    "consume_until_stopped",
    "run_in_list",
]

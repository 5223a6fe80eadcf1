"""Consumers: the rules for one key, and the runtimes that keep them."""

from simulator.consumers.chain import ChainRunner, run_in_list
from simulator.consumers.in_process import Audit, InProcessConsumer
from simulator.consumers.wiring import Wiring

__all__ = ["Audit", "ChainRunner", "InProcessConsumer", "Wiring", "run_in_list"]

"""Faults: the wire misbehaves on purpose, and a ledger says how."""

from simulator.faults.injector import FaultInjector
from simulator.faults.spec import FaultSpec, parse_fault

__all__ = ["FaultInjector", "FaultSpec", "parse_fault"]

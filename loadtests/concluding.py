"""The end of a load: what is written, what is printed, and the exit code."""

from __future__ import annotations

import logging
import sys

import msgspec
from locust.env import Environment

from loadtests.master_side import MasterSide


def conclude(environment: Environment, master: MasterSide) -> None:
    """Write the reports that were asked for, and give Locust the exit code of the verdict."""
    options = environment.parsed_options
    assert options is not None
    if options.say != "locust":
        logging.getLogger("locust.stats_logger").disabled = True
    if master.error is not None:
        print(f"pulsetrain: {master.error}", file=sys.stderr)
        environment.process_exit_code = master.error.exit_code
        return
    master.drain()
    report = master.report
    if report is None:
        return
    environment.process_exit_code = report.exit_code
    print(msgspec.json.encode(report).decode())

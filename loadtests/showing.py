"""What a load shows while it goes on: the terminal, the page in Locust's web UI, metrics to be fetched."""

from __future__ import annotations

import gevent
from locust.env import Environment

from loadtests.master_side import MasterSide
from loadtests.progress import show_progress


def attach_views(environment: Environment, master: MasterSide) -> None:
    """Show progress where our own command started Locust; add the page to the web UI where there is one."""
    options = environment.parsed_options
    assert options is not None
    if options.say in ("summary", "json") and options.headless:
        gevent.spawn(show_progress, master, stop=lambda: master.state == "over")

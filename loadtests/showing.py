"""What a load shows while it goes on: the page in Locust's web UI, and metrics for others to fetch."""

from __future__ import annotations

from locust.env import Environment

from loadtests.master_side import MasterSide


def attach_views(environment: Environment, master: MasterSide) -> None:
    """Add the page to the web UI where there is one, and serve metrics where they are asked for."""

"""The command line, `pulsetrain`."""

from simulator.cli.application import main

__all__ = ["main"]

"""`pulsetrain list`: the scenarios there are."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON array on stdout.")]


def list_scenarios(*, json: Json = False) -> int:
    """List the scenarios: id, one line, sizes.

    Example:  pulsetrain list
    """
    import msgspec

    from simulator.harness.describing import summaries

    found = summaries()
    if json:
        print(msgspec.json.encode(found).decode())
        return 0
    from simulator.reporting.descriptions import print_summaries
    from simulator.reporting.terminal import stdout_console

    print_summaries(found, console=stdout_console())
    return 0

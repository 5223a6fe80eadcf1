"""`pulsetrain replay`: a recorded run, sent again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Unpack

import typer

from simulator.cli.options import ReplayOptions

Folder = Annotated[Path, typer.Argument(metavar="SOURCE", help="A run folder, made with `pulsetrain run --out`.")]


def replay(folder: Folder, **options: Unpack[ReplayOptions]) -> int:
    """Publish a recorded run again.

    The same bytes go over any transport, at any speed. What is past cannot react: a replay is in open loop.

    Example:  pulsetrain replay runs/first --fault late:0.05,mean=2h
    """
    from simulator.cli.judged import again, conclude, watch
    from simulator.cli.specs import spec_fields
    from simulator.harness.recording import RecordedFeed, recorded_plan
    from simulator.harness.run import execute

    plan = recorded_plan(folder, **spec_fields(options))
    with watch(options) as on_progress:
        done = execute(plan, RecordedFeed(plan, folder), on_progress=on_progress)
    return conclude(done, options, spec=plan.spec, repeat=again("replay", folder, options))

"""`pulsetrain run`: the main job."""

from __future__ import annotations

from typing import Annotated, Unpack

import typer

from simulator.cli.options import RunOptions

Source = Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario of `pulsetrain list`, or a TOML file.")]


def run(source: Source, **options: Unpack[RunOptions]) -> int:
    """Generate, publish, decide and score; end with a verdict.

    Exit codes: 0 pass, 1 fail, 2 inconclusive, 64 wrong usage, 69 a service is unavailable, 130 interrupted.

    Example:  pulsetrain run sepsis --subjects 50 --duration 24h --seed 7
    """
    from simulator.cli.judged import conclude, watch
    from simulator.cli.specs import make_spec
    from simulator.harness.run import run as run_spec

    spec = make_spec(source, options)
    with watch(options) as on_progress:
        done = run_spec(spec, on_progress=on_progress)
    return conclude(done, options, spec=spec)

"""`pulsetrain score`: recorded decisions, or somebody's, against the labels of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Unpack

import typer

from simulator.cli.options import JudgeOptions

Folder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, made with `pulsetrain run --out`.")]
Decisions = Annotated[
    Path | None,
    typer.Option("--decisions", metavar="FILE", help="Judge these instead: one decision a line, as on the wire."),
]


def score(folder: Folder, *, decisions: Decisions = None, **options: Unpack[JudgeOptions]) -> int:
    """Judge recorded decisions against the labels.

    The decisions are those of the run, or those that somebody's consumer left in a file.

    Example:  pulsetrain score runs/first --require 'sensitivity>=0.5'
    """
    from simulator.cli.judged import again, conclude
    from simulator.cli.specs import spec_fields
    from simulator.harness.recording import score_recording
    from simulator.harness.store import read_run

    require = spec_fields(options).get("require", ())
    done = score_recording(folder, decisions=decisions, require=require)
    repeat = again("score", folder, {"decisions": decisions, **options})
    return conclude(done, options, spec=read_run(folder).spec, repeat=repeat)

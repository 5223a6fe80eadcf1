"""`pulsetrain export`: events and labels as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Unpack

import typer

from simulator.cli.options import Scenario, SizeOptions

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder for the files.")]
Format = Annotated[str, typer.Option("--format", metavar="NAME", help="cloudevents (JSON Lines), csv or parquet.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing.")]


def export(
    scenario: Scenario,
    *,
    out: Out,
    format: Format = "cloudevents",  # noqa: A002 - the option's name
    json: Json = False,
    quiet: Quiet = False,
    **options: Unpack[SizeOptions],
) -> int:
    """Write events and labels to files.

    Nobody consumes them: the stream is that of a run in open loop.

    Example:  pulsetrain export sepsis --subjects 20 --format csv --out sepsis-csv
    """
    import msgspec

    from simulator.cli.judged import watch
    from simulator.cli.specs import make_spec, one_manner
    from simulator.harness.exporting import export_files

    one_manner({"--json": json, "--quiet": quiet})
    spec = make_spec(scenario, options)
    with watch({"quiet": quiet}) as on_progress:
        exported = export_files(spec, out, format_name=format, on_progress=on_progress)
    if json:
        print(msgspec.json.encode(exported).decode())
    elif not quiet:
        from simulator.reporting.descriptions import print_exported
        from simulator.reporting.terminal import stdout_console

        print_exported(exported, console=stdout_console())
    return 0

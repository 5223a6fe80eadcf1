"""The command line as a whole: its commands, and one way out for every error."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer
from typer.main import get_command

from simulator.cli.broker import broker
from simulator.cli.complaints import complaint
from simulator.cli.consume import consume
from simulator.cli.describe import describe
from simulator.cli.export import export
from simulator.cli.further import further_commands
from simulator.cli.list import list_scenarios
from simulator.cli.options import HELP, expanded
from simulator.cli.replay import replay
from simulator.cli.run import run
from simulator.cli.score import score

DEBUG = "--debug"
COLLECT_AFTER = 100_000  # objects; our choice, Python's own is 700
_ENDING = (signal.SIGTERM, signal.SIGHUP)
BROKEN_PIPE = 128 + signal.SIGPIPE  # as a shell reports a program that the signal ended

app = typer.Typer(
    name="pulsetrain",
    add_completion=False,
    rich_markup_mode=None,  # rich would take half of the 200 ms that help may take
    pretty_exceptions_enable=False,
    context_settings=HELP,
)


@app.callback(invoke_without_command=True)
def pulsetrain(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option(DEBUG, help="Show a traceback where an error is met; goes anywhere.")] = False,
) -> None:
    """Test a clinical streaming pipeline against patients whose truth is known.

    Start with:  pulsetrain run sepsis
    """
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"pulsetrain {version_of('pulsetrain')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


app.command("list")(list_scenarios)
app.command("describe")(describe)
app.command("run")(expanded(run))
app.command("export")(expanded(export))
app.command("replay")(expanded(replay))
app.command("score")(expanded(score))
app.command("consume")(expanded(consume))
app.add_typer(broker, name="broker")
for name, command in further_commands():
    app.command(name)(expanded(command))


def main(arguments: Sequence[str] | None = None) -> int:
    """Perform one command; return its exit code.

    An error is one line on stderr. `--debug`, anywhere among the arguments, lets it through.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = DEBUG in words
    try:
        with _terminable():
            return _perform([word for word in words if word != DEBUG])
    except BrokenPipeError:
        _silence_stdout()
        return BROKEN_PIPE
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            raise
        said = complaint(error)
        if said.text:
            typer.echo(f"pulsetrain: {said.text}", err=True)
        return said.exit_code


def _perform(words: list[str]) -> int:
    command = get_command(app)
    # A run makes millions of objects and hardly a cycle: seeking cycles less often saves a tenth.
    gc.set_threshold(COLLECT_AFTER)
    with command.make_context("pulsetrain", words, default_map=_no_help(command)) as context:
        exit_code = command.invoke(context)
    sys.stdout.flush()
    return exit_code or 0


def _no_help(command: object) -> dict[str, object]:
    """Say of a command and those below it that help is not asked for, unless it is."""
    # Without a default, typer 0.29 loads pydantic to learn that an absent --help is false: 0.1 s.
    below: dict[str, object] = getattr(command, "commands", {})
    return {"help": False, **{name: _no_help(one) for name, one in below.items()}}


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM and a terminal that closes end a command as Ctrl-C does.

    The run folder is marked, and children end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _interrupt) for number in _ENDING if _is_heard(number)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_heard(number: signal.Signals) -> bool:
    """Say whether a signal is not ignored, as `nohup` has it of a terminal that closes."""
    return signal.getsignal(number) is not signal.SIG_IGN


def _interrupt(number: int, place: FrameType | None) -> None:
    raise KeyboardInterrupt


def _silence_stdout() -> None:
    # Python flushes stdout once more at its end, and would complain then.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

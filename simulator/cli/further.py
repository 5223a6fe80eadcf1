"""Commands of other packages: those that are registered under `pulsetrain.commands`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import TypedDict, Unpack

from simulator.core.errors import ScenarioError

COMMANDS = "pulsetrain.commands"

Command = Callable[..., int]


class NoOptions(TypedDict, total=False):
    """What a command takes that cannot be loaded."""


def further_commands() -> Iterator[tuple[str, Command]]:
    """Yield name and function of each registered command, ours and third parties'.

    One that cannot be loaded is still listed, and says why when it is called.
    """
    for entry in sorted(entry_points(group=COMMANDS), key=lambda one: one.name):
        yield entry.name, _loaded(entry)


def _loaded(entry: EntryPoint) -> Command:
    try:
        command: Command = entry.load()
    except Exception as error:  # noqa: BLE001 - whatever another package does wrong, the others still work
        return _broken(entry, error)
    return command


def _broken(entry: EntryPoint, error: Exception) -> Command:
    reason = f'command "{entry.name} = {entry.value}" cannot be loaded: {type(error).__name__}: {error}.'

    def broken(**options: Unpack[NoOptions]) -> int:
        raise ScenarioError(reason)

    broken.__doc__ = f"Not available: {reason}"
    return broken

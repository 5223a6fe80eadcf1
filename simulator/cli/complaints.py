"""What is said of an error: one line that names the value, the place and the way out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import typer

from simulator.core.errors import PulsetrainError, UsageError
from simulator.core.suggestions import suggestion

INTERRUPTED = 130  # 128 + SIGINT, as shells have it
SOFTWARE = 70  # EX_SOFTWARE of sysexits.h


@runtime_checkable
class _Refusal(Protocol):
    """What typer raises for arguments it cannot use: its classes move about, their attributes do not."""

    message: str

    def format_message(self) -> str:
        """Return the text with the name of the parameter."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A line for stderr, empty when there is nothing to say, and the exit code."""

    text: str
    exit_code: int


def complaint(error: BaseException) -> Complaint:
    """Return what to say of an error that ended a command."""
    if isinstance(error, PulsetrainError):
        return Complaint(_one_line(str(error)), error.exit_code)
    if isinstance(error, typer.Exit):
        return Complaint("", error.exit_code)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return Complaint("interrupted.", INTERRUPTED)
    if isinstance(error, _Refusal):
        return Complaint(_one_line(_usage(error)), UsageError.exit_code)
    kind = type(error).__name__
    return Complaint(_one_line(f"unexpected {kind}: {error}. See where with --debug."), SOFTWARE)


def _usage(refusal: _Refusal) -> str:
    """Return what typer has against the arguments, with the nearest known option."""
    context = getattr(refusal, "ctx", None)
    command = context.command_path if context else "pulsetrain"
    text = _unknown_option(refusal) or refusal.format_message()
    return f"{_house_style(text)}{'' if text.endswith(('?', '.')) else '.'} See `{command} --help`."


def _unknown_option(refusal: _Refusal) -> str:
    context = getattr(refusal, "ctx", None)
    if context is None or not hasattr(refusal, "possibilities"):
        return ""
    name = str(getattr(refusal, "option_name", ""))
    known = [option for param in context.command.params for option in param.opts]
    return f'no option "{name}".{suggestion(name, known)}'


def _house_style(text: str) -> str:
    return re.sub(r"^[A-Z](?=[a-z])", lambda first: first[0].lower(), text).replace("'", '"')


def _one_line(text: str) -> str:
    return " ".join(text.split())

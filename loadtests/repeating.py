"""The line that repeats a load: as it was asked for on the command line, and then on the form."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose
from shlex import join, quote, split
from typing import Any

from loadtests.asked import Asked
from loadtests.spec import WARM_UP, LoadSpec, length_seconds
from simulator.harness.spec import fresh_prefix

OWN_BROKER_WARM_UP = "10s"  # measured: the p99 of its first ten seconds is several times that of the next
_MANNERS = ("json", "quiet", "logs", "out", "html", "csv", "junit", "prometheus_port")


def repeat_command(scenario: str, *, rate: float, duration: str | None, options: Mapping[str, Any]) -> str:
    """Return the line that asks for the same load again.

    A cluster that holds a load takes no second one under the same names, so there it is given others.
    """
    words = ["pulsetrain loadtest", quote(scenario), f"--rate {rate:.15g}"]
    words += [f"--duration {quote(duration)}"] if duration else []
    if "transport" in options:
        options = {**options, "topic_prefix": fresh_prefix(options.get("topic_prefix", ""))}
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if name not in _MANNERS:
            words += [option] if value is True else [f"{option} {quote(str(one))}" for one in _each(value)]
    return " ".join(words)


def as_loaded(line: str, *, asked: Asked, spec: LoadSpec) -> str:
    """Return a line with what the form may have changed since.

    That is rate, length, shape and warm-up; what it left as it was stands as it was written. How long
    a decision may take until the form calls it late is no condition of the verdict, as `--slo` is,
    so that stays too.
    """
    words = split(line)
    if not isclose(float(_value(words, "--rate") or 0.0), asked.rate):
        _put(words, "--rate", f"{asked.rate:.15g}")
    written = _value(words, "--duration")
    if (length_seconds(written) if written else None) != asked.seconds:
        _put(words, "--duration", None if asked.seconds is None else f"{asked.seconds:g}s")
    if (_value(words, "--shape") or "constant") != asked.shape:
        _put(words, "--shape", asked.shape)
    usual = WARM_UP if "--transport" in words else OWN_BROKER_WARM_UP
    if length_seconds(_value(words, "--warm-up") or usual) != spec.warm_up_seconds:
        _put(words, "--warm-up", spec.warm_up)
    return join(words)


def _value(words: list[str], option: str) -> str | None:
    return words[words.index(option) + 1] if option in words else None


def _put(words: list[str], option: str, value: str | None) -> None:
    """Give an option its value, where it stood or at the end; None takes it away."""
    place = words.index(option) if option in words else len(words)
    words[place : place + 2] = [] if value is None else [option, value]


def _each(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]

"""From the options of a command to a RunSpec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from simulator.core.errors import UsageError
from simulator.harness.plan import add_conditions
from simulator.harness.registry import load_scenario
from simulator.harness.spec import RunSpec, load_spec


def make_spec(source: str, options: Mapping[str, object]) -> RunSpec:
    """Return the RunSpec of a scenario's name or a TOML file.

    Options override the file; parameters and conditions join its own. Raises UsageError for a
    file or an option that cannot be read.
    """
    base = load_spec(Path(source)) if source.endswith(".toml") else RunSpec(scenario=source)
    fields = spec_fields(options)
    if "set" in fields:
        fields["set"] = {**base.set, **fields["set"]}
    if "require" in fields:
        fields["require"] = add_conditions(load_scenario(base.scenario), base.require, fields["require"])
    return msgspec.structs.replace(base, **fields)


def one_manner(options: Mapping[str, object]) -> None:
    """Check that at most one of these options is given. Raises UsageError."""
    given = [name for name, value in options.items() if value]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other. Give one of them.")


def spec_fields(options: Mapping[str, object]) -> dict[str, Any]:
    """Return the fields of a RunSpec that the options give. Raises UsageError."""
    one_manner({f"--{name}": options.get(name) for name in ("json", "quiet")})
    names = {field.name for field in msgspec.structs.fields(RunSpec)}
    given = {name: value for name, value in options.items() if name in names and _is_given(value)}
    return {name: _READERS[name](value) if name in _READERS else value for name, value in given.items()}


def _is_given(value: object) -> bool:
    return value is not None and value is not False and value != []


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        return float(text)
    except ValueError:
        raise UsageError(f'--speed "{text}" is not understood. Write max, 60 or 1.') from None


def _settings(texts: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    for text, (name, equals, _) in zip(texts, pairs, strict=True):
        if not name or not equals:
            raise UsageError(f'--set "{text}" is not understood. Write NAME=VALUE.')
    return {name: value for name, _, value in pairs}


_READERS: dict[str, Any] = {"speed": _speed, "set": _settings, "fault": tuple, "require": tuple}

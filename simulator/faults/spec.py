"""Fault specs: what the wire shall do wrong, how often, and by how much."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.core.errors import UsageError
from simulator.core.history import FaultKind
from simulator.core.suggestions import suggestion
from simulator.core.time import Milliseconds, hours, minutes, parse_duration, seconds

_FORM = re.compile(r"(?P<kind>[^:,=]+):(?P<share>[^:,=]+)(?P<options>(,[^:,=]+=[^:,=]+)*)")
_EXAMPLE = "Write KIND:SHARE, such as drop:0.01 or late:0.05,mean=2h."

_NONE = Milliseconds(0)

# The one option of a kind and its default, all our choice.
_OPTIONS: dict[FaultKind, tuple[str, Milliseconds]] = {
    FaultKind.LATE: ("mean", hours(2)),
    FaultKind.DUPLICATE: ("after", seconds(1)),
    FaultKind.REORDER: ("within", minutes(1)),
    FaultKind.CLOCK_SKEW: ("by", minutes(5)),
}


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """One kind of fault, the share of events it befalls, and its length.

    `length` is the mean lateness (late), the time to the copy (duplicate), the longest time to
    the record that overtakes (reorder), or what is added to occurred_at (clock-skew; negative
    for a clock that is slow). Drop and corrupt have none.
    """

    kind: FaultKind
    share: float
    length: Milliseconds = _NONE


def parse_fault(text: str) -> FaultSpec:
    """Read a fault such as `late:0.05,mean=2h`.

    Raises UsageError for another form, an unknown kind or option, a share outside (0, 1].
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise UsageError(f'fault "{text}" is not understood. {_EXAMPLE}')
    kind = _kind(found["kind"], text)
    options = [option.partition("=")[::2] for option in found["options"].split(",")[1:]]
    return FaultSpec(kind=kind, share=_share(found["share"], text), length=_length(kind, options, text))


def _kind(name: str, text: str) -> FaultKind:
    known = [kind.value for kind in FaultKind]
    if name not in known:
        raise UsageError(f'fault "{text}": no fault "{name}".{suggestion(name, known)} Known: {", ".join(known)}.')
    return FaultKind(name)


def _share(share: str, text: str) -> float:
    try:
        value = float(share)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= 1.0:
        raise UsageError(f'fault "{text}": the share "{share}" is not above 0 and at most 1. Write 0.05.')
    return value


def _length(kind: FaultKind, options: list[tuple[str, str]], text: str) -> Milliseconds:
    name, length = _OPTIONS.get(kind, ("", _NONE))
    for option, _ in options:
        if option != name:
            known = suggestion(option, [name]) + f" Known: {name}." if name else " It has none."
            raise UsageError(f'fault "{text}": {kind} has no option "{option}".{known}')
    if len(options) > 1:
        raise UsageError(f'fault "{text}": {name} is given twice. Give it once.')
    return _duration(options[0][1], kind) if options else length


def _duration(value: str, kind: FaultKind) -> Milliseconds:
    if kind is FaultKind.CLOCK_SKEW and value.startswith("-"):
        return Milliseconds(-parse_duration(value[1:]))
    return parse_duration(value)

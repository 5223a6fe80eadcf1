"""Lines of JSON for labels, decisions, faults and dead letters, and their canonical sha256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from simulator.codecs.decisions import DecisionCodec
from simulator.core.decisions import DeadLetter, Decision
from simulator.core.errors import CodecError, UsageError
from simulator.core.history import Fault
from simulator.core.labels import Label, LabelType
from simulator.core.records import Record
from simulator.core.time import format_instant, read_instant

Wanted = TypeVar("Wanted")


class _LabelLine(msgspec.Struct, frozen=True):
    """A label as it stands in `labels.jsonl`: instants as RFC 3339 texts."""

    subject: str
    kind: str
    at: str
    known_at: str
    data: msgspec.Raw


def label_lines(labels: Iterable[Label]) -> list[bytes]:
    """Return labels as JSON, one a line, sorted by subject, kind and time."""
    ordered = sorted(labels, key=lambda label: (label.subject, label.kind, label.at))
    return [msgspec.json.encode(_label_line(label)) for label in ordered]


def decision_lines(decisions: Iterable[Decision], codec: DecisionCodec) -> list[bytes]:
    """Return decisions as they stand on the wire, one a line, sorted by time, subject and id."""
    ordered = sorted(decisions, key=lambda one: (one.time, one.subject, one.id))
    return [codec.encode(one) for one in ordered]


def json_lines(values: Iterable[msgspec.Struct | float]) -> list[bytes]:
    """Return Structs or numbers as JSON, one a line, in their order."""
    return [msgspec.json.encode(value) for value in values]


def lines_sha256(lines: Iterable[bytes]) -> str:
    """Return the sha256 of lines, each ended by a newline."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line + b"\n")
    return digest.hexdigest()


def read_labels(path: Path, types: Sequence[LabelType]) -> list[Label]:
    """Read labels back. Raises UsageError naming the file and the line."""
    known = {one.name: one.data for one in types}
    return [_read(path, number, line, known) for number, line in _lines(path)]


def read_faults(path: Path) -> list[Fault]:
    """Read a fault ledger back. Raises UsageError naming the file and the line."""
    return [_convert(path, number, line, Fault) for number, line in _lines(path)]


def read_decisions(path: Path, codec: DecisionCodec) -> tuple[list[Decision], list[DeadLetter]]:
    """Read decisions in their wire form, each id once, and what could not be read.

    The lines of a run folder's `decisions.jsonl`, or the values of a decisions topic.
    Raises UsageError when the file cannot be opened.
    """
    decisions: dict[str, Decision] = {}
    letters: list[DeadLetter] = []
    for number, line in _lines(path):
        record = Record(topic=path.name, partition=0, offset=number, timestamp=0, key=b"", value=line)
        try:
            answer = codec.decode_any(record)
        except CodecError as error:
            letters.append(DeadLetter(topic=path.name, partition=0, offset=number, reason=str(error), value=line))
            continue
        if isinstance(answer, Decision):
            decisions.setdefault(answer.id, answer)
    return list(decisions.values()), letters


def read_numbers(path: Path) -> list[float]:
    """Read one number a line. Raises UsageError naming the file and the line."""
    return [_convert(path, number, line, float) for number, line in _lines(path)]


def _label_line(label: Label) -> _LabelLine:
    return _LabelLine(
        subject=label.subject,
        kind=label.kind,
        at=format_instant(label.at),
        known_at=format_instant(label.known_at),
        data=msgspec.Raw(msgspec.json.encode(label.data)),
    )


def _read(path: Path, number: int, line: bytes, known: dict[str, type[msgspec.Struct]]) -> Label:
    fields = _convert(path, number, line, _LabelLine)
    if fields.kind not in known:
        raise UsageError(f'{path}, line {number}: unknown kind "{fields.kind}". Known: {", ".join(known)}.')
    return Label(
        subject=fields.subject,
        kind=fields.kind,
        at=read_instant(fields.at),
        known_at=read_instant(fields.known_at),
        data=_convert(path, number, bytes(fields.data), known[fields.kind]),
    )


def _convert(path: Path, number: int, line: bytes, wanted: type[Wanted]) -> Wanted:
    try:
        return msgspec.json.decode(line, type=wanted)
    except msgspec.DecodeError as error:
        raise UsageError(f"{path}, line {number}: {error}.") from None


def _lines(path: Path) -> list[tuple[int, bytes]]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f'"{path}" cannot be read: {error.strerror}.') from None
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]

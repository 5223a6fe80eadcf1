"""Lines of JSON for labels, decisions, faults and dead letters, and their canonical sha256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import msgspec

from simulator.codecs.decisions import DecisionCodec
from simulator.core.decisions import DeadLetter, Decision
from simulator.core.errors import CodecError, UsageError
from simulator.core.history import Fault
from simulator.core.labels import Label, LabelType
from simulator.core.records import Record
from simulator.core.time import SimTime, format_instant, read_instant

Wanted = TypeVar("Wanted")


class _LabelLine(msgspec.Struct, frozen=True):
    """A label as it stands in `labels.jsonl`: instants as RFC 3339 texts."""

    subject: str
    kind: str
    at: str
    known_at: str
    data: msgspec.Raw


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a file, and where it stands."""

    path: Path
    number: int
    content: bytes

    @property
    def place(self) -> str:
        return f"{self.path}, line {self.number}"

    def read(self, wanted: type[Wanted]) -> Wanted:
        """Return the line as `wanted`. Raises UsageError naming the place."""
        try:
            return msgspec.json.decode(self.content, type=wanted)
        except msgspec.DecodeError as error:
            raise UsageError(f"{self.place}: {error}.") from None

    def instant(self, text: str) -> SimTime:
        """Return the instant that a text of the line names. Raises UsageError naming the place."""
        try:
            return read_instant(text)
        except ValueError as error:
            raise UsageError(f"{self.place}: {error}.") from None


def label_lines(labels: Iterable[Label]) -> list[bytes]:
    """Return labels as JSON, one a line, sorted by subject, kind and time."""
    ordered = sorted(labels, key=lambda label: (label.subject, label.kind, label.at))
    return [msgspec.json.encode(_label_line(label)) for label in ordered]


def decision_lines(decisions: Iterable[Decision], codec: DecisionCodec) -> list[bytes]:
    """Return decisions in their wire form, sorted by time, subject and id."""
    ordered = sorted(decisions, key=lambda one: (one.time, one.subject, one.id))
    return [codec.encode(one) for one in ordered]


def fault_lines(ledger: Iterable[Fault]) -> list[bytes]:
    """Return a fault ledger as JSON, one a line, sorted by event and kind."""
    ordered = sorted(ledger, key=lambda fault: (fault.event_id, fault.kind))
    return json_lines(ordered)


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
    return _labels(_lines(path), types)


def parse_labels(lines: Sequence[bytes], types: Sequence[LabelType]) -> list[Label]:
    """Return the labels that lines of JSON hold. Raises UsageError naming the line."""
    return _labels([_Line(Path("labels"), number, content) for number, content in enumerate(lines, 1)], types)


def read_faults(path: Path) -> list[Fault]:
    """Read a fault ledger back. Raises UsageError naming the file and the line."""
    return [line.read(Fault) for line in _lines(path)]


def read_dead_letters(path: Path) -> list[DeadLetter]:
    """Read dead letters back. Raises UsageError naming the file and the line."""
    return [line.read(DeadLetter) for line in _lines(path)]


@dataclass(frozen=True, slots=True)
class ReadDecisions:
    """What a file of decisions holds: each once, repeats counted, and what is none."""

    decisions: list[Decision]
    repeated: int
    dead_letters: list[DeadLetter]


def read_decisions(path: Path, codec: DecisionCodec) -> ReadDecisions:
    """Read decisions in their wire form.

    The lines of a run folder's `decisions.jsonl`, or the values of a decisions topic.
    Raises UsageError when the file cannot be opened.
    """
    decisions: dict[str, Decision] = {}
    letters: list[DeadLetter] = []
    repeated = 0
    for line in _lines(path):
        record = Record(topic=path.name, partition=0, offset=line.number, timestamp=0, key=b"", value=line.content)
        try:
            answer = codec.decode_any(record)
        except CodecError as error:
            letters.append(
                DeadLetter(topic=path.name, partition=0, offset=line.number, reason=str(error), value=line.content)
            )
            continue
        if isinstance(answer, Decision):
            repeated += answer.id in decisions
            decisions.setdefault(answer.id, answer)
    return ReadDecisions(list(decisions.values()), repeated, letters)


def read_numbers(path: Path) -> list[float]:
    """Read one number a line. Raises UsageError naming the file and the line."""
    return [line.read(float) for line in _lines(path)]


def _label_line(label: Label) -> _LabelLine:
    return _LabelLine(
        subject=label.subject,
        kind=label.kind,
        at=format_instant(label.at),
        known_at=format_instant(label.known_at),
        data=msgspec.Raw(msgspec.json.encode(label.data)),
    )


def _labels(lines: Sequence[_Line], types: Sequence[LabelType]) -> list[Label]:
    known = {one.name: one.data for one in types}
    return [_label(line, known) for line in lines]


def _label(line: _Line, known: Mapping[str, type[msgspec.Struct]]) -> Label:
    fields = line.read(_LabelLine)
    if fields.kind not in known:
        raise UsageError(f'{line.place}: unknown kind "{fields.kind}". Known: {", ".join(known)}.')
    return Label(
        subject=fields.subject,
        kind=fields.kind,
        at=line.instant(fields.at),
        known_at=line.instant(fields.known_at),
        data=replace(line, content=bytes(fields.data)).read(known[fields.kind]),
    )


def _lines(path: Path) -> list[_Line]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f'"{path}" cannot be read: {error.strerror}.') from None
    return [_Line(path, number, content) for number, content in enumerate(lines, 1) if content.strip()]

"""The run folder: written while a run goes on, and read back whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

import msgspec

from simulator.core.catalog import Topic
from simulator.core.errors import TransportError, UsageError
from simulator.core.records import RecordBatch
from simulator.core.time import SimTime, format_instant
from simulator.harness.plan import Plan
from simulator.harness.result import Report, versions
from simulator.harness.spec import RunSpec, repeat_command, resolved
from simulator.transports.file import FileTransport

State = Literal["running", "complete", "interrupted", "failed"]


class RunFile(msgspec.Struct, frozen=True, kw_only=True):
    """What `run.json` holds: RunSpec resolved, versions, and how far the run came.

    `records_acknowledged` counts every record on the wire: events, ticks and what this process
    answered and decided.
    """

    spec: RunSpec
    versions: dict[str, str]
    repeat: str
    state: State
    reached: str
    events: int
    records_acknowledged: int
    reason: str = ""


class RunFolder:
    """Writes a run folder: the clean records of the run, and its files of lines."""

    def __init__(self, path: Path, *, topics: Sequence[Topic], first: RunFile) -> None:
        """Make the folder. Raises UsageError when it exists or cannot be made."""
        self._path, self._run = path, first
        self._prefix = first.spec.topic_prefix
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            raise UsageError(f'--out "{path}" exists. Name a folder that does not, or remove it.') from None
        except OSError as error:
            raise UsageError(f'--out "{path}" cannot be made: {error.strerror}.') from None
        self._events = FileTransport(path / "events")
        self._events.create_topics(topics)
        self._mark(first)

    def add(self, batches: Sequence[RecordBatch], *, now: SimTime, acknowledged: int) -> None:
        """Record what the world published in a step."""
        for batch in batches:
            self._events.publish(replace(batch, topic=batch.topic.removeprefix(self._prefix)))
        events = self._run.events + sum(map(len, batches))
        reached = format_instant(now)
        self._run = msgspec.structs.replace(
            self._run, reached=reached, events=events, records_acknowledged=acknowledged
        )

    def finish(self, report: Report, files: Mapping[str, Sequence[bytes]]) -> None:
        """Write the files of lines and the score, and mark the folder complete."""
        self._close_events()
        for name, lines in files.items():
            self._write(name, b"".join(line + b"\n" for line in lines))
        self._write("score.json", msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
        self._mark(msgspec.structs.replace(self._run, state="complete"))

    def abandon(self, state: State, reason: str) -> None:
        """Mark the folder as one whose run did not end, and say why."""
        try:
            self._close_events()
        except TransportError:
            reason = f"{reason} The last events could not be written."
        # A full disk may refuse this too; a folder that is still marked as running is refused as well.
        with suppress(TransportError):
            self._mark(msgspec.structs.replace(self._run, state=state, reason=reason))

    def _close_events(self) -> None:
        try:
            self._events.flush()
        finally:
            self._events.close()

    def _mark(self, run: RunFile) -> None:
        self._run = run
        self._write("run.json", msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")

    def _write(self, name: str, content: bytes) -> None:
        target, temporary = self._path / name, self._path / f".{name}.part"
        try:
            temporary.write_bytes(content)
            temporary.replace(target)
        except OSError as error:
            raise TransportError(f'"{target}" cannot be written: {error.strerror}.') from None


def read_run(path: Path) -> RunFile:
    """Read a run folder's `run.json`.

    Raises UsageError when the folder is none, or its run did not come to its end.
    """
    try:
        run = msgspec.json.decode((path / "run.json").read_bytes(), type=RunFile)
    except OSError:
        raise UsageError(
            f'"{path}" is no run folder: it has no run.json. Make one with `pulsetrain run --out`.'
        ) from None
    except msgspec.DecodeError as error:
        raise UsageError(f'"{path / "run.json"}" is not readable: {error}.') from None
    if run.state != "complete":
        reason = f" ({run.reason})" if run.reason else ""
        raise UsageError(f'"{path}" is {run.state}{reason}: its run came to {run.reached}. Repeat it: {run.repeat}')
    return run


def read_report(path: Path, run: RunFile) -> Report:
    """Read the `score.json` of a run folder whose `run.json` is `run`.

    Raises UsageError when it cannot be read, or is that of another run.
    """
    place = f'"{path / "score.json"}"'
    try:
        report = msgspec.json.decode((path / "score.json").read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{place} is not readable: {error}. Repeat the run: {run.repeat}") from None
    told, meant = (f"{one.scenario} with seed {one.seed}" for one in (report, run.spec))
    if told != meant:
        raise UsageError(f"{place} is of {told}, but run.json of {meant}. Repeat the run: {run.repeat}")
    return report


def changed(path: Path, counted: str, *, repeat: str) -> UsageError:
    """Return the error for a file of a run folder that is not what its score rests on."""
    return UsageError(
        f'"{path}" does not hold what score.json says: {counted}; it was cut off or changed. Repeat the run: {repeat}'
    )


class NoFolder:
    """Stands where a run folder would when the run is not kept."""

    def add(self, batches: Sequence[RecordBatch], *, now: SimTime, acknowledged: int) -> None:
        """Do nothing: this run is not kept."""

    def finish(self, report: Report, files: Mapping[str, Sequence[bytes]]) -> None:
        """Do nothing: this run is not kept."""

    def abandon(self, state: State, reason: str) -> None:
        """Do nothing: this run is not kept."""


def open_folder(plan: Plan) -> RunFolder | NoFolder:
    """Make the run folder that the plan asks for, or a stand-in that keeps nothing."""
    if plan.spec.out is None:
        return NoFolder()
    first = RunFile(
        spec=resolved(msgspec.structs.replace(plan.spec, out=None)),
        versions=versions(),
        repeat=repeat_command(plan.spec),
        state="running",
        reached=format_instant(plan.size.start),
        events=0,
        records_acknowledged=0,
    )
    return RunFolder(Path(plan.spec.out), topics=plan.scenario.catalog.event_topics(), first=first)

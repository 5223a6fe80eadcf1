"""The events and labels of a scenario as files, with nobody to consume them; memory stays flat."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Protocol

import msgspec

from simulator.codecs.protocol import Codec
from simulator.core.catalog import Catalog
from simulator.core.digest import digest_of_partitions
from simulator.core.errors import TransportError, UsageError
from simulator.core.labels import Label
from simulator.core.records import Record
from simulator.core.suggestions import suggestion
from simulator.harness.files import label_lines
from simulator.harness.pacing import Stopwatch
from simulator.harness.plan import Plan, make_plan
from simulator.harness.result import Progress
from simulator.harness.run import OnProgress, make_feed
from simulator.harness.spec import RunSpec, repeat_command
from simulator.harness.streaming import batch_records
from simulator.harness.tables import CSVFiles

LABELS = "labels.jsonl"


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What an export wrote: the records of each file, and how to repeat it."""

    scenario: str
    seed: int
    folder: str
    files: dict[str, int]
    events_sha256: str
    repeat: str


class EventFiles(Protocol):
    """Files of events in one format, written step by step."""

    def write(self, records: list[Record]) -> None:
        """Write the records of a step, sorted by (published_at, subject)."""

    def close(self) -> dict[str, int]:
        """Close the files; return for each how many events it has."""


class CloudEventsFiles:
    """One JSON Lines file a topic: the values as they stand on the wire."""

    def __init__(self, folder: Path, catalog: Catalog, codec: Codec) -> None:
        """Open a file for each topic of events."""
        self._files = {topic.name: (folder / f"{topic.name}.jsonl").open("wb") for topic in catalog.event_topics()}
        self._counts = dict.fromkeys(self._files, 0)

    def write(self, records: list[Record]) -> None:
        """Write each value on a line of its own."""
        for record in records:
            self._files[record.topic].write(record.value + b"\n")
            self._counts[record.topic] += 1

    def close(self) -> dict[str, int]:
        """Close the files."""
        for file in self._files.values():
            file.close()
        return {f"{topic}.jsonl": count for topic, count in self._counts.items()}


def _parquet_files(folder: Path, catalog: Catalog, codec: Codec) -> EventFiles:
    # pyarrow is an extra, and takes longer to import than a small export.
    from simulator.harness.parquet import ParquetFiles

    return ParquetFiles(folder, catalog, codec)


FORMATS: Mapping[str, Callable[[Path, Catalog, Codec], EventFiles]] = {
    "cloudevents": CloudEventsFiles,
    "csv": CSVFiles,
    "parquet": _parquet_files,
}


def export_files(
    spec: RunSpec, out: Path, *, format_name: str = "cloudevents", on_progress: OnProgress | None = None
) -> Exported:
    """Write a scenario's events and labels to a new folder.

    The folder appears when it is complete. Raises UsageError for an unknown format, a folder
    that exists or an option that cannot be, TransportError when a file cannot be written.
    """
    if format_name not in FORMATS:
        raise UsageError(f'no format "{format_name}".{suggestion(format_name, FORMATS)} Known: {", ".join(FORMATS)}.')
    plan = make_plan(msgspec.structs.replace(spec, consumer="none", topic_prefix=""))
    with _appearing(out) as folder:
        files, sha256 = _write(plan, folder, format_name=format_name, on_progress=on_progress)
    return Exported(
        scenario=plan.scenario.id,
        seed=plan.size.seed,
        folder=str(out),
        files=files,
        events_sha256=sha256,
        repeat=_repeat(spec, out, format_name),
    )


def _write(plan: Plan, folder: Path, *, format_name: str, on_progress: OnProgress | None) -> tuple[dict[str, int], str]:
    files = FORMATS[format_name](folder, plan.scenario.catalog, plan.codec())
    feed, labels, watch, events = make_feed(plan), list[Label](), Stopwatch(), 0
    try:
        for until in plan.instants():
            fed = feed.step(until, ())
            records = [record for batch in fed.batches for record in batch_records(batch)]
            files.write(sorted(records, key=lambda record: (record.timestamp, record.key)))
            labels += fed.labels
            events += len(records)
            if on_progress is not None:
                on_progress(_progress(plan, until, events=events, wall_seconds=watch.wall_seconds()))
        lines = label_lines(labels)
        (folder / LABELS).write_bytes(b"".join(line + b"\n" for line in lines))
        return {**files.close(), LABELS: len(lines)}, digest_of_partitions(feed.digests())
    finally:
        feed.close()


def _progress(plan: Plan, now: int, *, events: int, wall_seconds: float) -> Progress:
    size = plan.size
    return Progress(
        now=type(size.start)(now),
        start=size.start,
        end=size.end,
        events=events,
        decisions=0,
        lag=0,
        wall_seconds=wall_seconds,
    )


@contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """Yield a folder that gets its name once it is complete, and is removed if it never is."""
    if not out.name:
        raise UsageError(f'--out "{out}" names no folder to be made. Name one that does not exist yet.')
    if out.exists():
        raise UsageError(f'--out "{out}" exists. Name a folder that does not, or remove it.')
    part = out.with_name(f".{out.name}.part")
    try:
        part.mkdir(parents=True)
    except OSError as error:
        raise UsageError(f'--out "{out}" cannot be made: {error.strerror} ({part}).') from None
    try:
        yield part
        part.rename(out)
    except OSError as error:
        raise TransportError(f'"{out}" cannot be written: {error.strerror}.') from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _repeat(spec: RunSpec, out: Path, format_name: str) -> str:
    plain = msgspec.structs.replace(spec, out=None)
    run = repeat_command(plain).replace("pulsetrain run", "pulsetrain export", 1)
    return f"{run} --format {format_name} --out {quote(str(out))}"

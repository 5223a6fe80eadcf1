"""Records in files, one a topic: to keep a run, and to replay it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.core.catalog import Topic
from simulator.core.errors import PulsetrainError, TransportError, UsageError
from simulator.core.records import Record, RecordBatch
from simulator.transports.topic_file import SUFFIX, TopicReader, read_topic_file
from simulator.transports.topic_writer import TopicWriter
from simulator.transports.topics import check_topics, not_empty, other_partitions, spans

__all__ = ["FileTransport", "open_file", "read_topic_file"]

_SCHEME = "file:"


def open_file(url: str, *, kafka_config: Path | None = None) -> FileTransport:
    """Open `file:DIR`.

    Raises UsageError without a folder, or when a Kafka setting is given.
    """
    folder = url.removeprefix(_SCHEME).removeprefix("//")
    if not folder or folder == url:
        raise UsageError(f'"{url}" names no folder; write --transport file:DIR')
    if kafka_config is not None:
        raise UsageError(f"--kafka-config {kafka_config} means nothing for {url}; leave it out")
    if Path(folder).exists() and not Path(folder).is_dir():
        raise UsageError(f"{folder} is a file; give --transport file: a folder")
    return FileTransport(Path(folder))


@dataclass(frozen=True, slots=True)
class _Written:
    """A topic that this transport writes."""

    topic: Topic
    writer: TopicWriter


class FileTransport:
    """One file a topic in a folder; what is flushed can be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, _Written] = {}
        self._groups: dict[str, dict[str, TopicReader]] = {}
        self._before = 0
        self._changed = threading.Condition()
        self._closed = False

    @property
    def name(self) -> str:
        """Return `file:DIR`."""
        return f"{_SCHEME}{self._folder}"

    @property
    def acknowledged(self) -> int:
        """Return how many published records are in the files."""
        return sum(one.writer.stored for one in self._written.values()) - self._before

    def create_topics(self, topics: Sequence[Topic], *, must_be_empty: bool = True) -> None:
        """Make the files; raise as Transport says. A file that has records is appended to."""
        self._check_open()
        check_topics(topics)
        for topic in topics:
            self._create(topic, must_be_empty=must_be_empty)

    def publish(self, batch: RecordBatch) -> None:
        """Write the records; the last few thousand of a topic wait for a flush."""
        self._check_open()
        if batch.topic not in self._written:
            raise TransportError(f'topic "{batch.topic}" in {self.name} is not open; create it before it is used')
        written = self._written[batch.topic]
        for span in spans(batch):
            if not 0 <= span.partition < written.topic.partitions:
                raise TransportError(
                    f'topic "{batch.topic}" in {self.name} has no partition {span.partition}, '
                    f"only 0 to {written.topic.partitions - 1}"
                )
            written.writer.append(batch, span)

    def flush(self) -> None:
        """Write everything to the files."""
        self._check_open()
        for one in self._written.values():
            one.writer.flush()
        with self._changed:
            self._changed.notify_all()

    def subscribe(self, topics: Sequence[str], *, group: str = "") -> FileSubscription:
        """Read the topics' files; a group lasts as long as this transport."""
        self._check_open()
        readers = self._groups.setdefault(group, {}) if group else {}
        for topic in topics:
            if topic not in readers:
                readers[topic] = self._reader(topic)
        return FileSubscription([readers[topic] for topic in topics], self._changed)

    def close(self) -> None:
        """Close the files."""
        self._closed = True
        for one in self._written.values():
            one.writer.close()

    def _create(self, topic: Topic, *, must_be_empty: bool) -> None:
        known = self._written.get(topic.name)
        if known and known.topic.partitions != topic.partitions:
            raise other_partitions(topic, known.topic.partitions, self.name)
        writer = known.writer if known else TopicWriter(self._path(topic.name))
        try:
            self._check(topic, writer, must_be_empty=must_be_empty)
        except PulsetrainError:
            if known is None:
                writer.close()
            raise
        if known is None:
            self._before += writer.stored
            self._written[topic.name] = _Written(topic, writer)

    def _check(self, topic: Topic, writer: TopicWriter, *, must_be_empty: bool) -> None:
        if writer.partitions > topic.partitions:
            raise other_partitions(topic, writer.partitions, self.name)
        if must_be_empty and writer.records:
            raise not_empty(topic, writer.records, self.name, way_out="name another folder")
        writer.flush()

    def _reader(self, topic: str) -> TopicReader:
        path, written = self._path(topic), self._written.get(topic)
        if not path.exists():
            raise TransportError(f'there is no topic "{topic}" in {self.name}; create it before it is used')
        return TopicReader(path, None if written is None else lambda: written.writer.version)

    def _path(self, topic: str) -> Path:
        return self._folder / f"{topic}{SUFFIX}"

    def _check_open(self) -> None:
        if self._closed:
            raise TransportError(f"{self.name} is closed; open it again")


class FileSubscription:
    """A reader of a FileTransport."""

    def __init__(self, readers: Sequence[TopicReader], flushed: threading.Condition) -> None:
        self._readers = list(readers)
        self._flushed = flushed
        self._closed = False

    def poll(self, *, maximum: int = 500, timeout_seconds: float = 0.0) -> list[Record]:
        """Return records that were flushed; wait only for another thread's flush.

        Raises TransportError at the end of a file that is cut off.
        """
        if self._closed:
            raise TransportError("the subscription is closed; subscribe again")
        records = self._read(maximum)
        if not records and timeout_seconds > 0:
            with self._flushed:
                self._flushed.wait(timeout_seconds)
            records = self._read(maximum)
        return records

    def close(self) -> None:
        """Stop reading."""
        self._closed = True

    def _read(self, maximum: int) -> list[Record]:
        for turn, reader in enumerate(self._readers, 1):
            if records := reader.read(maximum):
                # The next poll starts elsewhere, or a busy topic would starve the others.
                self._readers = self._readers[turn:] + self._readers[:turn]
                return records
        return []

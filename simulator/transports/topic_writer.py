"""Writing a topic's file; its form is that of `topic_file`."""

from __future__ import annotations

import errno
from io import FileIO
from pathlib import Path

import zstandard

from simulator.core.errors import TransportError, UsageError
from simulator.core.records import RecordBatch
from simulator.transports.envelope import decode_line, encode_lines
from simulator.transports.topic_file import FRAME_RECORDS, Frame, cut_off, read_frame
from simulator.transports.topics import Span

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_LEVEL = 1  # our choice: level 3 takes half as long again and packs no better


class TopicWriter:
    """Appends records to a topic's file, which it makes, or goes on with.

    Raises UsageError for a folder that is not writable, TransportError for a disk that is full
    and for a file that is cut off. `stored` counts the records that are in the file, `version` the writes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        self._lines: list[bytes] = []
        self._count = 0
        self._frame_start = 0
        self._offsets: dict[int, int] = {}
        self.stored = 0
        self.version = 0
        if path.exists():
            self._go_on()
        self._file = self._open()

    @property
    def records(self) -> int:
        """Return how many records the topic has, stored or not."""
        return sum(self._offsets.values())

    @property
    def partitions(self) -> int:
        """Return the least number of partitions that the topic must have."""
        return max(self._offsets, default=0) + 1

    def append(self, batch: RecordBatch, span: Span) -> None:
        """Add a span's rows; every full frame is stored at once."""
        start = span.start
        while start < span.stop:
            stop = min(span.stop, start + FRAME_RECORDS - self._count)
            self._add(batch, Span(span.partition, start, stop))
            start = stop
            if self._count == FRAME_RECORDS:
                self._store()
                self._begin_frame(self._file.tell())

    def flush(self) -> None:
        """Store what is not yet stored; a topic without records gets an empty frame."""
        if self.stored < self.records or not self.version:
            self._store()

    def close(self) -> None:
        """Let go of the file; what is not stored is lost."""
        self._file.close()

    def _add(self, batch: RecordBatch, span: Span) -> None:
        offset = self._offsets.get(span.partition, 0)
        for count, lines in encode_lines(batch, span, offset=offset):
            self._lines.append(lines)
            self._count += count
        self._offsets[span.partition] = offset + span.stop - span.start

    def _begin_frame(self, start: int) -> None:
        self._frame_start, self._lines, self._count = start, [], 0

    def _store(self) -> None:
        frame = self._compressor.compress(b"".join(self._lines))
        try:
            self._file.seek(self._frame_start)
            while frame:
                frame = frame[self._file.write(frame) :]
            self._file.truncate()
        except OSError as error:
            raise self._refused(error) from error
        self.stored, self.version = self.records, self.version + 1

    def _open(self) -> FileIO:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
            return FileIO(self._path, "r+")
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise self._refused(error) from error
            raise UsageError(
                f"{self._path.parent} is no folder to write in: {error.strerror}; "
                "name one that is, after --transport file: or --out"
            ) from error

    def _refused(self, error: OSError) -> TransportError:
        return TransportError(
            f"{self._path} cannot be written: {error.strerror}. {self.stored:,} records are in it; "
            "make room, or choose another folder."
        )

    def _go_on(self) -> None:
        start = 0
        while (frame := read_frame(self._path, start)).end > start:
            if not frame.is_whole:
                raise cut_off(self._path, self.records + len(frame.lines))
            self._take_over(frame, start)
            start = frame.end
        self.stored, self.version = self.records, int(start > 0)

    def _take_over(self, frame: Frame, start: int) -> None:
        for line in frame.lines:
            record = decode_line(self._path.name, line)
            self._offsets[record.partition] = record.offset + 1
        self._begin_frame(start)
        self._lines = [line + b"\n" for line in frame.lines]
        self._count = len(frame.lines)
        if self._count >= FRAME_RECORDS:
            self._begin_frame(frame.end)

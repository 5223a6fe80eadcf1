"""A topic as a file: JSON Lines in zstandard frames, which `zstd -d` reads.

Every frame but the last holds FRAME_RECORDS lines. The last is written over when more come, so
a file's bytes depend on its records alone, never on when they were flushed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import zstandard

from simulator.core.errors import TransportError, UsageError
from simulator.core.records import Record
from simulator.transports.envelope import decode_line

SUFFIX = ".jsonl.zst"
FRAME_RECORDS = 4096  # our choice: 1 to 2 MB, so that a cut costs little and zstd finds its repeats
_READ_BYTES = 1 << 16  # our choice


class Frame(NamedTuple):
    """The lines of a frame, where it ends in the file, and whether it is whole."""

    lines: list[bytes]
    end: int
    is_whole: bool


def read_topic_file(path: Path) -> Iterator[Record]:
    """Yield the records of a recorded topic, in the order of publication.

    The topic's name is the file's. Raises UsageError when there is no such file, and
    TransportError when it is cut off or damaged, once all before that place was given.
    """
    if not path.is_file():
        raise UsageError(f"there is no recorded topic {path}; name a file that ends in {SUFFIX}")
    reader = TopicReader(path)
    while records := reader.read(FRAME_RECORDS):
        yield from records


class TopicReader:
    """Reads a topic's file from its beginning, also while it grows.

    `version` returns something else whenever the file has changed.
    """

    def __init__(self, path: Path, version: Callable[[], object] | None = None) -> None:
        self._path = path
        self._topic = path.name.removesuffix(SUFFIX)
        self._version = version or self._file_version
        self._seen: object = None
        self._start = 0
        self._frame = Frame([], 0, is_whole=True)
        self._taken = 0
        self._records = 0

    def read(self, maximum: int) -> list[Record]:
        """Return the next records that are stored, up to `maximum`.

        Raises TransportError for a file that is cut off or damaged, once all before that was given.
        """
        if self._taken == len(self._frame.lines):
            self._load()
        lines = self._frame.lines[self._taken : self._taken + maximum]
        if not lines and not self._frame.is_whole:
            raise cut_off(self._path, self._records)
        self._taken += len(lines)
        return [self._decode(line) for line in lines]

    def _load(self) -> None:
        if (version := self._version()) == self._seen:
            return
        # The last frame may have been written over by a longer one; a full one never is.
        if self._taken < FRAME_RECORDS:
            self._frame = read_frame(self._path, self._start)
        if self._is_read() and self._path.stat().st_size > self._frame.end:
            self._start, self._taken = self._frame.end, 0
            self._frame = read_frame(self._path, self._start)
        if self._taken == len(self._frame.lines):
            self._seen = version

    def _is_read(self) -> bool:
        return self._taken == len(self._frame.lines) and self._frame.is_whole

    def _file_version(self) -> object:
        state = self._path.stat()
        return state.st_size, state.st_mtime_ns

    def _decode(self, line: bytes) -> Record:
        try:
            record = decode_line(self._topic, line)
        except ValueError as error:
            raise TransportError(
                f"{self._path} is damaged at record {self._records + 1:,}: {error}; record the run again"
            ) from error
        self._records += 1
        return record


def read_frame(path: Path, start: int) -> Frame:
    """Read the frame that begins at `start`, or as much of it as there is."""
    decoder, texts, end = zstandard.ZstdDecompressor().decompressobj(), [], start
    with path.open("rb") as file:
        file.seek(start)
        while not decoder.eof and (data := file.read(_READ_BYTES)):
            end += len(data)
            try:
                texts.append(decoder.decompress(data))
            except zstandard.ZstdError:
                break
    *lines, rest = b"".join(texts).split(b"\n")
    if decoder.eof:
        return Frame([*lines, rest] if rest else lines, end - len(decoder.unused_data), is_whole=True)
    return Frame(lines, end, is_whole=end == start)


def cut_off(path: Path, records: int) -> TransportError:
    """Return the error for a file that is not whole after so many records."""
    return TransportError(f"{path} is cut off or damaged after record {records:,}; record the run again")

"""One record as one line: JSON around the value's own bytes, as kcat prints them.

    {"partition":3,"offset":17,"timestamp":1767571200000,"key":"syn-0000017","value":{...}}

The value stands verbatim where it is JSON on one line, else as `value_base64`; a key that is
not UTF-8 as `key_base64`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence

import msgspec

from simulator.core.records import Record, RecordBatch
from simulator.transports.topics import Span

_SLICE = 512  # lines formatted at once; our choice: their bytes stay in the L2 cache
_UNESCAPED = bytes(set(range(0x20, 0x7F)) - set(b'"\\'))  # of RFC 8259, section 7, the ASCII part
_VALUE = b',"value":'
_VALUE_BASE64 = b',"value_base64":'
_documents = msgspec.json.Decoder(msgspec.Raw)


class _Head(msgspec.Struct):
    """What stands before the value."""

    partition: int
    offset: int
    timestamp: int
    key: str | None = None
    key_base64: str | None = None


_head = msgspec.json.Decoder(_Head)


def encode_lines(batch: RecordBatch, span: Span, *, offset: int) -> Iterator[tuple[int, bytes]]:
    """Yield the span's lines, some at once: how many, and their bytes.

    `offset` is that of the first.
    """
    for start in range(span.start, span.stop, _SLICE):
        stop = min(start + _SLICE, span.stop)
        part = Span(span.partition, start, stop)
        yield stop - start, _lines(batch, part, offset + start - span.start)


def decode_line(topic: str, line: bytes) -> Record:
    """Read a line back, to the byte. Raises ValueError when it is not one of ours."""
    head, found, value = line.partition(_VALUE)
    if found:
        body = value[:-1]
    else:
        head, found, value = line.partition(_VALUE_BASE64)
        body = base64.b64decode(json.loads(value[:-1]), validate=True)
    if not line.endswith(b"}"):
        raise ValueError("the line does not end")
    return _record(topic, _head.decode(head + b"}"), body)


def _record(topic: str, head: _Head, value: bytes) -> Record:
    if head.key is not None:
        key = head.key.encode()
    elif head.key_base64 is not None:
        key = base64.b64decode(head.key_base64, validate=True)
    else:
        raise ValueError("the line has no key")
    return Record(topic, head.partition, head.offset, head.timestamp, key, value)


def _lines(batch: RecordBatch, span: Span, offset: int) -> bytes:
    keys, values = batch.keys[span.start : span.stop], batch.values[span.start : span.stop]
    timestamps: list[int] = batch.timestamps[span.start : span.stop].tolist()
    if not (_are_plain(keys) and _are_documents(values)):
        rows = zip(timestamps, keys, values, strict=True)
        return b"".join(_line(span.partition, at, row) for at, row in enumerate(rows, offset))
    # One formatting of many lines costs half of as many formattings of one.
    template = b'{"partition":%d,"offset":%%d,"timestamp":%%d,"key":"%%b","value":%%b}\n' % span.partition
    parts: list[int | bytes] = [b""] * (4 * len(values))
    parts[0::4] = range(offset, offset + len(values))
    parts[1::4] = timestamps
    parts[2::4] = keys
    parts[3::4] = values
    return (template * len(values)) % tuple(parts)


def _line(partition: int, offset: int, row: tuple[int, bytes, bytes]) -> bytes:
    timestamp, key, value = row
    head = b'{"partition":%d,"offset":%d,"timestamp":%d' % (partition, offset, timestamp)
    name = b',"key":' if _is_text(key) else b',"key_base64":'
    text = json.dumps(key.decode() if _is_text(key) else _base64(key), ensure_ascii=False).encode()
    if _are_documents([value]):
        return head + name + text + _VALUE + value + b"}\n"
    return head + name + text + _VALUE_BASE64 + b'"' + _base64(value).encode() + b'"}\n'


def _are_plain(keys: Sequence[bytes]) -> bool:
    return not b"".join(keys).translate(None, _UNESCAPED)


def _are_documents(values: Sequence[bytes]) -> bool:
    """Return whether each value is JSON on one line.

    Values that only together make as many documents slip through; they are written verbatim
    and read back to the byte like all others, as reading does not parse values.
    """
    together = b"".join(values)
    if b"\n" in together or b"\r" in together or not _is_text(together):
        return False
    try:
        return len(_documents.decode_lines(b"\n".join(values))) == len(values)
    except msgspec.DecodeError:
        return False


def _is_text(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()

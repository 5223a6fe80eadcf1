"""What every codec must do, as checks for ours and anybody else's.

    check_codec(MyCodec, catalog, blocks)

`blocks` are sequenced blocks of the catalog's event types; the more kinds of rows they have, the
more is checked. A check raises AssertionError that says what failed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulator.codecs.protocol import Codec, MakeCodec
from simulator.codecs.reference import event_of
from simulator.core.catalog import Catalog
from simulator.core.errors import CodecError
from simulator.core.events import SequencedBlock
from simulator.core.records import Record

_SEED = 7
_TOPIC, _PARTITION, _OFFSET = "conformance.codec", 3, 1_234_567
_GARBLED = (b"", b"\x00\xff\xfe", b"garbled", b"{}", b"[1, 2]", b"null")


def check_codec(make_codec: MakeCodec, catalog: Catalog, blocks: Sequence[SequencedBlock]) -> None:
    """Run every check. Raises AssertionError for the first that fails."""
    for check in CHECKS:
        check(make_codec, catalog, blocks)


def check_events_come_back(make_codec: MakeCodec, catalog: Catalog, blocks: Sequence[SequencedBlock]) -> None:
    """Check that what is read is what was written, row by row in order."""
    codec = make_codec(catalog, seed=_SEED)
    for one in blocks:
        values = codec.encode(one)
        _same(f"{one.block.type.name}: the number of records", len(values), len(one.block))
        for row, value in enumerate(values):
            event = event_of(one, row, (catalog, _SEED))
            found = codec.decode(_record(value, event.published_at))
            _same(f"{event.id} as read back", found, event)


def check_one_event_is_written_as_its_row(
    make_codec: MakeCodec, catalog: Catalog, blocks: Sequence[SequencedBlock]
) -> None:
    """Check that an event on its own has the bytes it has in its block."""
    codec = make_codec(catalog, seed=_SEED)
    for one in blocks:
        for row, value in enumerate(codec.encode(one)):
            event = event_of(one, row, (catalog, _SEED))
            _same(f"{event.id} written on its own", codec.encode_event(event), value)


def check_bytes_are_repeated(make_codec: MakeCodec, catalog: Catalog, blocks: Sequence[SequencedBlock]) -> None:
    """Check that a codec made anew writes the same bytes, in whatever order."""
    first, second = make_codec(catalog, seed=_SEED), make_codec(catalog, seed=_SEED)
    forwards = [first.encode(one) for one in blocks]
    backwards = [second.encode(one) for one in reversed(blocks)]
    _same("bytes written again", backwards[::-1], forwards)


def check_garbled_bytes_are_refused(make_codec: MakeCodec, catalog: Catalog, blocks: Sequence[SequencedBlock]) -> None:
    """Check that bytes which are no event raise an error that names their place."""
    codec = make_codec(catalog, seed=_SEED)
    halves = [value[: len(value) // 2] for one in blocks for value in codec.encode(one)[:3]]
    for value in (*_GARBLED, *halves):
        _refuses(codec, value)


Check = Callable[[MakeCodec, Catalog, Sequence[SequencedBlock]], None]

CHECKS: tuple[Check, ...] = (
    check_events_come_back,
    check_one_event_is_written_as_its_row,
    check_bytes_are_repeated,
    check_garbled_bytes_are_refused,
)


def _record(value: bytes, timestamp: int) -> Record:
    return Record(topic=_TOPIC, partition=_PARTITION, offset=_OFFSET, timestamp=timestamp, key=b"key", value=value)


def _refuses(codec: Codec, value: bytes) -> None:
    try:
        found = codec.decode(_record(value, 0))
    except CodecError as error:
        for named in (_TOPIC, str(_PARTITION), str(_OFFSET)):
            _same(f'whether the error "{error}" names {named}', named in str(error), True)
        _same(f'the lines of the error "{error}"', len(str(error).splitlines()), 1)
        return
    raise AssertionError(f"{value!r} was read as {found!r}, wanted CodecError"[:2_000])


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise AssertionError(f"{what}: found {found!r}, wanted {wanted!r}"[:2_000])

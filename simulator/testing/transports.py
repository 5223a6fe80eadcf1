"""What every transport must do, as checks for ours and anybody else's.

    check_transport(lambda: MyTransport(...))

Each call gives a transport of its own. Topics are named after this process. A check raises AssertionError
that says what failed.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from itertools import count

import numpy as np

from simulator.core.catalog import Topic
from simulator.core.errors import PulsetrainError, TransportError, UsageError
from simulator.core.records import Record, RecordBatch, record_batch
from simulator.transports.protocol import Subscription, Transport

Opened = Callable[[], Transport]
"""Opens a transport of its own."""

_START = 1_767_571_200_000  # 2026-01-05T00:00:00Z
_WAIT_SECONDS, _PATIENCE = 0.2, 100  # our choice: in all far above what a healthy broker needs
_PARTITIONS = 3
_MANY = 20_000
_numbers = count()

# Keys and values that a transport which interprets them would bend.
AWKWARD = (
    (b"plain", b'{"heart_rate": 71}'),
    (b"empty", b""),
    (b"", b"{}"),
    (b"newline", b'{"a":\n1}\n'),
    (b"return", b"MSH|^~\\&|LAB\rPID|1\r"),
    (b"invalid", b'{"a":"\xff\xfe"}'),
    (b"\xff\x00key", b"\x00\x01\x02"),
    (b'quo"te\\', b'  {"a": 1}  '),
    ("schlüssel".encode(), '{"a":"é\u2028"}'.encode()),
    (b"cut", b'{"a":{"b":1}'),
    (b"two", b'{"a":1} {"b":2}'),
    (b"envelope", b'{"x":1},"value":{"y":2}'),
    (b"envelope64", b'","value_base64":"AAAA"}'),
    (b"text", b'"a,b"'),
)


def check_transport(opened: Opened) -> None:
    """Run every check. Raises AssertionError for the first that fails."""
    for check in CHECKS:
        check(opened)


def check_order_and_offsets(opened: Opened) -> None:
    """Check that each partition keeps its order, with offsets from 0 without a gap."""
    with closing(opened()) as transport:
        topic = _topic(transport)
        sent = [(row % _PARTITIONS, _START + row, b"k%d" % row, b'{"row":%d}' % row) for row in range(600)]
        for start in range(0, 600, 60):
            transport.publish(record_batch(topic, sorted(sent[start : start + 60], key=lambda one: one[0])))
        transport.flush()
        found = _by_partition(_read(transport.subscribe([topic]), 600))
    for partition in range(_PARTITIONS):
        wanted = [one for one in sent if one[0] == partition]
        _same(f"partition {partition}", [_sent_form(one) for one in found[partition]], wanted)
        _same("offsets", [one.offset for one in found[partition]], list(range(len(wanted))))


def check_bytes_are_intact(opened: Opened) -> None:
    """Check that topic, key, value and timestamp come back to the byte."""
    with closing(opened()) as transport:
        topic = _topic(transport)
        sent = [(1, _START + row, key, value) for row, (key, value) in enumerate(AWKWARD)]
        transport.publish(record_batch(topic, sent))
        transport.flush()
        found = _read(transport.subscribe([topic]), len(sent))
    _same("the records", [_sent_form(one) for one in found], sent)
    _same("their topic", {one.topic for one in found}, {topic})


def check_acknowledged_is_exact(opened: Opened) -> None:
    """Check that after a flush as many records are acknowledged as were published."""
    with closing(opened()) as transport:
        topic = _topic(transport)
        _same("acknowledged before", transport.acknowledged, 0)
        for records in (1, 0, 5_000):
            transport.publish(_many(topic, records))
        transport.flush()
        _same("acknowledged", transport.acknowledged, 5_001)


def check_many_records(opened: Opened) -> None:
    """Check that a large batch arrives whole, each record once, by polls of any size."""
    with closing(opened()) as transport:
        topic = _topic(transport)
        batch = _many(topic, _MANY)
        transport.publish(batch)
        transport.flush()
        with closing(transport.subscribe([topic])) as subscription:
            found = _read(subscription, 7, maximum=7) + _read(subscription, _MANY - 7, maximum=997)
    _same("each value once", sorted(one.value for one in found), sorted(batch.values))


def check_poll_gives_at_most_maximum(opened: Opened) -> None:
    """Check that a poll never returns more than it was asked for."""
    with closing(opened()) as transport:
        topic = _topic(transport)
        transport.publish(_many(topic, 100))
        transport.flush()
        subscription = transport.subscribe([topic])
        sizes = [len(subscription.poll(maximum=9, timeout_seconds=1.0)) for _ in range(5)]
    _same("polls that returned more than 9 records", [size for size in sizes if size > 9], [])


def check_readers_are_independent(opened: Opened) -> None:
    """Check that two readers without a group each see all, and several topics at once."""
    with closing(opened()) as transport:
        topics = [_topic(transport), _topic(transport)]
        first, second = transport.subscribe(topics), transport.subscribe(topics)
        for topic in topics:
            transport.publish(_many(topic, 300))
        transport.flush()
        mine, yours = _read(first, 600), _read(second, 600)
    _same("what the second reader saw", set(yours), set(mine))
    _same("the topics", {one.topic for one in mine}, set(topics))


def check_later_records_reach_a_reader(opened: Opened) -> None:
    """Check that a reader which has read all gets what is published after."""
    with closing(opened()) as transport:
        topic = _topic(transport)
        subscription = transport.subscribe([topic])
        for turn in range(5):
            sent = [(0, _START + turn, b"k", b'{"turn":%d}' % turn)]
            transport.publish(record_batch(topic, sent))
            transport.flush()
            _same(f"turn {turn}", [_sent_form(one) for one in _read(subscription, 1)], sent)
        _same("what is left", subscription.poll(), [])


def check_a_group_goes_on(opened: Opened) -> None:
    """Check that a group's next reader starts where the last one stopped."""
    with closing(opened()) as transport:
        topic, group = _topic(transport), f"group-{_unique()}"
        batch = _many(topic, 400)
        transport.publish(batch)
        transport.flush()
        with closing(transport.subscribe([topic], group=group)) as first:
            found = _read(first, 100, maximum=100)
        with closing(transport.subscribe([topic], group=group)) as second:
            found += _read(second, 300)
    _same("each value once", sorted(one.value for one in found), sorted(batch.values))


def check_an_empty_topic_gives_nothing(opened: Opened) -> None:
    """Check that an empty batch changes nothing, and that polling then returns."""
    with closing(opened()) as transport:
        topic = _topic(transport)
        transport.publish(record_batch(topic, []))
        transport.flush()
        _same("the records", transport.subscribe([topic]).poll(timeout_seconds=_WAIT_SECONDS), [])


def check_topics_are_made_once(opened: Opened) -> None:
    """Check that topics may be asked for again while they are as stated.

    Those with other partitions, or with records where there must be none, are refused.
    """
    with closing(opened()) as transport:
        name = _topic(transport)
        transport.create_topics([Topic(name, _PARTITIONS)])
        _raises(UsageError, name, lambda: transport.create_topics([Topic(name, _PARTITIONS - 1)]))
        transport.publish(_many(name, 10))
        transport.flush()
        _raises(UsageError, name, lambda: transport.create_topics([Topic(name, _PARTITIONS)]))
        transport.create_topics([Topic(name, _PARTITIONS)], must_be_empty=False)
        _same("the records", len(_read(transport.subscribe([name]), 10)), 10)


def check_impossible_topics_are_refused(opened: Opened) -> None:
    """Check that a topic without a legal name, or without a partition, raises."""
    with closing(opened()) as transport:
        for name in ("../up", "..", "a b", "", "x" * 250):
            _raises(UsageError, name, partial(transport.create_topics, [Topic(name, 1)]))
        _raises(UsageError, "none", partial(transport.create_topics, [Topic("none", 0)]))


def check_unknown_places_are_refused(opened: Opened) -> None:
    """Check that an unknown topic or partition raises, at the latest in the flush."""
    with closing(opened()) as transport:
        absent = f"absent-{_unique()}"
        _raises(TransportError, absent, lambda: transport.subscribe([absent]))
        _raises(TransportError, absent, lambda: _publish(transport, _many(absent, 1)))
    with closing(opened()) as transport:
        topic = _topic(transport)
        batch = record_batch(topic, [(_PARTITIONS, _START, b"k", b"{}")])
        _raises(TransportError, topic, lambda: _publish(transport, batch))


def check_closed_is_closed(opened: Opened) -> None:
    """Check that nothing goes in or out after close, and that it may come twice."""
    transport = opened()
    topic = _topic(transport)
    subscription = transport.subscribe([topic])
    subscription.close()
    subscription.close()
    _raises(TransportError, "closed", subscription.poll)
    transport.close()
    transport.close()
    _raises(TransportError, "closed", lambda: transport.publish(_many(topic, 1)))
    _raises(TransportError, "closed", lambda: transport.subscribe([topic]))
    _raises(TransportError, "closed", transport.flush)


CHECKS = (
    check_order_and_offsets,
    check_bytes_are_intact,
    check_acknowledged_is_exact,
    check_many_records,
    check_poll_gives_at_most_maximum,
    check_readers_are_independent,
    check_later_records_reach_a_reader,
    check_a_group_goes_on,
    check_an_empty_topic_gives_nothing,
    check_topics_are_made_once,
    check_impossible_topics_are_refused,
    check_unknown_places_are_refused,
    check_closed_is_closed,
)
"""Every check, in the order in which `check_transport` runs them."""


def _unique() -> str:
    return f"{os.getpid()}-{next(_numbers)}"


def _topic(transport: Transport) -> str:
    name = f"check.{_unique()}"
    transport.create_topics([Topic(name, _PARTITIONS)])
    return name


def _many(topic: str, records: int) -> RecordBatch:
    rows = np.arange(records, dtype=np.int64)
    return RecordBatch(
        topic=topic,
        partitions=np.sort(rows % _PARTITIONS),
        timestamps=_START + rows,
        keys=[b"syn-%07d" % (row % 50) for row in range(records)],
        values=[b'{"row":%d,"filling":"%060d"}' % (row, row) for row in range(records)],
    )


def _publish(transport: Transport, batch: RecordBatch) -> None:
    transport.publish(batch)
    transport.flush()


def _read(subscription: Subscription, wanted: int, *, maximum: int = 500) -> list[Record]:
    """Poll until there are as many as wanted, or patience ends."""
    found: list[Record] = []
    in_vain = 0
    while len(found) < wanted and in_vain < _PATIENCE:
        more = subscription.poll(maximum=min(maximum, wanted - len(found)), timeout_seconds=_WAIT_SECONDS)
        found += more
        in_vain += not more
    _same("the number of records", len(found), wanted)
    return found


def _by_partition(records: Iterable[Record]) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = defaultdict(list)
    for one in records:
        found[one.partition].append(one)
    return found


def _sent_form(record: Record) -> tuple[int, int, bytes, bytes]:
    return record.partition, record.timestamp, record.key, record.value


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise AssertionError(f"{what}: found {found!r}, wanted {wanted!r}"[:2_000])


def _raises(error: type[PulsetrainError], named: str, act: Callable[[], object]) -> None:
    """Check that an act raises the error, in one line that names what it is about."""
    try:
        act()
    except error as raised:
        _same(f'whether the error "{raised}" names {named}', named in str(raised), True)
        _same("the lines of the error", len(str(raised).splitlines()), 1)
        return
    raise AssertionError(f'nothing was raised about "{named}", wanted {error.__name__}')

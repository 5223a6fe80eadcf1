"""Dead letters of somebody else: each refused record once, whatever they look like."""

from __future__ import annotations

import msgspec
import pytest

from simulator.consumers.wiring import dead_letter_value
from simulator.core.catalog import Topic
from simulator.core.decisions import DeadLetter
from simulator.core.records import record_batch
from simulator.harness import dead_letters
from simulator.harness.dead_letters import read_dead_letters
from simulator.transports.memory import MemoryTransport

TOPIC = "tiny.dead-letters"
LETTER = DeadLetter(topic="tiny.vitals", partition=1, offset=7, reason="it is unreadable", value=b"{")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for more: what is in memory is all there is."""
    monkeypatch.setattr(dead_letters, "SILENCE_SECONDS", 0.01)


def written(*values: bytes) -> MemoryTransport:
    """Return a transport with records in the topic of dead letters."""
    transport = MemoryTransport()
    transport.create_topics([Topic(TOPIC, 2)])
    transport.publish(record_batch(TOPIC, [(0, 0, b"", value) for value in values]))
    return transport


def test_without_the_topic_there_are_none() -> None:
    assert read_dead_letters(MemoryTransport(), TOPIC) == []


def test_a_record_that_was_refused_again_after_a_crash_is_one() -> None:
    other = msgspec.structs.replace(LETTER, offset=8)
    transport = written(*map(dead_letter_value, (LETTER, other, LETTER)))
    assert read_dead_letters(transport, TOPIC) == [LETTER, other]


def test_letters_in_a_form_of_their_own_count_each() -> None:
    found = read_dead_letters(written(b"could not read it", b"could not read it"), TOPIC)
    assert [(one.topic, one.offset, one.value) for one in found] == [(TOPIC, n, b"could not read it") for n in (0, 1)]

"""Dead letters of a consumer in another process, read off their topic."""

from __future__ import annotations

import msgspec

from simulator.consumers.wiring import dead_letter
from simulator.core.decisions import DeadLetter
from simulator.core.errors import TransportError
from simulator.core.records import Record
from simulator.harness.pacing import Patience
from simulator.transports.protocol import Transport

SILENCE_SECONDS = 1.0  # our choice: a topic that gives nothing for so long has given everything


def read_dead_letters(transport: Transport, topic: str) -> list[DeadLetter]:
    """Return the dead letters of a topic, each record that was refused once.

    A consumer that starts again after a crash refuses a record a second time. Return none where
    there is no such topic: who has refused nothing need not have made it.
    """
    try:
        subscription = transport.subscribe([topic])
    except TransportError:
        return []
    once: dict[tuple[str, int, int], DeadLetter] = {}
    silence = Patience(SILENCE_SECONDS)
    while not silence.is_over:
        for record in subscription.poll(timeout_seconds=SILENCE_SECONDS):
            letter = _letter(record)
            once[letter.topic, letter.partition, letter.offset] = letter
            silence.renew()
    subscription.close()
    return list(once.values())


def _letter(record: Record) -> DeadLetter:
    try:
        return msgspec.json.decode(record.value, type=DeadLetter)
    except msgspec.DecodeError as error:
        # In another form it still says that a record was refused, and so counts as one.
        return dead_letter(record, str(error))

"""Rows wait for their release, and however many do, those that are not due are left alone."""

import msgspec
import numpy as np

from simulator.core.events import Block, EventType
from simulator.core.time import SimTime
from simulator.core.waiting import WaitingRows


class Serial(msgspec.Struct, frozen=True):
    """Data that tell a row from every other."""

    serial: int


FELT = EventType("pulse.felt", "pulses", Serial, "a pulse")
MANY = 40_000


def pulses(published_at: list[int], first_serial: int = 0) -> Block:
    """Return a block of pulses, published then."""
    return Block(
        FELT,
        subject=np.zeros(len(published_at), dtype=np.int64),
        occurred_at=np.zeros(len(published_at), dtype=np.int64),
        published_at=np.array(published_at, dtype=np.int64),
        columns={"serial": np.arange(first_serial, first_serial + len(published_at))},
    )


def taken(waiting: WaitingRows, until: int) -> list[int]:
    """Return the serials of the rows taken out."""
    due = waiting.take_due(SimTime(until))
    return [] if due is None else due.apart().columns["serial"].tolist()


def test_what_is_not_due_waits() -> None:
    waiting = WaitingRows()
    waiting.push(pulses([7, 3, 9]))
    assert [taken(waiting, until) for until in (2, 3, 3, 8, 9, 10)] == [[], [1], [], [0], [2], []]


def test_many_rows_are_released_without_a_copy_of_those_that_wait() -> None:
    waiting = WaitingRows()
    block = pulses(list(range(MANY)))
    waiting.push(block)
    assert all(waiting.take_due(SimTime(until)).block is block for until in range(10))


def test_many_rows_are_taken_in_order_of_time() -> None:
    waiting = WaitingRows()
    waiting.push(pulses(list(range(MANY, 0, -1))))
    found = [serial for until in range(0, MANY + 1_000, 1_000) for serial in taken(waiting, until)]
    assert found == list(range(MANY - 1, -1, -1))


def test_rows_of_one_time_stand_as_they_were_pushed_many_or_few() -> None:
    waiting = WaitingRows()
    waiting.push(pulses([5] * MANY))
    assert taken(waiting, 4) == []
    waiting.push(pulses([5] * 3, MANY))
    assert taken(waiting, 4) == []
    waiting.push(pulses([5] * MANY, MANY + 3))
    assert taken(waiting, 4) == []
    waiting.push(pulses([5], 2 * MANY + 3))
    assert taken(waiting, 5) == list(range(2 * MANY + 4))

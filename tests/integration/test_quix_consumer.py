"""The Quix Streams runtime on a real Kafka: the same decisions as a list, whatever happens."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from random import Random

import msgspec
import pytest

from simulator.brokers import BrokerStatus, running_broker
from simulator.consumers.chain import run_in_list
from simulator.core.clock import ClockReached
from simulator.core.decisions import DeadLetter, Decision
from simulator.core.events import Event
from simulator.core.records import Record
from simulator.core.reducers import Consumer
from simulator.transports.opening import open_transport
from tests.toy_consumers import CATALOG, READING_TAKEN, SAMPLE_TAKEN, order, reading, silence, wards
from tests.toy_wire import CODEC, Listener, Publisher, at, in_order

pytestmark = [pytest.mark.kafka]

CONSUMERS: dict[str, Callable[[], Consumer]] = {"silence": silence, "wards": wards, "order": order}
HOURS, STEP = 6, 900
END, HALF, QUARTER = at(HOURS * 3_600), HOURS * 1_800, HOURS * 900
_runs = count()


class Stream:
    """A stream under a prefix of its own on the local broker, and consumer processes that read it."""

    def __init__(self, broker: BrokerStatus, consumer: str, *, state: Path, stack: ExitStack) -> None:
        self.state = state
        self._url = f"kafka://{broker.bootstrap}"
        self._prefix = f"quix{os.getpid()}-{next(_runs)}."
        self._command = [sys.executable, "-m", "tests.consume_toy", consumer, self._url, self._prefix]
        self._transport = open_transport(self._url)
        self._stack = stack
        stack.callback(self._transport.close)
        self.publisher = Publisher(self._transport, prefix=self._prefix)
        self.listener = Listener(self._transport, prefix=self._prefix)

    def start(self, *options: str, state: str = "first") -> subprocess.Popen[str]:
        command = [*self._command, str(self.state / state), *options]
        process = self._stack.enter_context(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
        self._stack.callback(process.kill)
        return process

    def publish(self, events: Sequence[Event], *, first: int = 0, last: int = HOURS * 3_600) -> None:
        for end in range(first + STEP, last + STEP, STEP):
            self.publisher.publish([one for one in events if at(end - STEP) < one.published_at <= at(end)])
            self.publisher.tick(end)

    def tick_until_it_answers(self, process: subprocess.Popen[str], seconds: int) -> bool:
        for _ in range(300):
            self.publisher.tick(seconds)
            self.listener.listen()
            if select.select([process.stdout], [], [], 0.2)[0]:
                return True
        return False

    def dead_letters(self, wanted: int) -> list[DeadLetter]:
        subscription = self._transport.subscribe([CATALOG.topic("dead-letters", prefix=self._prefix)])
        records: list[Record] = []
        for _ in range(100):
            records += subscription.poll(timeout_seconds=0.1) if len(records) < wanted else []
        return [msgspec.json.decode(one.value, type=DeadLetter) for one in records]


MakeStream = Callable[[str], Stream]


@pytest.fixture
def make_stream(local_kafka: BrokerStatus, tmp_path: Path) -> Iterator[MakeStream]:
    with ExitStack() as stack:
        yield lambda consumer: Stream(local_kafka, consumer, state=tmp_path / "state", stack=stack)


def many_events(number: int) -> list[Event]:
    draw = Random(11)
    moments = sorted(draw.sample(range(1, HOURS * 3_600_000), number))
    return [
        reading(
            min(int(draw.expovariate(0.01)), 900),
            place,
            moment / 1_000,
            ward=draw.choice("abcde"),
            value=draw.uniform(0, 10.5),
            of=READING_TAKEN if draw.random() < 0.9 else SAMPLE_TAKEN,
        )
        for place, moment in enumerate(moments)
    ]


def expected(consumer: str, events: Sequence[Event]) -> list[Decision]:
    made = CONSUMERS[consumer]()
    types = [one.name for one in CATALOG.event_types if one.family in made.families]
    read = [one for one in events if one.type in types]
    return in_order(run_in_list(made, read, until=END))


@pytest.mark.parametrize(("consumer", "disk"), [("silence", "kept"), ("wards", "lost"), ("order", "lost")])
def test_a_kill_in_the_middle_changes_nothing(make_stream: MakeStream, consumer: str, disk: str) -> None:
    stream, events = make_stream(consumer), many_events(20_000)
    stopped = stream.start()
    stream.publish(events, last=QUARTER)
    assert stream.listener.wait(at(QUARTER))
    stopped.terminate()
    stopped.wait()
    killed = stream.start()
    stream.publish(events, first=QUARTER, last=HALF)
    assert stream.listener.wait(at(HALF - 2 * STEP))
    killed.kill()
    killed.wait()
    if disk == "lost":
        shutil.rmtree(stream.state)
    stream.start()
    stream.publish(events, first=HALF)
    assert stream.listener.wait(END)
    assert in_order(stream.listener.decisions) == expected(consumer, events)
    assert len(stream.listener.decisions) > 200


def test_two_share_the_partitions_and_one_takes_over(make_stream: MakeStream) -> None:
    stream, events = make_stream("wards"), many_events(20_000)
    first = stream.start()
    stream.publish(events, last=QUARTER)
    assert stream.listener.wait(at(QUARTER))
    second = stream.start(state="second")
    assert stream.tick_until_it_answers(second, QUARTER)
    stream.publish(events, first=QUARTER, last=HALF)
    assert stream.listener.wait(at(HALF))
    first.kill()
    stream.publish(events, first=HALF)
    assert stream.listener.wait(END)
    assert in_order(stream.listener.decisions) == expected("wards", events)


def test_exactly_once_writes_each_decision_once_though_killed(make_stream: MakeStream) -> None:
    stream, events = make_stream("silence"), many_events(20_000)
    killed = stream.start("--exactly-once")
    stream.publish(events, last=HALF)
    assert stream.listener.wait(at(STEP))
    killed.kill()
    killed.wait()
    stream.start("--exactly-once")
    stream.publish(events, first=HALF)
    assert stream.listener.wait(END)
    found = sorted(stream.listener.decisions, key=lambda one: (one.time, one.subject))
    assert found == expected("silence", events)


def test_a_tick_is_answered_after_its_decisions_in_each_partition(make_stream: MakeStream) -> None:
    stream = make_stream("silence")
    stream.start()
    stream.publisher.publish([reading(subject, 0, 1) for subject in range(100)])
    assert stream.listener.wait(stream.publisher.tick(3_600))
    answers = stream.listener.answers
    for partition in range(CATALOG.partitions):
        mine = [type(answer) for place, answer in answers if place == partition]
        assert mine == [Decision] * (len(mine) - 1) + [ClockReached]
    assert len(answers) == 100 + CATALOG.partitions


def test_a_tick_waits_for_events_that_arrive_after_it(make_stream: MakeStream) -> None:
    stream = make_stream("silence")
    stream.start()
    late = reading(1, 0, 1)
    stream.publisher.expect([late])
    until = stream.publisher.tick(3_600)
    assert not stream.listener.wait(until, polls_in_vain=50)
    stream.publisher.send_values([(late, CODEC.encode_event(late))])
    assert stream.listener.wait(until)
    assert [one.caused_by for one in stream.listener.decisions] == [late.id]


def test_unreadable_records_become_dead_letters_with_their_reason(make_stream: MakeStream) -> None:
    stream = make_stream("silence")
    process = stream.start()
    stream.publisher.publish_values([(reading(1, 0, 1), b"{}"), (reading(1, 1, 2), b"\xff")])
    stream.publisher.publish([reading(1, 2, 3)])
    assert stream.listener.wait(stream.publisher.tick(3_600))
    letters = stream.dead_letters(2)
    assert [one.value for one in letters] == [b"{}", b"\xff"]
    assert "is unreadable" in letters[0].reason
    assert len(stream.listener.decisions) == 1
    assert process.poll() is None


@pytest.mark.parametrize("stopping", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_in_order(make_stream: MakeStream, stopping: signal.Signals) -> None:
    stream = make_stream("silence")
    process = stream.start()
    stream.publisher.publish([reading(1, 0, 1)])
    assert stream.listener.wait(stream.publisher.tick(3_600))
    process.send_signal(stopping)
    lines = process.communicate(timeout=30)[0].splitlines()
    assert (process.returncode, lines[-1]) == (0, f"{1 + CATALOG.partitions} 1 0 {at(3_600)}")


def test_a_broker_that_is_lost_ends_it_with_one_line(kafka_here: None, tmp_path: Path) -> None:
    impatient = tmp_path / "impatient.properties"
    impatient.write_text("message.timeout.ms=2000\n")
    with ExitStack() as stack, running_broker() as broker:
        stream = Stream(broker, "silence", state=tmp_path / "state", stack=stack)
        process = stream.start(str(impatient))
        stream.publisher.publish([reading(1, 0, 1)])
        assert stream.listener.wait(stream.publisher.tick(10))
        for pid in broker.pids:
            os.kill(pid, signal.SIGKILL)
        _, complaint = process.communicate(timeout=90)
    assert process.returncode == 1
    assert re.fullmatch(r"kafka://127\.0\.0\.1:\d+ was lost: .* Start the consumer again\.\n", complaint)

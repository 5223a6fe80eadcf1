"""A consumer that decides nothing and answers at once: what the harness itself can do, and no more.

Run as `python -m loadtests.echo` with the LoadSpec to answer as JSON. It reads every event topic and answers
each record whose offset is a multiple of `every` with that record's place, without looking inside.
"""

from __future__ import annotations

import signal
import sys
from itertools import product
from types import FrameType

import msgspec

from loadtests.expectations import echo_id
from loadtests.spec import LoadSpec, plan_of
from loadtests.topics import open_kafka
from simulator.core.errors import PulsetrainError
from simulator.core.records import Record
from simulator.transports import Subscription
from simulator.transports.kafka_live import LiveRow

_POLL_SECONDS = 0.1
_POLL_RECORDS = 500


class Echo:
    """Answers until it is told to stop."""

    def __init__(self, spec: LoadSpec) -> None:
        """Connect; the topics are made where they do not exist, and read from where they end now."""
        plan, prefix = plan_of(spec), spec.topic_prefix
        catalog = plan.scenario.catalog
        topics = catalog.event_topics(prefix=prefix)
        self._kafka = open_kafka(spec)
        self._kafka.create_topics(catalog.topics(prefix=prefix), must_be_empty=False)
        ends = self._kafka.ends(topics)
        places = product((topic.name for topic in topics), range(catalog.partitions))
        self._reader: Subscription = self._kafka.reader({place: ends[place] for place in places})
        self._decisions, self._every = catalog.topic("decisions", prefix=prefix), spec.every
        self._is_stopped = False

    def stop(self) -> None:
        """Let `run` return."""
        self._is_stopped = True

    def run(self) -> int:
        """Answer until stopped; return how many answers were written."""
        answered = 0
        while not self._is_stopped:
            records = self._reader.poll(maximum=_POLL_RECORDS, timeout_seconds=_POLL_SECONDS)
            rows = [self._answer(record) for record in records if record.offset % self._every == 0]
            answered += self._write(rows)
        self._reader.close()
        self._kafka.close()
        return answered

    def _write(self, rows: list[LiveRow]) -> int:
        producer, taken = self._kafka.producer, 0
        while taken < len(rows) and not self._is_stopped:
            taken += producer.offer(rows[taken:])
            producer.poll()
        return taken

    def _answer(self, record: Record) -> LiveRow:
        value = echo_id(record.topic, record.partition, record.offset).encode()
        return self._decisions, value, record.key, record.partition, record.timestamp


def main(arguments: list[str]) -> int:
    """Answer until SIGTERM or SIGINT; return the exit code."""
    try:
        echo = Echo(msgspec.json.decode(arguments[0], type=LoadSpec))

        def stop(number: int, place: FrameType | None) -> None:
            echo.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        print("ready", flush=True)
        print(f"{echo.run():,} answers", flush=True)
    except PulsetrainError as error:
        print(f"pulsetrain: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A real Kafka: publish beside plain produce() loops, read back, and decide on Quix Streams."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec

from benchmarks.generating import plan_of, ready_batches
from benchmarks.goals import READY, WHOLE
from benchmarks.measuring import Cost, Findings, cost_of, cpu_seconds, in_fresh_process, least, median_ratio
from benchmarks.plain import plain_loop
from benchmarks.publishing import make_topics, publish_ready, publish_whole_way, renamed
from benchmarks.sizes import Sizes
from simulator.brokers import running_broker
from simulator.consumers import ConsumerSettings, Tally, Wiring, consume_until_stopped
from simulator.core.errors import PulsetrainError
from simulator.core.records import RecordBatch
from simulator.harness.plan import Plan
from simulator.harness.run import run
from simulator.transports import Transport, open_transport

_KEYED = "plain produce(topic, value, key)"
_PLACED = "plain produce() with partition and timestamp"
_READY = "publish to Kafka"
_WHOLE = "the whole way to Kafka"
_SILENT_SECONDS = 60.0  # our choice: a reader that gets nothing for so long never will


def measure_kafka(sizes: Sizes) -> Findings:
    """Measure on a broker of this run; where none can be had, say why."""
    try:
        with running_broker() as broker:
            findings = measure_kafka_publishing(sizes, broker.bootstrap)
            findings.add(measure_kafka_consuming(sizes, broker.bootstrap))
            return findings
    except PulsetrainError as error:
        return Findings(remarks=[f"Kafka is not measured: {error}"])


def measure_kafka_publishing(sizes: Sizes, bootstrap: str) -> Findings:
    """Measure our producer beside plain loops: same bytes, settings and broker, taking turns."""
    plan = plan_of(subjects=sizes.published_subjects, duration=sizes.duration)
    batches = ready_batches(plan)
    ways: dict[str, Callable[[], Cost]] = {
        _KEYED: partial(_plain, plan, batches, bootstrap=bootstrap, is_placed=False),
        _READY: lambda: publish_ready(plan, _open(bootstrap), batches),
        _WHOLE: lambda: publish_whole_way(plan, _open(bootstrap), batches),
        _PLACED: partial(_plain, plan, batches, bootstrap=bootstrap, is_placed=True),
    }
    goes: dict[str, list[Cost]] = {name: [] for name in ways}
    for go in range(sizes.kafka_goes):
        # Back and forth, so that no way always follows the same one.
        for name in list(ways)[:: 1 if go % 2 == 0 else -1]:
            goes[name].append(ways[name]())
    ratios = {
        READY: median_ratio(goes[_READY], goes[_KEYED]),
        WHOLE: median_ratio(goes[_WHOLE], goes[_KEYED]),
        f"{READY}, placed": median_ratio(goes[_READY], goes[_PLACED]),
        f"{WHOLE}, placed": median_ratio(goes[_WHOLE], goes[_PLACED]),
    }
    return Findings({name: least(costs) for name, costs in goes.items()}, ratios)


def measure_kafka_consuming(sizes: Sizes, bootstrap: str) -> Findings:
    """Measure reading and decoding by our subscription, and NEWS2 on Quix Streams, over one run's records."""
    prefix = "bench-read."
    plan = plan_of(subjects=sizes.quix_subjects, duration=sizes.duration, prefix=prefix)
    sent = run(msgspec.structs.replace(plan.spec, transport=f"kafka://{bootstrap}")).report.events
    goes = [read_and_decode(plan, bootstrap, events=sent) for _ in range(sizes.goes)]
    quix = in_fresh_process(decide_on_quix, bootstrap, prefix, sizes.quix_subjects, sizes.duration)
    findings = Findings({"consume + decode from Kafka": least(goes), "decide (NEWS2, Quix Streams on Kafka)": quix})
    findings.figures["NEWS2 on Quix Streams, k records / wall s"] = quix.events / quix.wall_seconds / 1e3
    return findings


def read_and_decode(plan: Plan, bootstrap: str, *, events: int) -> Cost:
    """Return what it costs to read so many events back through our subscription and to decode them."""
    transport, codec = _open(bootstrap), plan.codec()
    topics = [topic.name for topic in plan.scenario.catalog.event_topics(prefix=plan.spec.topic_prefix)]
    subscription = transport.subscribe(topics)

    def work() -> int:
        read, heard = 0, time.monotonic()
        while read < events:
            records = subscription.poll(timeout_seconds=1.0)
            for record in records:
                codec.decode(record)
            read += len(records)
            heard = time.monotonic() if records else heard
            if time.monotonic() - heard > _SILENT_SECONDS:
                raise RuntimeError(f"{read:,} of {events:,} events were read, and no more came")
        return read

    cost = cost_of(work)
    transport.close()
    return cost


def decide_on_quix(bootstrap: str, prefix: str, subjects: int, duration: str) -> Cost:
    """Return what the reference consumer costs on Quix Streams, from the first tick it answers to the last.

    The start, in which it joins its group and makes its topics, is left out. Records are those
    that it reads, the clock's among them.
    """
    plan = plan_of(subjects=subjects, duration=duration, prefix=prefix)
    consumer = plan.scenario.consumers["reference"]()
    watch = _QuixWatch(answers=sum(1 for _ in plan.instants()) * plan.scenario.catalog.partitions)
    with tempfile.TemporaryDirectory() as folder:
        consume_until_stopped(
            consumer,
            Wiring(plan.scenario.catalog, plan.codec(), seed=plan.size.seed, prefix=prefix),
            ConsumerSettings(url=f"kafka://{bootstrap}", group="bench", state_directory=Path(folder)),
            on_progress=watch.on_progress,
            should_stop=watch.should_stop,
        )
    return watch.cost()


class _QuixWatch:
    """Looks on from the first answer to the last."""

    def __init__(self, *, answers: int) -> None:
        self._left = answers
        self._looks: list[tuple[int, float, float]] = []
        self._heard = time.monotonic()

    def on_progress(self, tally: Tally) -> None:
        self._left -= 1
        self._heard = time.monotonic()
        self._looks[1:] = [(tally.records, cpu_seconds(), time.perf_counter())]

    def should_stop(self) -> bool:
        return self._left <= 0 or time.monotonic() - self._heard > _SILENT_SECONDS

    def cost(self) -> Cost:
        if self._left > 0:
            raise RuntimeError(f"{self._left} ticks were not answered within {_SILENT_SECONDS:.0f} s of the last")
        (records, cpu, wall), (last_records, last_cpu, last_wall) = self._looks
        return Cost(last_records - records, last_cpu - cpu, last_wall - wall)


def _plain(plan: Plan, batches: Sequence[RecordBatch], *, bootstrap: str, is_placed: bool) -> Cost:
    transport = _open(bootstrap)
    prefix = make_topics(plan, transport)
    transport.close()
    return plain_loop(renamed(batches, prefix), bootstrap=bootstrap, is_placed=is_placed)


def _open(bootstrap: str) -> Transport:
    return open_transport(f"kafka://{bootstrap}")

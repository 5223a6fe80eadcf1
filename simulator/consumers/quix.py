"""A consumer on Quix Streams over Kafka: state that survives a crash, offsets, recovery.

At-least-once unless asked otherwise: a decision's id is a pure function of its cause, so one
that is written again after a crash is known by its id.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial, reduce
from typing import Any

from quixstreams import Application
from quixstreams.dataframe import StreamingDataFrame
from quixstreams.exceptions import QuixException
from quixstreams.internal_producer import KafkaException  # type: ignore[attr-defined]  # the client's own door is the transport's
from quixstreams.models.topics.exceptions import TopicNotFoundError

from simulator.consumers.durable import Stored
from simulator.consumers.exits import Exits
from simulator.consumers.partitions import FirstPartition, LaterPartition
from simulator.consumers.passages import PassageCodec
from simulator.consumers.progress import OnProgress, Tally
from simulator.consumers.quix_stage import Partition, QuixStage, Reporting, TakeOver
from simulator.consumers.settings import ConsumerSettings
from simulator.consumers.wiring import Wiring
from simulator.core.catalog import Topic
from simulator.core.errors import TransportError
from simulator.core.reducers import Consumer, Stage
from simulator.transports.kafka_settings import read_settings
from simulator.transports.opening import open_transport

# Quix and its client write to stderr unless their logger is given something to do.
logging.getLogger("quixstreams").addHandler(logging.NullHandler())

# Measured with this version on one broker: the default session of 45 s leaves the partitions of a
# killed consumer standing still for as long; the defaults of fetching cost up to a second.
CONSUMER_SETTINGS = {
    "session.timeout.ms": 6_000,
    "heartbeat.interval.ms": 1_500,
    "fetch.queue.backoff.ms": 5,
    "fetch.wait.max.ms": 5,
}
BROKER_GONE_SECONDS = 30.0  # our choice; Quix waits two minutes, librdkafka five for a record
PRODUCER_SETTINGS = {"linger.ms": 1, "message.timeout.ms": int(BROKER_GONE_SECONDS * 1_000)}
# A killed transaction hides all that follows it from readers until it times out.
TRANSACTION_SETTINGS = {"linger.ms": 1, "transaction.timeout.ms": 10_000}
COMMIT_SECONDS = 5.0  # more often costs latency, more seldom more work after a crash
TRANSACTION_SECONDS = 0.1  # our choice: nobody sees a decision before its transaction ends
POLL_SECONDS = 0.1  # our choice: how long a turn of the loop may wait where nothing comes
_REFUSALS = ("uthorization failed", "for your credentials")  # in the words of librdkafka, and of Quix
TOPIC_TRIES_MAX = 10  # our choice; each makes one more topic or waits for it


def run_quix(
    consumer: Consumer,
    wiring: Wiring,
    settings: ConsumerSettings,
    *,
    should_stop: Callable[[], bool],
    on_progress: OnProgress,
) -> Tally:
    """Run a consumer until SIGINT, SIGTERM or `should_stop`; return what it did.

    Must be called in the main thread, which alone may answer signals. Topics that do not exist
    are made. Raises TransportError when the cluster is absent or lost, UsageError for topics
    with other partitions.
    """
    inner = [_inner_topic(wiring, settings, stage.name) for stage in consumer.stages[1:]]
    _make_topics(wiring, settings, inner)
    reporting = Reporting(Tally(), on_progress)
    try:
        compose = partial(_compose, consumer=consumer, wiring=wiring, inner=inner, reporting=reporting)
        app = _composed(compose, settings)
        _stop_when(app, should_stop)
        app.run()
    except (QuixException, KafkaException) as error:
        raise _ended(error, settings.url) from error
    return reporting.tally


def _ended(error: Exception, url: str) -> TransportError:
    """Return what Quix ended with as what it is: a right that is lacking, or a lost cluster."""
    # What follows the first sentence are settings of Quix, which nobody can reach from here.
    reason = str(error).partition(". ")[0]
    if any(words in reason for words in _REFUSALS):
        return TransportError(f"{url} refuses the consumer: {reason}. Its user lacks a right.")
    return TransportError(f"{url} was lost: {reason}. Start the consumer again.")


def _inner_topic(wiring: Wiring, settings: ConsumerSettings, stage: str) -> str:
    # The group stands in the name, for another group's stages must not read these records.
    return wiring.catalog.topic(f"{settings.group}.{stage}", prefix=wiring.prefix)


def _make_topics(wiring: Wiring, settings: ConsumerSettings, inner: Sequence[str]) -> None:
    transport = open_transport(settings.url, kafka_config=settings.kafka_config)
    try:
        own = [wiring.dead_letters_topic, *(Topic(name, wiring.catalog.partitions) for name in inner)]
        transport.create_topics([*wiring.catalog.topics(prefix=wiring.prefix), *own], must_be_empty=False)
    finally:
        transport.close()


def _application(settings: ConsumerSettings) -> Application:
    bootstrap = settings.url.removeprefix("kafka://")
    properties = read_settings(bootstrap, settings.kafka_config).properties
    return Application(
        broker_address=bootstrap,
        consumer_group=settings.group,
        auto_offset_reset="earliest",
        commit_interval=TRANSACTION_SECONDS if settings.exactly_once else COMMIT_SECONDS,
        consumer_extra_config={**CONSUMER_SETTINGS, **properties},
        producer_extra_config={
            **(TRANSACTION_SETTINGS if settings.exactly_once else PRODUCER_SETTINGS),
            **properties,
        },
        state_dir=settings.state_directory,
        consumer_poll_timeout=POLL_SECONDS,
        loglevel=None,
        processing_guarantee="exactly-once" if settings.exactly_once else "at-least-once",
        broker_availability_timeout=BROKER_GONE_SECONDS,
    )


def _composed(compose: Callable[[Application], None], settings: ConsumerSettings) -> Application:
    """Return an application whose topics the brokers know.

    A broker acknowledges a new changelog topic before every broker has heard of it, and Quix
    looks for it once. It is there the next time.
    """
    for _ in range(TOPIC_TRIES_MAX - 1):
        app = _application(settings)
        with suppress(TopicNotFoundError):
            compose(app)
            return app
    app = _application(settings)
    compose(app)
    return app


def _compose(
    app: Application, *, consumer: Consumer, wiring: Wiring, inner: Sequence[str], reporting: Reporting
) -> None:
    codec = PassageCodec(consumer)

    def first(positions: dict[str, int], stored: Stored) -> Partition:
        return FirstPartition(consumer, wiring, positions=positions, stored=stored)

    def later(stage: Stage[Any]) -> TakeOver:
        return lambda _, stored: LaterPartition(stage, codec, wiring=wiring, stored=stored)

    topics = [[*wiring.read_topics(consumer), wiring.clock_topic], *([name] for name in inner)]
    for place, (names, take_over) in enumerate(zip(topics, [first, *map(later, consumer.stages[1:])], strict=True)):
        next_topic = inner[place] if place < len(inner) else None
        exits = Exits(consumer, wiring, place=place, next_topic=next_topic)
        QuixStage(_frame(app, names), take_over, exits=exits, reporting=reporting)


def _frame(app: Application, names: Sequence[str]) -> StreamingDataFrame:
    """Return a dataframe of all the topics, whose records come as they arrive.

    Quix would gather the records of several topics for a while, to give the earliest first: 5 ms at the
    least for each, and most of the latency there was. A tick says what stands before it (`ends`), so a
    partition needs no order between topics.
    """
    frames = [app.dataframe(app.topic(name, value_deserializer="bytes", key_deserializer="bytes")) for name in names]
    frame = reduce(StreamingDataFrame.concat, frames)
    app._dataframe_registry._requires_time_alignment = False  # noqa: SLF001 - no public way in 3.28
    return frame


def _stop_when(app: Application, should_stop: Callable[[], bool]) -> None:
    def look() -> None:
        if should_stop():
            app.stop()

    # Quix runs its periodic tasks once a turn of its loop, and has no other place to look from.
    app._dataframe_registry.register_periodic_task(look)  # noqa: SLF001 - no public way in 3.28

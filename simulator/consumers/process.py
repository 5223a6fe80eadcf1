"""A consumer as a process of its own, on Kafka, until it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from warnings import catch_warnings

from simulator.consumers.progress import OnProgress, Tally
from simulator.consumers.settings import ConsumerSettings
from simulator.consumers.wiring import Wiring
from simulator.core.errors import UsageError
from simulator.core.reducers import Consumer
from simulator.core.suggestions import installation


def consume_until_stopped(
    consumer: Consumer,
    wiring: Wiring,
    settings: ConsumerSettings,
    *,
    on_progress: OnProgress = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Tally:
    """Run a consumer until SIGINT, SIGTERM or `should_stop`; return what it did.

    What was read is committed. Must be called in the main thread, which alone may answer
    signals. Topics that do not exist
    are made. Raises UsageError where Quix Streams is not installed or topics have other
    partitions, and TransportError when the cluster is absent or lost.
    """
    try:
        # Not at the top: it is an extra, and takes a second to import. What it brings with it
        # warns about its own dependencies, which is of no use to whoever runs a consumer.
        with catch_warnings(record=True):
            from simulator.consumers.quix import run_quix
    except ImportError as error:
        raise UsageError(f"{error.name} is not installed. Install it with: {installation('consumers')}.") from error
    return run_quix(consumer, wiring, settings, on_progress=on_progress, should_stop=should_stop)

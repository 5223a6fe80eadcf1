"""Noticing that a broker is absent, lost or refuses, and saying so in one line."""

from __future__ import annotations

import time
from collections.abc import Callable

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import ClusterMetadata

from simulator.core.errors import TransportError

OPEN_SECONDS = 5.0  # our choice: long for a healthy broker, short for a person
LOST_SECONDS = 10.0  # our choice: a broker that is restarted is back sooner
_PROBE_SECONDS = 2.0  # our choice

# The client's own codes begin with an underscore, public as they are.
_ALL_DOWN = KafkaError._ALL_BROKERS_DOWN  # noqa: SLF001 - a public code
_TIMED_OUT = KafkaError._MSG_TIMED_OUT  # noqa: SLF001 - a public code
_CUT = KafkaError._TRANSPORT  # noqa: SLF001 - a public code
GONE = frozenset({_ALL_DOWN, _TIMED_OUT, _CUT})
MOVED = KafkaError._STATE  # noqa: SLF001 - a public code
_NOBODY_THERE = "Connection refused"

ListTopics = Callable[..., ClusterMetadata]
"""A client's `list_topics`: it asks the brokers, and raises KafkaException when none answers."""


def _nothing() -> str:
    return ""


class BrokerWatch:
    """Listens to a client's errors; librdkafka itself only ever tries again.

    Brokers that are all down for `lost_seconds`, LOST_SECONDS without it, are lost. `so_far`
    says how much is safe when they are; empty where there is nothing to say.
    """

    def __init__(
        self, bootstrap: str, *, lost_seconds: float | None = None, so_far: Callable[[], str] = _nothing
    ) -> None:
        self._bootstrap = bootstrap
        self._lost_seconds = LOST_SECONDS if lost_seconds is None else lost_seconds
        self._so_far = so_far
        self._down_since: float | None = None
        self._reason = ""

    def on_error(self, error: KafkaError) -> None:
        """Take in an error that librdkafka reports; its `error_cb`."""
        if error.code() != _ALL_DOWN:
            self._reason = error.str()
        elif self._down_since is None:
            self._down_since = time.monotonic()

    def answered(self) -> None:
        """Take in that a broker has answered."""
        self._down_since = None

    def hear(self, call: Callable[[float], int], seconds: float) -> int:
        """Let a client report for so long; return what its `poll` or `flush` returns.

        Raise TransportError when it can go on no longer: that it raises itself, past `on_error`.
        """
        try:
            return call(seconds)
        except KafkaException as error:
            raise self._error(f"client for {self._bootstrap} gave up: {error.args[0].str()}") from error

    def check(self, list_topics: ListTopics) -> None:
        """Raise TransportError when all brokers are long gone."""
        if self._down_since is None or time.monotonic() - self._down_since < self._lost_seconds:
            return
        try:
            list_topics(timeout=_PROBE_SECONDS)
        except KafkaException as error:
            raise self.lost(f"no answer for {self._lost_seconds:.0f} s") from error
        self.answered()

    def lost(self, reason: str) -> TransportError:
        """Return the error for a broker that was there and is not any more."""
        return self._error(f"broker at {self._bootstrap} was lost: {reason}")

    def refused(self, what: str, error: KafkaError) -> TransportError:
        """Return the error for something that the broker will not do."""
        return self._error(f"broker at {self._bootstrap} refuses {what}: {error.str()}")

    def absent(self) -> TransportError:
        """Return the error for a broker that never answered."""
        if self._reason and _NOBODY_THERE not in self._reason:
            return TransportError(
                f"the Kafka broker at {self._bootstrap} cannot be used: {_one_line(self._reason)}; "
                "check the address and --kafka-config"
            )
        # Who hangs up gives no reason; who is not there at all leaves one, or no sign of life.
        if self._down_since is not None and not self._reason:
            return TransportError(
                f"what listens at {self._bootstrap} hangs up: it may want TLS or a password "
                "(security.protocol and sasl.mechanism in --kafka-config), or be no Kafka broker"
            )
        return TransportError(
            f"no Kafka broker answers at {self._bootstrap}; start one with `pulsetrain broker start` "
            "or give another with --transport kafka://HOST:PORT"
        )

    def _error(self, what: str) -> TransportError:
        so_far = self._so_far()
        return TransportError(f"the Kafka {_one_line(what)}{so_far and '; '}{so_far}")


def _one_line(text: str) -> str:
    return " ".join(text.split())

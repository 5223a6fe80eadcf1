"""Settings of the Kafka client: ours, and the caller's from a file of librdkafka properties."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException, Producer

from simulator.core.errors import UsageError

# What the transport promises rests on these; a file must not change them.
_OURS = frozenset(
    {
        "acks",
        "auto.offset.reset",
        "bootstrap.servers",
        "delivery.report.only.error",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "enable.idempotence",
        "group.id",
        "isolation.level",
        "log.queue",
        "logger",
        "metadata.broker.list",
        "request.required.acks",
        "transactional.id",
    }
)
SCHEME = "kafka://"
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[^\s:/,]+):\d{1,5}")
_BARE = re.compile(r"\[[0-9a-fA-F:]+\]|[A-Za-z0-9_.-]+")
_PORT_MAX = 2**16 - 1
_NAME = re.compile(r"[a-z0-9.]+")
_PROBE = "probe"  # of librdkafka: to look for authorities where systems keep them
_SECRET = re.compile(r"password|secret|\.key|\.pem|jaas|token|sasl\.oauthbearer\.config")

# librdkafka writes to stderr unless it is given a logger; whoever wants its lines configures this one.
_logger = logging.getLogger("pulsetrain.kafka")
_logger.addHandler(logging.NullHandler())

Setting = str | int | bool | Callable[..., None] | logging.Logger


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """Where the brokers are, and what the caller's file says on which line."""

    bootstrap: str
    path: Path | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    def of_client(self, own: Mapping[str, Setting], on_error: Callable[[KafkaError], None]) -> dict[str, Setting]:
        """Return the whole configuration of a client: defaults, then the file's."""
        return {
            "client.id": "pulsetrain",
            **own,
            **self.properties,
            "bootstrap.servers": self.bootstrap,
            "logger": _logger,
            "error_cb": on_error,
        }

    def rejected(self, error: KafkaException) -> UsageError:
        """Return the error for settings from which librdkafka makes no client.

        The line is the one without which it would. No secret of the file is shown.
        """
        text = " ".join(error.args[0].str().split())
        for key, value in self.properties.items():
            text = text.replace(value, "***") if value and _SECRET.search(key) else text
        if absent := next((key for key in self.lines if self._names_no_file(key)), None):
            what = f'"{absent}" names {self.properties[absent]}, which is not there; it is sought from where this runs'
            return UsageError(f"{self.path} line {self.lines[absent]}: {what}")
        for key, line in self.lines.items():
            rest = {other: value for other, value in self.properties.items() if other != key}
            if _is_accepted({**rest, "logger": _logger}):
                return UsageError(f'{self.path} line {line}: librdkafka rejects "{key}": {text}')
        return UsageError(f"{self.path or 'the Kafka settings'}: librdkafka rejects them: {text}")

    def _names_no_file(self, key: str) -> bool:
        named = self.properties[key]
        return key.endswith(".location") and named != _PROBE and not Path(named).exists()


def settings_of(url: str, path: Path | None) -> KafkaSettings:
    """Return the settings for `kafka://HOST:PORT[,HOST:PORT]` and a properties file.

    Raises UsageError for a URL or a file that is not understood.
    """
    bootstrap = url.removeprefix(SCHEME)
    if bare := next((one for one in bootstrap.split(",") if _BARE.fullmatch(one)), None):
        raise UsageError(f'"{url}" names no port; write --transport {url.replace(bare, f"{bare}:9092")}, or another')
    if bootstrap == url or not all(_ADDRESS.fullmatch(one) for one in bootstrap.split(",")):
        raise UsageError(f'"{url}" is no address of Kafka; write --transport kafka://HOST:PORT[,HOST:PORT]')
    ports = [one.rpartition(":")[2] for one in bootstrap.split(",")]
    if wrong := next((port for port in ports if not 1 <= int(port) <= _PORT_MAX), None):
        raise UsageError(f'"{url}" names port {wrong}; a port lies between 1 and {_PORT_MAX}')
    return read_settings(bootstrap, path)


def read_settings(bootstrap: str, path: Path | None) -> KafkaSettings:
    """Read a file of `key=value` lines, `#` before a comment.

    Raises UsageError, with the line's number, for a line that is anything else, and for a key
    that comes twice or belongs to us.
    """
    if path is None:
        return KafkaSettings(bootstrap)
    properties: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(_text(path).splitlines(), 1):
        key, separator, value = (part.strip() for part in line.partition("="))
        if (not key and not separator) or key.startswith("#"):
            continue
        if problem := _problem(key, separator, known=properties):
            raise UsageError(f"{path} line {number}: {problem}")
        properties[key], lines[key] = value, number
    return KafkaSettings(bootstrap, path, properties, lines)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"--kafka-config {path} cannot be read: {reason}") from error


def _problem(key: str, separator: str, *, known: Mapping[str, str]) -> str:
    if not separator or not key:
        return "write key=value, or # before a comment"
    if not _NAME.fullmatch(key):
        return f'"{key}" is no librdkafka property; they are written like sasl.username'
    if key in _OURS:
        where = "comes from --transport" if "broker" in key or "bootstrap" in key else "is set by pulsetrain"
        return f'"{key}" {where}; leave the line out'
    return f'"{key}" stands twice; leave one out' if key in known else ""


def _is_accepted(settings: Mapping[str, Setting]) -> bool:
    try:
        Producer(dict(settings))
    except KafkaException:
        return False
    return True

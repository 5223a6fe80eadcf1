"""Where a consumer on Kafka runs, and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerSettings:
    """The cluster, the consumer group, the folder for its state.

    `url` is `kafka://HOST:PORT[,HOST:PORT]`; `kafka_config` a file of librdkafka properties.
    `group` names the state as well: a consumer that is to begin anew takes another.
    """

    url: str
    group: str
    state_directory: Path
    kafka_config: Path | None = None
    exactly_once: bool = False

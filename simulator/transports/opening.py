"""From a URL to a transport, by the entry points of the group `pulsetrain.transports`."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol, cast

from simulator.core.errors import UsageError
from simulator.core.suggestions import suggestion
from simulator.transports.protocol import Transport

GROUP = "pulsetrain.transports"
"""The entry points: the name is a URL's scheme, the object an Opener."""


class Opener(Protocol):
    """What an entry point of the group names."""

    def __call__(self, url: str, *, kafka_config: Path | None = None) -> Transport:
        """Open the URL. Raises UsageError or TransportError."""


def open_transport(url: str, *, kafka_config: Path | None = None) -> Transport:
    """Open `memory`, `file:DIR`, `kafka://HOST:PORT[,HOST:PORT]` or another installed.

    `kafka_config` is a file of librdkafka properties. Raises UsageError for an unknown scheme
    and TransportError when what the URL names is absent.
    """
    opener = cast(Opener, _entry_point(url).load())
    return opener(url, kafka_config=kafka_config)


def _entry_point(url: str) -> EntryPoint:
    scheme = url.partition(":")[0]
    known = {one.name: one for one in entry_points(group=GROUP)}
    if scheme not in known:
        more = sorted(set(known) - {"memory", "file", "kafka"})
        raise UsageError(
            f'transport "{url}" is not known.{suggestion(scheme, known)} '
            f"Write {', '.join(['memory', 'file:DIR', *more])} or kafka://HOST:PORT."
        )
    return known[scheme]

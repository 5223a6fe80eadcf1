"""What a codec is: events as bytes, and back."""

from __future__ import annotations

from typing import Protocol

from simulator.core.catalog import Catalog
from simulator.core.events import Event, SequencedBlock
from simulator.core.records import Record


class Codec(Protocol):
    """Write events as bytes and read them back; the same codec writes the same bytes.

    Codecs are found by the entry points of the group `pulsetrain.codecs` and called as `MakeCodec`.
    """

    @property
    def name(self) -> str:
        """Return the name by which a run asks for the codec."""

    def encode(self, sequenced: SequencedBlock) -> list[bytes]:
        """Return the bytes of each row, in the order of the rows.

        Raises CodecError for what the format cannot say, such as a number that is not finite.
        """

    def encode_event(self, event: Event) -> bytes:
        """Return the bytes of one event; the same as its row's."""

    def decode(self, record: Record) -> Event:
        """Return the event a record holds; the record's timestamp is its published_at.

        Raises CodecError, which names topic, partition, offset and what is wrong.
        """


class MakeCodec(Protocol):
    """Make a codec for a scenario's events; `seed` is part of their ids."""

    def __call__(self, catalog: Catalog, *, seed: int) -> Codec:
        """Return the codec."""

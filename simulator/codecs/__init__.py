"""Codecs: events and decisions as bytes, and back."""

from simulator.codecs.assembly import assemble
from simulator.codecs.protocol import Codec

__all__ = ["Codec", "assemble"]

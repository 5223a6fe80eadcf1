"""A consumer that cannot start says why."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from simulator.consumers import ConsumerSettings, Wiring, consume_until_stopped
from simulator.core.errors import TransportError, UsageError
from tests.toy_consumers import CATALOG, silence
from tests.toy_wire import CODEC

WIRING = Wiring(catalog=CATALOG, codec=CODEC, seed=42)


def settings(state: Path) -> ConsumerSettings:
    # Nobody listens on port 1: it is tcpmux's (IANA).
    return ConsumerSettings(url="kafka://127.0.0.1:1", group="toy", state_directory=state)


def test_without_quix_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "simulator.consumers.quix", raising=False)
    monkeypatch.setitem(sys.modules, "quixstreams", None)
    with pytest.raises(
        UsageError, match=r"quixstreams is not installed.*pip install -c constraints.txt -e '\.\[consumers\]'"
    ):
        consume_until_stopped(silence(), WIRING, settings(tmp_path))


def test_without_a_broker_it_names_the_address(tmp_path: Path) -> None:
    with pytest.raises(TransportError, match=r"127\.0\.0\.1:1"):
        consume_until_stopped(silence(), WIRING, settings(tmp_path))

"""A small scenario, installed for the tests that ask for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.harness import registry

METADATA = "Metadata-Version: 2.1\nName: tiny-scenario\nVersion: 1\n"
ENTRY_POINTS = "[pulsetrain.scenarios]\ntiny = tests.tiny_scenario\n"


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install the scenario `tiny-v1`, for this process and those that it starts."""
    installed = tmp_path / "site" / "tiny_scenario-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text(METADATA)
    (installed / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(installed.parent))
    monkeypatch.setenv("PYTHONPATH", str(installed.parent), prepend=os.pathsep)
    registry._found.cache_clear()
    yield
    registry._found.cache_clear()

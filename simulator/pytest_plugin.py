"""The pytest plugin: a marked scenario, a Kafka cluster and the judge as fixtures.

Found by its entry point; nothing is imported until a fixture is used.
"""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, so that `--strict-markers` knows it."""
    config.addinivalue_line(
        "markers",
        "scenario(name, **options): the scenario that `scenario_run` and `judge` are about; "
        "options are those of simulator.run",
    )

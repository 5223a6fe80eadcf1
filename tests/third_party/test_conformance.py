"""The third-party scenario keeps every promise that a scenario makes."""

import pytest

from simulator.testing.scenarios import check_scenario


@pytest.mark.usefixtures("hello")
def test_it_passes_conformance() -> None:
    check_scenario("hello-v1")

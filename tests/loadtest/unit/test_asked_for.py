"""From what `pulsetrain loadtest` is asked for to the load."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.asked_for import load_of


@pytest.mark.parametrize(
    ("options", "require"),
    [
        ({"slo": "50ms"}, ("p99_ms<=50",)),
        ({"slo": "50ms", "require": ("missing<=0",)}, ("missing<=0", "p99_ms<=50")),
        ({"slo": "50ms", "find_knee": True}, ()),
        ({"slo": "50ms", "find_knee": True, "require": ("missing<=0",)}, ("missing<=0",)),
    ],
)
def test_the_slo_is_a_condition_of_a_load_and_not_of_a_whole_search(
    options: dict[str, Any], require: tuple[str, ...]
) -> None:
    spec, _ = load_of("sepsis", rate=100.0, duration="5s", options=options)
    assert (spec.require, spec.slo) == (require, "50ms")

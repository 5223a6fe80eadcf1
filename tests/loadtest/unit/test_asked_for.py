"""From what `pulsetrain loadtest` is asked for to the load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loadtests import asked_for
from loadtests.asked_for import load_of, perform
from simulator.core.errors import UsageError


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


@pytest.mark.parametrize(
    ("missing", "options", "extras"),
    [
        ("locust", {}, "consumers,load"),
        ("quixstreams", {}, "consumers,load"),
        ("locust", {"consumer": "echo"}, "load"),
    ],
)
def test_what_is_not_installed_is_named_with_the_command_of_the_readme(
    missing: str, options: dict[str, Any], extras: str, *, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(asked_for, "find_spec", lambda name: None if name == missing else object())
    with pytest.raises(UsageError) as refused:
        perform("sepsis", rate=100.0, duration="5s", options=options, here=tmp_path)
    command = f"pip install -c constraints.txt -e '.[{extras}]'"
    assert str(refused.value) == f"{missing} is not installed. Install it with: {command}."

"""The line that repeats a load: as it was asked for, and as the form changed it."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.asked import Asked
from loadtests.repeating import as_loaded, repeat_command
from loadtests.spec import LoadSpec

LINE = "pulsetrain loadtest sepsis --rate 500 --duration 15s --ui --set 'a=b c'"
ASKED = Asked(seconds=15.0, rate=500.0)


def line(**options: Any) -> str:
    """Return the line of a load of 500 events a second for 15 seconds."""
    return repeat_command("sepsis", rate=500.0, duration="15s", options=options)


def test_the_page_that_was_asked_for_is_asked_for_again_and_files_are_not() -> None:
    said = line(ui=True, autostart=True, web_port=8090, json=True, out="loads.jsonl", require=["late<=0", "missing<=0"])
    assert said == (
        "pulsetrain loadtest sepsis --rate 500 --duration 15s --ui --autostart --web-port 8090 "
        "--require 'late<=0' --require 'missing<=0'"
    )


def test_no_digit_of_a_rate_is_lost() -> None:
    assert "--rate 1234567.5" in repeat_command("sepsis", rate=1_234_567.5, duration=None, options={})


def test_a_cluster_that_holds_the_load_is_given_other_names() -> None:
    again = line(transport="kafka://k:1", topic_prefix="again.")
    assert again.endswith(" --transport kafka://k:1 --topic-prefix again-2.")


@pytest.mark.parametrize(
    ("asked", "warm_up", "said"),
    [
        (ASKED, "10s", LINE),
        (Asked(seconds=15.0, rate=500 / 7 * 7), "10s", LINE),
        (Asked(seconds=15.0, rate=750.5), "10s", LINE.replace("500", "750.5")),
        (Asked(seconds=90.0, rate=500.0), "10s", LINE.replace("15s", "90s")),
        (Asked(seconds=None, rate=500.0), "10s", LINE.replace(" --duration 15s", "")),
        (Asked(seconds=15.0, rate=500.0, shape="ramp"), "10s", LINE + " --shape ramp"),
        (ASKED, "0s", LINE + " --warm-up 0s"),
    ],
)
def test_the_line_says_what_the_form_asked_for(asked: Asked, warm_up: str, said: str) -> None:
    assert as_loaded(LINE, asked=asked, spec=LoadSpec(scenario="sepsis", warm_up=warm_up)) == said


def test_on_a_cluster_that_was_there_the_usual_warm_up_is_shorter() -> None:
    there = LINE + " --transport kafka://k:1"
    assert as_loaded(there, asked=ASKED, spec=LoadSpec(scenario="sepsis")) == there

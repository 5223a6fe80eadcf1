"""Each series is named once, by the conventions of both worlds, and finds its value in a load."""

from __future__ import annotations

import re

import pytest

from loadtests.metrics.series import (
    COUNTERS,
    GAUGES,
    HISTOGRAMS,
    RUNNING,
    SERIES,
    Reading,
    Series,
    distribution,
    readings,
)
from loadtests.reports import ShardCounts
from loadtests.seconds import HISTOGRAMS as KINDS
from tests.loadtest.metrics.loads import small_load

NAMED = {series.prometheus_name: series for series in SERIES}


def values(series: Series, *counts: ShardCounts) -> list[Reading]:
    return list(readings(series, small_load(*counts)))


def test_the_names_for_prometheus_are_those_a_collector_would_make() -> None:
    # The names as people will write them in dashboards and alerts; to change one is to break those.
    assert list(NAMED) == [
        "pulsetrain_load_events_due",
        "pulsetrain_load_events_sent",
        "pulsetrain_load_events_acknowledged",
        "pulsetrain_load_events_failed",
        "pulsetrain_load_faults_injected",
        "pulsetrain_load_decisions_expected",
        "pulsetrain_load_decisions_seen",
        "pulsetrain_load_decisions_twice",
        "pulsetrain_load_decisions_unexpected",
        "pulsetrain_load_decisions_out_of_order",
        "pulsetrain_load_decisions_unreadable",
        "pulsetrain_load_decisions_late",
        "pulsetrain_load_turns_starved",
        "pulsetrain_load_turns_refused",
        "pulsetrain_load_running",
        "pulsetrain_load_events_asked_per_second",
        "pulsetrain_load_events_ahead",
        "pulsetrain_load_decisions_outstanding",
        "pulsetrain_load_consumer_lag_seconds",
        "pulsetrain_load_consumer_lag_events",
        "pulsetrain_load_worker_cpu_ratio",
        "pulsetrain_load_latency_seconds",
        "pulsetrain_load_service_latency_seconds",
        "pulsetrain_load_schedule_lag_seconds",
        "pulsetrain_load_acknowledgement_seconds",
    ]


@pytest.mark.parametrize("series", SERIES, ids=NAMED)
def test_a_name_is_of_dotted_lower_case_words(series: Series) -> None:
    assert re.fullmatch(r"pulsetrain\.load(\.[a-z]+(_[a-z]+)*)+", series.name)


@pytest.mark.parametrize("series", SERIES, ids=NAMED)
def test_no_name_is_the_folder_of_another(series: Series) -> None:
    assert not [other.name for other in SERIES if other.name.startswith(f"{series.name}.")]


def test_every_histogram_is_of_a_kind_that_seconds_have() -> None:
    assert {series.field for series in HISTOGRAMS} < set(KINDS)


def test_before_any_load_nothing_is_known_but_that_none_goes_on() -> None:
    found = {series.name: list(readings(series, None)) for series in (*COUNTERS, *GAUGES)}
    assert {name: values for name, values in found.items() if values} == {RUNNING.name: [Reading((), 0.0)]}


@pytest.mark.parametrize(
    ("began", "ended", "expected"), [(None, None, 0.0), (1_000.0, None, 1.0), (1_000.0, 1_060.0, 0.0)]
)
def test_a_load_runs_from_its_beginning_to_its_end(began: float | None, ended: float | None, expected: float) -> None:
    load = small_load()
    load.began, load.ended = began, ended
    assert list(readings(RUNNING, load)) == [Reading((), expected)]


COUNTS = ShardCounts(
    shard=3, rate=1, due=2, sent=3, acknowledged=4, failed=5, expected=6, seen=7, twice=8, unexpected=9,
    out_of_order=10, unreadable=11, late=12, faults=13, starved=14, refused=15, lag_events=16, lag_seconds=17,
    ahead_events=18, cpu_share=19, answers_clock=True,
)  # fmt: skip


def test_every_value_of_a_shard_is_found() -> None:
    found = {series.field: values(series, COUNTS) for series in (*COUNTERS, *GAUGES) if series is not RUNNING}
    fields = "rate due sent acknowledged failed expected seen twice unexpected out_of_order unreadable late faults "
    fields += "starved refused lag_events lag_seconds ahead_events cpu_share"
    expected = {name: number for number, name in enumerate(fields.split(), start=1)} | {"outstanding": -1}
    assert found == {name: [Reading(("sepsis-v1", "3"), number)] for name, number in expected.items()}


@pytest.mark.parametrize(
    ("knows", "answers", "unknown"),
    [
        (True, True, set()),
        (True, False, {"lag_events"}),
        (False, True, {"outstanding", "unexpected"}),
        (False, False, {"outstanding", "unexpected", "lag_events", "lag_seconds"}),
    ],
)
def test_what_nobody_can_know_of_a_consumer_is_absent_and_not_nought(
    *, knows: bool, answers: bool, unknown: set[str]
) -> None:
    load = small_load(ShardCounts(shard=0, answers_clock=answers))
    load.knows = knows
    assert {one.field for one in (*COUNTERS, *GAUGES) if not list(readings(one, load))} == unknown


def test_each_shard_has_a_value_of_its_own() -> None:
    found = values(NAMED["pulsetrain_load_events_sent"], ShardCounts(shard=0, sent=5), ShardCounts(shard=1, sent=7))
    assert found == [Reading(("sepsis-v1", "0"), 5), Reading(("sepsis-v1", "1"), 7)]


def test_of_a_lost_worker_what_it_counted_stands_and_how_it_was_is_left_out() -> None:
    lost = ShardCounts(shard=0, is_lost=True)
    found = {series.prometheus_name for series in (*COUNTERS, *GAUGES) if values(series, lost)}
    kept = {f"pulsetrain_load_{name}" for name in ("running", "decisions_outstanding")}
    assert found == {series.prometheus_name for series in COUNTERS} | kept


def test_once_a_load_is_over_nothing_is_asked_for() -> None:
    load = small_load(ShardCounts(shard=0, rate=500.0))
    load.ended = 1_060.0
    assert [one.value for one in readings(NAMED["pulsetrain_load_events_asked_per_second"], load)] == [0.0]


def test_a_histogram_is_of_all_shards_together() -> None:
    load = small_load(milliseconds={"latency": [4.0, 40.0], "lag": [1.5]})
    assert [distribution(series, load).count for series in HISTOGRAMS] == [2, 0, 1, 0]

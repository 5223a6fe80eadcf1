"""The benchmark measures what it says, and its exit code tells whether the targets are met."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks.goals import COHORTS, GOALS, STAGES, WHOLE, missed
from benchmarks.measuring import Cost, Findings, median_ratio
from benchmarks.plain import PLAIN_SETTINGS
from benchmarks.sizes import TOY, Sizes
from simulator.transports.kafka import LINGER_MS
from simulator.transports.kafka_deliveries import FailedDeliveries, producer_settings


@pytest.mark.parametrize("piece", ["stages", "cohorts", "consume", "publish"])
def test_a_piece_runs_at_toy_size(piece: str, tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    bench.main(["--only", piece, "--json", str(path)], sizes=TOY)
    costs = json.loads(path.read_text())["costs"]
    assert costs
    assert all(cost["events"] > 0 for cost in costs.values())


@pytest.mark.parametrize(("rate", "code"), [(499.0, 1), (500.0, 0)])
def test_a_missed_target_makes_the_exit_code_one(
    rate: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: Callable[[Sizes], Findings] = lambda _: Findings(figures={STAGES: rate})  # noqa: E731
    monkeypatch.setitem(bench.PIECES, "stages", found)
    path = tmp_path / "bench.json"
    assert bench.main(["--only", "stages", "--json", str(path)], sizes=TOY) == code
    assert json.loads(path.read_text())["figures"][STAGES] == {"value": rate, "target": ">= 500", "met": code == 0}


def test_what_was_not_measured_counts_as_missed_only_where_ci_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bench.PIECES, "kafka", lambda _: Findings(remarks=["Kafka is not measured: no Java"]))
    words = ["--only", "kafka", "--json", str(tmp_path / "bench.json")]
    monkeypatch.delenv("CI", raising=False)
    assert bench.main(words, sizes=TOY) == 0
    monkeypatch.setenv("CI", "1")
    assert bench.main(words, sizes=TOY) == 1


def test_a_goal_bounds_a_figure_from_its_own_side() -> None:
    assert missed({COHORTS: 1.19, WHOLE: 0.61}) == []
    assert [goal.figure for goal in missed({COHORTS: 1.21, WHOLE: 0.59})] == [WHOLE, COHORTS]
    assert len({goal.figure for goal in GOALS}) == len(GOALS)


def test_a_ratio_is_the_median_of_pairs() -> None:
    ours = [Cost(100, seconds) for seconds in (1.0, 2.0, 9.0)]
    plain = [Cost(100, seconds) for seconds in (0.5, 1.0, 9.0)]
    assert median_ratio(ours, plain) == pytest.approx(0.5)


def test_the_plain_loop_has_the_settings_of_our_own_producer() -> None:
    settings = producer_settings(FailedDeliveries(), linger_ms=LINGER_MS)
    assert {name: value for name, value in settings.items() if name != "on_delivery"} == PLAIN_SETTINGS

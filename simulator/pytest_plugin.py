"""The pytest plugin: a marked scenario, a Kafka cluster and the judge as fixtures.

    @pytest.mark.scenario("sepsis-v1", subjects=50, seed=3)
    def test_my_service_alerts_in_time(scenario_run, kafka_cluster): ...

It is found by its entry point; what is heavy is imported when a fixture is first used.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import pytest

from simulator.core.errors import PulsetrainError, TransportError, UsageError

if TYPE_CHECKING:
    from simulator.harness.spec import RunSpec
    from simulator.testing.clusters import Cluster
    from simulator.testing.scenario_run import Judge, ScenarioRun

VERDICT = "pulsetrain: verdict"
REPEAT_WITH = "pulsetrain: repeat with"
_USED: pytest.StashKey[ScenarioRun] = pytest.StashKey()
_HOW = 'Mark the test, its class or its module with @pytest.mark.scenario("NAME"); `pulsetrain list` has the names.'


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add where `kafka_cluster` comes from, as an option and as a setting."""
    meaning = "the Kafka of kafka_cluster: mock (in this process), local, container or kafka://HOST:PORT"
    parser.getgroup("pulsetrain").addoption("--pulsetrain-cluster", metavar="KIND", help=meaning)
    parser.addini("pulsetrain_cluster", help=meaning, default="mock")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, so that `--strict-markers` knows it."""
    config.addinivalue_line(
        "markers",
        "scenario(name, **options): the scenario of `scenario_run` and `judge`; options are those of simulator.run",
    )


@pytest.fixture
def scenario_run(request: pytest.FixtureRequest) -> ScenarioRun:
    """Give the marked scenario: to run, stream or publish, and to judge."""
    from simulator.testing.scenario_run import ScenarioRun

    with _told():
        used = ScenarioRun(_marked_spec(request.node))
    request.node.stash[_USED] = used
    return used


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Judge:
    """Give `judge(decisions, labels, *, require=())` for the marked scenario."""
    from simulator.testing.scenario_run import Judge

    with _told():
        return Judge(_marked_spec(request.node))


@pytest.fixture(scope="session")
def kafka_cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """Give a Kafka for the whole test run: `bootstrap` for clients, or its `url`."""
    from simulator.testing.clusters import open_cluster

    wanted = pytestconfig.getoption("pulsetrain_cluster") or pytestconfig.getini("pulsetrain_cluster")
    with _told():
        opened = open_cluster(wanted)
    try:
        cluster = opened.__enter__()
    except TransportError as error:
        _give_up(wanted, error)
    try:
        yield cluster
    finally:
        opened.__exit__(None, None, None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """End a failed test's report with the verdicts and the line that repeats."""
    report = yield
    used = item.stash.get(_USED, None)
    if report.failed and used is not None:
        if used.said:
            report.sections.append((VERDICT, used.said))
        report.sections.append((REPEAT_WITH, used.repeat))
    return report


def _marked_spec(node: pytest.Item) -> RunSpec:
    from simulator.harness.spec import make_spec

    marker = node.get_closest_marker("scenario")
    if marker is None:
        raise UsageError(f"{node.nodeid} names no scenario. {_HOW}")
    if len(marker.args) != 1 or not isinstance(marker.args[0], str):
        raise UsageError(f"{node.nodeid}: the marker scenario takes one name and options by name. {_HOW}")
    return make_spec(marker.args[0], marker.kwargs)


@contextmanager
def _told() -> Iterator[None]:
    """Let a mistake of the test's author show as one line."""
    try:
        yield
    except PulsetrainError as error:
        pytest.fail(f"{type(error).__name__}: {error}", pytrace=False)


def _give_up(wanted: str, error: TransportError) -> NoReturn:
    """Skip where the machine has no such cluster; fail where it was promised."""
    if wanted in ("local", "container") and not os.environ.get("CI"):
        pytest.skip(f"no {wanted} Kafka: {error}")
    pytest.fail(f"TransportError: {error}", pytrace=False)

"""Loads wait more than they work, so two go on at a time, while tests ask about those that have ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from simulator.brokers import BrokerStatus

AT_ONCE = 2  # one processor each; with more, the loads would measure each other

Made = Callable[..., Any]
"""Make a load from `url`, the broker's, a `folder` of its own, and the parameters of the test."""


@pytest.fixture(scope="session")
def made(
    request: pytest.FixtureRequest, local_kafka: BrokerStatus, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Any]]]:
    """Return the loads of all tests that are to run, begun in the order of the tests."""
    url = f"kafka://{local_kafka.bootstrap}"

    def make(marked: pytest.Item, folder: Path) -> Any:
        (one,) = (mark for mark in marked.iter_markers("load"))
        callspec = getattr(marked, "callspec", None)
        return one.kwargs["make"](url=url, folder=folder, **(callspec.params if callspec else {}))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        items = [item for item in request.session.items if item.get_closest_marker("load")]
        yield {item.nodeid: pool.submit(make, item, tmp_path_factory.mktemp("load")) for item in items}
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def ended(request: pytest.FixtureRequest, made: dict[str, Future[Any]]) -> Any:
    """Return what the load of this test came to."""
    return made[request.node.nodeid].result()


@pytest.fixture
def alone(made: dict[str, Future[Any]]) -> None:
    """Wait until no load is under way: what the test does to the broker would disturb it."""
    for one in made.values():
        one.exception()

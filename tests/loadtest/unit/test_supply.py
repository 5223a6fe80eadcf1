"""Stretches from another process: whole, in order, and an end that says why."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator

import pytest

from loadtests import supply
from loadtests.generator import GeneratorSpec
from loadtests.spec import LoadSpec, plan_of
from loadtests.stretches import Expected, Stretch, Tick, read_stretches, write_stretch
from loadtests.supply import Supply
from loadtests.worker_side import native_threads
from simulator.core.errors import ScenarioError
from tests.loadtest.unit.small_loads import generated, small_load

THREADS = native_threads()
STRETCHES = [
    Stretch(cohort=0, until=5, values=b"one", ticks=[Tick(0, b"k", b"v")], expected=[Expected(0, "a", b"b")]),
    Stretch(cohort=1, until=9, values=b"", labels=[b"l"], faults=3, is_last_of_cohort=True),
]


def written(*stretches: Stretch) -> bytes:
    """Return stretches as they are written."""
    file = io.BytesIO()
    for one in stretches:
        write_stretch(file, one)
    return file.getvalue()


def test_what_is_written_is_read() -> None:
    assert list(read_stretches(io.BytesIO(written(*STRETCHES)))) == STRETCHES


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_what_was_cut_off_is_left_out(cut: int) -> None:
    assert list(read_stretches(io.BytesIO(written(*STRETCHES)[:-cut]))) == STRETCHES[:1]


def spec_of(load: LoadSpec, *, cohort: int = 0) -> GeneratorSpec:
    """Return what a generating process is told."""
    catalog = plan_of(load).scenario.catalog
    ends = [[0] * catalog.partitions for _ in catalog.event_topics()]
    return GeneratorSpec(load=load, shard=0, shards=1, cohort=cohort, ends=ends, pipe=-1)


def eventually(happens: Callable[[], bool]) -> bool:
    """Wait for something, ten seconds at most."""
    end = time.monotonic() + 10.0
    while not happens() and time.monotonic() < end:
        time.sleep(0.005)
    return happens()


@pytest.fixture
def supplies() -> Iterator[list[Supply]]:
    """Close what a test opens."""
    opened: list[Supply] = []
    yield opened
    for one in opened:
        one.close()


def test_a_process_makes_what_would_be_made_here(supplies: list[Supply]) -> None:
    load = small_load()
    opened = Supply(spec_of(load), THREADS)
    supplies.append(opened)
    wanted, found = generated(load), list[Stretch]()
    assert eventually(lambda: opened.ahead_events > 2_500)
    ahead = opened.ahead_events
    while len(found) < len(wanted) and (taken := opened.take()) is not None:
        found.append(taken[0])
    assert found == wanted
    assert opened.ahead_events >= ahead - sum(len(one.ends) // 8 for one in wanted)
    assert opened.failure == ""


def test_it_does_not_run_ahead_without_end(supplies: list[Supply], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supply, "BYTES_AHEAD_MAX", 100_000)
    opened = Supply(spec_of(small_load()), THREADS)
    supplies.append(opened)
    full = eventually(lambda: opened.is_full)
    ahead = opened.ahead_events
    # Small ones come first: enough of them are taken to make room.
    while opened.is_full:
        opened.take()
    taken = opened.is_full
    assert (full, ahead < 2_000, eventually(lambda: opened.is_full), taken) == (True, True, True, False)


def test_where_no_subjects_are_left_its_own_words_are_heard(supplies: list[Supply]) -> None:
    load = LoadSpec(scenario="sepsis", subjects=10, duration="1h", consumer="external")
    opened = Supply(spec_of(load, cohort=plan_of(load).scenario.maximum_subjects // 10), THREADS)
    supplies.append(opened)
    assert eventually(lambda: bool(opened.failure))
    with pytest.raises(ScenarioError, match="all of them have been sent"):
        opened.take()


def test_a_process_that_is_killed_is_noticed(supplies: list[Supply]) -> None:
    opened = Supply(spec_of(small_load()), THREADS)
    supplies.append(opened)
    opened._process.kill()
    assert eventually(lambda: opened.failure == "the generating process ended early.")


def test_an_error_in_reading_what_it_wrote_is_said(supplies: list[Supply], monkeypatch: pytest.MonkeyPatch) -> None:
    def read(file: object) -> Iterator[Stretch]:
        raise MemoryError("48 MiB")

    monkeypatch.setattr(supply, "read_stretches", read)
    opened = Supply(spec_of(small_load()), THREADS)
    supplies.append(opened)
    assert eventually(lambda: bool(opened.failure))
    assert opened.failure == "what is generated cannot be read: MemoryError: 48 MiB"


def test_closing_ends_the_process_and_is_no_failure() -> None:
    opened = Supply(spec_of(small_load()), THREADS)
    opened.close()
    assert opened._process.poll() is not None
    assert eventually(lambda: opened._has_ended)
    assert opened.failure == ""

"""The clocks of workers: asked side by side, the best of several answers, and nothing where none comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import gevent
import pytest

from loadtests import clock, clock_offsets
from loadtests.clock_offsets import ClockOffset, Pings, offsets_of


@dataclass
class Wire:
    """Workers that are ahead by so many seconds, each answer after its own time, and a clock turned by hand."""

    ahead: dict[str, float]
    takes: list[tuple[float, float]] = field(default_factory=lambda: [(0.001, 0.001)] * 99)
    now: float = 1_000.0
    asked: list[str] = field(default_factory=list)

    def pings(self) -> Pings:
        """Return who asks them."""
        self.found = Pings(self._carry)
        return self.found

    def _carry(self, name: str, sent: float) -> None:
        self.asked.append(name)
        if name in self.ahead:
            gevent.spawn(self._answer, name, sent)

    def _answer(self, name: str, sent: float) -> None:
        there, back = self.takes.pop(0)
        self.now += there
        theirs = self.now + self.ahead[name]
        self.now += back
        self.found.answered(name, sent, theirs)


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Callable[[Wire], Pings]:
    """Let all look at the clock of a wire."""

    def connect(wire: Wire) -> Pings:
        monkeypatch.setattr(clock, "wall", lambda: wire.now)
        return wire.pings()

    return connect


def test_the_quickest_of_several_answers_counts(wired: Callable[[Wire], Pings]) -> None:
    slow = (0.2, 0.0)
    found = wired(Wire({"one": 3.0}, takes=[slow, slow, (0.001, 0.003), slow, slow])).measure("one")
    assert found == ClockOffset(pytest.approx(2_999.0), pytest.approx(4.0))


def test_of_a_worker_that_never_answers_nothing_is_known(
    wired: Callable[[Wire], Pings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_offsets, "PING_SECONDS", 0.01)
    wire = Wire({})
    assert (wired(wire).measure("one"), wire.asked) == (None, ["one"])


def test_an_answer_to_an_earlier_question_is_left_out(
    wired: Callable[[Wire], Pings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_offsets, "PING_SECONDS", 0.01)
    pings = wired(Wire({}))
    asking = gevent.spawn(pings.measure, "one")
    gevent.sleep(0)
    pings.answered("one", 999.0, 5_000.0)
    pings.answered("two", 1_000.0, 5_000.0)
    assert asking.get() is None


def test_all_are_asked_side_by_side() -> None:
    together = gevent.event.Event()
    waiting: list[str] = []

    def ask(name: str) -> ClockOffset | None:
        waiting.append(name)
        if len(waiting) == 3:
            together.set()
        return ClockOffset(float(len(name)), 1.0) if together.wait(timeout=5.0) and name != "mute" else None

    assert offsets_of(["a", "bb", "mute"], ask) == {
        "a": ClockOffset(1.0, 1.0),
        "bb": ClockOffset(2.0, 1.0),
        "mute": None,
    }


@pytest.mark.parametrize(("other", "surely"), [(10.0, False), (12.0, False), (12.1, True), (7.9, True)])
def test_an_offset_is_right_to_its_round_trip(other: float, *, surely: bool) -> None:
    assert ClockOffset(10.0, 2.0).is_surely_not(other) == surely

"""Whoever comes due is found, whatever the steps and whatever moves."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scenarios.sepsis.agenda import Agenda
from scenarios.sepsis.course import HOUR_MS, NEVER

INSTANT = st.integers(0, 24).map(lambda eighths: eighths * HOUR_MS // 8)


@given(st.lists(INSTANT | st.just(NEVER)), st.lists(INSTANT, min_size=2, unique=True))
def test_everybody_is_found_in_the_step_of_their_instant(instants: list[int], ends: list[int]) -> None:
    agenda, steps = Agenda(np.array(instants, dtype=np.int64)), list(pairwise(sorted(ends)))
    found = [agenda.between(after, until).tolist() for after, until in steps]
    assert found == [[row for row, at in enumerate(instants) if after < at <= until] for after, until in steps]


def test_an_instant_that_moves_on_is_found_again() -> None:
    instants = np.array([NEVER, 10, 5])
    agenda = Agenda(instants)
    assert agenda.between(0, 10).tolist() == [1, 2]
    instants[1] = 20
    assert agenda.between(10, 20).tolist() == [1]
    instants[1] = HOUR_MS + 30
    assert [agenda.between(20, HOUR_MS).tolist(), agenda.between(HOUR_MS, HOUR_MS + 30).tolist()] == [[], [1]]


def test_an_instant_brought_forward_is_found_after_another_look() -> None:
    instants = np.array([NEVER, 10])
    agenda = Agenda(instants)
    assert agenda.between(0, 10).tolist() == [1]
    instants[0] = 15
    agenda.look_again()
    assert agenda.between(10, 20).tolist() == [0]

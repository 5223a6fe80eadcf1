"""Rows sorted by packed integers stand as a plain sort of tuples puts them."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.core.ordering import is_first_of_run, sort_rows

NARROW = st.integers(-5, 5)
WIDE = st.integers(-(2**62), 2**62)


def as_plain_sort(rows: list[tuple[int, ...]]) -> list[int]:
    """Return the order in which a stable sort of tuples puts the rows."""
    return sorted(range(len(rows)), key=lambda row: rows[row])


@given(st.lists(st.tuples(NARROW, NARROW, NARROW)))
@example([(0, 0, 0), (0, 0, 0)])
def test_narrow_fields_are_packed_and_sorted(rows: list[tuple[int, int, int]]) -> None:
    fields = [np.array([row[place] for row in rows], dtype=np.int64) for place in range(3)]
    order, ordered = sort_rows(*fields)
    assert order.tolist() == as_plain_sort(rows)
    assert [one.tolist() for one in ordered] == [one[order].tolist() for one in fields]


@given(st.lists(st.tuples(NARROW, WIDE)))
@example([(0, -(2**62)), (0, 2**62), (-1, 0)])
def test_fields_too_wide_to_pack_are_sorted_all_the_same(rows: list[tuple[int, int]]) -> None:
    fields = [np.array([row[place] for row in rows], dtype=np.int64) for place in range(2)]
    order, ordered = sort_rows(*fields)
    assert order.tolist() == as_plain_sort(rows)
    assert [one.tolist() for one in ordered] == [one[order].tolist() for one in fields]


def test_a_run_starts_where_the_value_changes() -> None:
    assert is_first_of_run(np.array([4, 4, 7, 4])).tolist() == [True, False, True, True]

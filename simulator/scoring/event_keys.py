"""Event keys: which event an id names, as one integer, so that millions can be compared at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.catalog import Catalog, EventRef

FOREIGN = -1
_NUMBER_BITS = 28  # our choice: 268 million events of one type about one subject
_TYPE_BITS = 8
_SUBJECT_BITS = 63 - _NUMBER_BITS - _TYPE_BITS
_PARTS = 5  # scenario, seed, subject, type and number
_POWERS_OF_TEN = 10 ** np.arange(1, 19, dtype=np.int64)


class EventKeys:
    """Packs type, subject and number into an integer; reads it off an event's id."""

    def __init__(self, catalog: Catalog, *, seed: int) -> None:
        """Read the ids of the runs of `catalog` with `seed`."""
        self._catalog, self._seed = catalog, seed
        self._types = {name: index for index, name in enumerate(catalog.type_names)}
        self._subjects: dict[str, int] = {}
        assert len(self._types) <= 1 << _TYPE_BITS

    def pack(self, types: IntArray, subjects: IntArray, numbers: IntArray) -> IntArray:
        """Return the keys of events; all arrays have one entry an event."""
        return (subjects << _TYPE_BITS | types) << _NUMBER_BITS | numbers

    def types(self, keys: IntArray) -> IntArray:
        """Return the events' types, as positions in the catalog."""
        return keys >> _NUMBER_BITS & ((1 << _TYPE_BITS) - 1)

    def subjects(self, keys: IntArray) -> IntArray:
        """Return the events' subject numbers."""
        return keys >> _NUMBER_BITS + _TYPE_BITS

    def numbers(self, keys: IntArray) -> IntArray:
        """Return the events' numbers among those of their type and subject."""
        return keys & ((1 << _NUMBER_BITS) - 1)

    def read(self, ids: Sequence[str]) -> IntArray:
        """Return the keys of event ids; FOREIGN for an id that this run cannot have made."""
        parts = "/".join(ids).split("/")
        columns = self._columns(parts, len(ids)) if len(parts) == _PARTS * len(ids) else None
        if columns is None:
            return np.fromiter(map(self._read_one, ids), dtype=np.int64, count=len(ids))
        return self.pack(*columns)

    def write(self, keys: IntArray) -> list[str]:
        """Return the ids of events."""
        names = self._catalog.type_names
        rows = zip(self.types(keys).tolist(), self.subjects(keys).tolist(), self.numbers(keys).tolist(), strict=True)
        return [self._catalog.event_id(self._seed, EventRef(names[kind], *rest)) for kind, *rest in rows]

    def _columns(self, parts: list[str], count: int) -> tuple[IntArray, IntArray, IntArray] | None:
        """Return types, subjects and numbers, or None where a single id needs a closer look."""
        if parts[0::_PARTS].count(self._catalog.scenario_id) < count or parts[1::_PARTS].count(str(self._seed)) < count:
            return None
        types = list(map(self._types.get, parts[3::_PARTS]))
        subjects = self._subject_numbers(parts[2::_PARTS])
        numbers = _canonical(parts[4::_PARTS])
        if numbers is None or None in types or None in subjects or (numbers >> _NUMBER_BITS).any():
            return None
        return np.array(types, dtype=np.int64), np.array(subjects, dtype=np.int64), numbers

    def _subject_numbers(self, names: list[str]) -> list[int | None]:
        numbers = list(map(self._subjects.get, names))
        if None not in numbers:
            return numbers
        for name in set(names) - self._subjects.keys():
            number = self._catalog.subject_number(name)
            if number is not None and not number >> _SUBJECT_BITS:
                self._subjects[name] = number
        return list(map(self._subjects.get, names))

    def _read_one(self, text: str) -> int:
        ref = self._catalog.parse_event_id(self._seed, text)
        if ref is None or ref.number >> _NUMBER_BITS or ref.subject >> _SUBJECT_BITS:
            return FOREIGN
        return (ref.subject << _TYPE_BITS | self._types[ref.type]) << _NUMBER_BITS | ref.number


def _canonical(texts: list[str]) -> IntArray | None:
    """Return numbers, or None where one is not written as we write it."""
    joined = "".join(texts)
    try:
        numbers = np.array(list(map(int, texts)), dtype=np.int64)
    except (ValueError, OverflowError):
        return None
    # A sign, a space, an underscore or a zero in front makes a number longer than it need be.
    shortest = len(texts) + int(np.searchsorted(_POWERS_OF_TEN, numbers, side="right").sum())
    return numbers if joined.isascii() and len(joined) == shortest else None

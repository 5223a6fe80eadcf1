"""Names that no real person bears: a common name and three digits, `Maria482 Okafor731`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.draws import Draws

_BELOW = 2**32


def draw_name_numbers(draws: Draws, subjects: IntArray) -> IntArray:
    """Return numbers (n, 2) of which `spell_name` makes a given and a family name."""
    given = draws.integers("names.given", subjects, below=_BELOW)
    return np.stack([given, draws.integers("names.family", subjects, below=_BELOW)], axis=1)


def spell_name(given: int, family: int, *, is_female: bool) -> tuple[str, str]:
    """Return a given and a family name, each with three digits at its end."""
    return _pick(_pool("women" if is_female else "men"), given), _pick(_pool("families"), family)


def _pick(pool: tuple[str, ...], number: int) -> str:
    digits, place = divmod(number, len(pool))
    return f"{pool[place]}{100 + digits % 900}"


@lru_cache(maxsize=3)
def _pool(kind: str) -> tuple[str, ...]:
    return _plain(_families() if kind == "families" else _given_names(kind))


# The two libraries take as long to import as all else together; who draws no name need not wait.
def _families() -> list[str]:
    import mimesis

    text = files(mimesis).joinpath("datasets/en/person.json").read_text(encoding="utf-8")
    tables: dict[str, list[str]] = json.loads(text)
    return tables["surnames"]


def _given_names(kind: str) -> Iterable[str]:
    from faker.providers.person.en_US import Provider

    return Provider.first_names_female if kind == "women" else Provider.first_names_male


def _plain(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of ASCII letters alone, sorted, each once."""
    return tuple(sorted({name for name in names if name.isascii() and name.isalpha()}))

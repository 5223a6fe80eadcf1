"""One line for what cannot be, where Locust would show a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from simulator.core.errors import PulsetrainError


@contextmanager
def refusing() -> Iterator[None]:
    """End the process with one line and its exit code where the block cannot go on."""
    try:
        yield
    except PulsetrainError as error:
        print(f"pulsetrain: {error}", file=sys.stderr, flush=True)
        sys.exit(error.exit_code)


def unforeseen(what: str, error: Exception) -> str:
    """Return what is to be said of an error that nobody foresaw.

    `what` came of it; its own words follow.
    """
    return f"{what}: {type(error).__name__}: {error}"

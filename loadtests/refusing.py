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

"""Where brokers keep what they fetch and write, and locks between processes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.core.errors import TransportError


def cache_folder() -> Path:
    """Return the product's cache folder (XDG base directory specification)."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    # The specification says that a relative path is to be ignored.
    base = Path(named) if os.path.isabs(named) else Path.home() / ".cache"
    return base / "pulsetrain"


def make_folder(folder: Path) -> Path:
    """Create a folder with its parents and return it, or raise TransportError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder


def unwritable(path: Path, error: OSError) -> TransportError:
    """Say in one line which path could not be written, why, and what to do."""
    return TransportError(
        f"cannot write {path}: {error.strerror or error}; "
        "name another directory, or set XDG_CACHE_HOME to a folder you may write"
    )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock between processes on `path`; wait for its holder.

    The system drops the lock with the process, so a killed holder blocks nobody.
    Raise TransportError where the file cannot be opened.
    """
    try:
        file = path.open("a")
    except OSError as error:
        raise unwritable(path, error) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

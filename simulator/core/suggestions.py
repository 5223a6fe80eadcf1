"""The way out, for errors: the nearest known names, and how an extra is installed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


def suggestion(name: str, known: Iterable[str], *, at_most: int = 1) -> str:
    """Return ` Did you mean "x"?` for the nearest known names, or nothing."""
    near = [f'"{one}"' for one in difflib.get_close_matches(name, list(known), n=at_most)]
    last = f" or {near.pop()}" if len(near) > 1 else ""
    return f" Did you mean {', '.join(near)}{last}?" if near else ""


def installation(*extras: str) -> str:
    """Return the command that installs extras.

    In a clone, and of one, it installs the versions that were tested.
    """
    clone, wanted = Path(__file__).parents[2], ",".join(extras)
    if not (clone / "constraints.txt").exists():
        return f"pip install 'pulsetrain[{wanted}]'"
    if clone == Path.cwd():
        return f"pip install -c constraints.txt -e '.[{wanted}]'"
    return f"pip install -c {clone / 'constraints.txt'} -e '{clone}[{wanted}]'"

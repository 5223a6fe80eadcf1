"""Who may see the web page: name and password from the environment."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.core.errors import UsageError

VARIABLE = "PULSETRAIN_LOGIN"


def credentials(variables: Mapping[str, str]) -> tuple[str, str]:
    """Return name and password. Raises UsageError where not set as NAME:PASSWORD."""
    name, colon, password = variables.get(VARIABLE, "").partition(":")
    if not (name and colon and password):
        raise UsageError(f"--web-login needs a name and a password: set {VARIABLE}=NAME:PASSWORD.")
    return name, password

"""Where the web UI listens, and by which names and origins that is known."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from simulator.core.errors import UsageError

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_EVERY_INTERFACE = frozenset({"", "*", "0.0.0.0", "::"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PORT_MAX = 65_535


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Where a web UI listens; `shown` is `--web-host-display-name`."""

    host: str
    port: int
    scheme: str = "http"
    shown: str = ""

    def __str__(self) -> str:
        """Return it as a URL; 0.0.0.0 is every interface."""
        host = "0.0.0.0" if self.host in _EVERY_INTERFACE else self.host
        return f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def is_called(self, host: str) -> bool:
        """Return whether a Host header means this address.

        A name that somebody else made point here is none of ours. Where every interface is bound,
        any address may be right, at any port, as a container's may be another outside; of names only
        those that nobody else can give: this machine's own, and localhost.
        """
        name, port = _place(_split(host, self.scheme))
        if self.host in _EVERY_INTERFACE:
            is_ours = name in LOOPBACK_NAMES | {socket.gethostname().lower()} or _is_number(name)
            return is_ours or self.is_shown_as(name, port)
        names = {self.host.lower()} | (LOOPBACK_NAMES if self.host in LOOPBACK_NAMES else frozenset())
        return (name in names and port == self.port) or self.is_shown_as(name, port)

    def is_shown_as(self, name: str, port: int | None) -> bool:
        """Return whether this is the name that is shown, at its port where it tells one."""
        shown = _split(self.shown, self.scheme)
        return bool(self.shown) and name == shown.hostname and (shown.port is None or port == shown.port)

    def is_own(self, origin: str, *, host: str) -> bool:
        """Return whether an Origin or Referer is of the page at this Host.

        A proxy may have changed Host: the name that is shown is right too.
        """
        try:
            there = urlsplit(origin)
            place = _place(there)
        except ValueError:
            return False
        return there.scheme in _DEFAULT_PORTS and (
            place == _place(_split(host, there.scheme)) or self.is_shown_as(*place)
        )

    def check_free(self) -> None:
        """Raise UsageError where nothing can listen here, before Locust finds out."""
        if not 1 <= self.port <= _PORT_MAX:
            raise UsageError(f"--web-port {self.port} is no port: give one from 1 to {_PORT_MAX}.")
        host = "" if self.host in _EVERY_INTERFACE else self.host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            socket.create_server((host, self.port), family=family).close()
        except OSError as error:
            why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be listened on ({error.strerror})"
            raise UsageError(f"--web-port {self.port} {why}: give another that is free.") from None


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _split(place: str, scheme: str) -> SplitResult:
    return urlsplit(place if "://" in place else f"{scheme}://{place}")


def _place(parts: SplitResult) -> tuple[str, int | None]:
    return parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)

"""The errors a user can meet; each text names the value, the place and the way out."""

from __future__ import annotations


class PulsetrainError(Exception):
    """Something went wrong that the text explains; `exit_code` is the command's."""

    exit_code = 70  # EX_SOFTWARE of sysexits.h


class UsageError(PulsetrainError):
    """The caller asked for something that cannot be: a name, a size, an option."""

    exit_code = 64  # EX_USAGE of sysexits.h


class ScenarioError(PulsetrainError):
    """A world, a consumer or a scoring function broke its contract."""


class CodecError(PulsetrainError):
    """Bytes could not be read as what they should be; the record is a dead letter."""


class TransportError(PulsetrainError):
    """A broker or a file is absent, lost, full or refuses."""

    exit_code = 69  # EX_UNAVAILABLE of sysexits.h

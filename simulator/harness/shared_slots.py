"""Memory that two processes see. It has no name, so it ends with them, however they end."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Callable
from multiprocessing.reduction import DupFd
from typing import Protocol


class SharedSlots:
    """Slots of one size: what one process lays into a slot, another finds there.

    Given to a process as it is started, they are the same in both. `multiprocessing` has shared
    memory too, but with a name, by which it stays when all are killed.
    """

    def __init__(self, file: int, *, slots: int, slot_bytes: int) -> None:
        """Map an open file, and own it: where its size cannot be had, the slots hold no byte."""
        self._file, self._slots = file, slots
        try:
            os.truncate(file, slots * slot_bytes)
            self._memory = memoryview(mmap.mmap(file, slots * slot_bytes))
            self.slot_bytes = slot_bytes
        except (OSError, ValueError):  # nothing can be mapped that has no bytes
            self._memory, self.slot_bytes = memoryview(b""), 0

    def __reduce__(self) -> tuple[Callable[..., SharedSlots], tuple[object, ...]]:
        """Be pickled for a process that is being started, and only for it."""
        return _taken_over, (DupFd(self._file), self._slots, self.slot_bytes)

    def __getitem__(self, place: int) -> memoryview:
        """Return a slot."""
        return self._memory[place * self.slot_bytes : (place + 1) * self.slot_bytes]

    def __len__(self) -> int:
        """Return how many slots there are."""
        return self._slots

    def close_file(self) -> None:
        """Close the file; the memory stays for as long as anybody looks at it."""
        os.close(self._file)


def shared_slots(slots: int, *, slot_bytes: int) -> SharedSlots:
    """Make slots to be shared with processes that this one starts."""
    return SharedSlots(_nameless_file(), slots=slots, slot_bytes=slot_bytes)


def _nameless_file() -> int:
    # On Linux in memory alone, however small /dev/shm is; elsewhere a temporary file without a name.
    if hasattr(os, "memfd_create"):
        return os.memfd_create("pulsetrain")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _taken_over(file: _File, slots: int, slot_bytes: int) -> SharedSlots:
    ours = SharedSlots(file.detach(), slots=slots, slot_bytes=slot_bytes)
    ours.close_file()
    return ours


class _File(Protocol):
    """What `multiprocessing` makes of an open file on its way to another process."""

    def detach(self) -> int:
        """Return the file."""

"""Who goes first on a busy machine: the process that sends, for what it does late it measures wrongly."""

from __future__ import annotations

import os
from contextlib import suppress

SENDING = -10  # our choice: the clock of a load comes before what it measures
GENERATING = 10  # our choice: it works far ahead, and can wait


def be_nice(niceness: int) -> None:
    """Take a place in the queue for the processors, where the system allows it.

    Threads that are started later have it too, and so have processes. To go before others takes
    root, or CAP_SYS_NICE.
    """
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, niceness)

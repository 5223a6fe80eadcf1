"""What a load was started with: Locust's form may change its own fields, and nothing else."""

from __future__ import annotations

from argparse import Namespace

from loadtests.options import OPTIONS

# Locust's own fields of the form that a load heeds.
_LOCUSTS_OWN = frozenset({"num_users", "spawn_rate", "run_time"})
CHANGEABLE = _LOCUSTS_OWN | {one.name.replace("-", "_") for one in OPTIONS if one.in_form}


class FrozenOptions:
    """The options as the command line gave them.

    Locust's POST /swarm writes whatever it is sent over any option, such as the file of a report.
    """

    def __init__(self, options: Namespace) -> None:
        """Keep the values that these options have now."""
        self._options = options
        self._kept = {name: value for name, value in vars(options).items() if name not in CHANGEABLE}

    def restore(self) -> None:
        """Give all that is not of the form its first value; take away what was added."""
        values = vars(self._options)
        changed = {name: value for name, value in values.items() if name in CHANGEABLE}
        values.clear()
        values.update(self._kept | changed)

"""`python -m loadtests`: Locust with our locustfile, for masters and workers on hosts of their own."""

from __future__ import annotations

import os
import sys

from loadtests.conductor import LOCUSTFILE


def main(arguments: list[str]) -> None:
    """Become Locust, with these arguments after the locustfile."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])

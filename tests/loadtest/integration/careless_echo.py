"""An echo that leaves answers out and gives others twice, and says at its end how many of each.

Run as a script, with a LoadSpec as JSON; tests alone do.
"""

from __future__ import annotations

import json
import signal
import sys

import msgspec

from loadtests.echo import Echo
from loadtests.spec import LoadSpec
from simulator.transports.kafka_live import LiveRow

LEFT_OUT = 7  # each that many-th answer never comes
TWICE = 5  # and each that many-th of the others comes again


class CarelessEcho(Echo):
    """Answers as an echo does, but for a known number of answers."""

    left_out = twice = _answers = _given = 0

    def _write(self, rows: list[LiveRow]) -> int:
        careless = [row for answer in rows for row in self._carelessly(answer)]
        return super()._write(careless)

    def _carelessly(self, row: LiveRow) -> list[LiveRow]:
        self._answers += 1
        if self._answers % LEFT_OUT == 0:
            self.left_out += 1
            return []
        self._given += 1
        is_twice = self._given % TWICE == 0
        self.twice += is_twice
        return [row, row] if is_twice else [row]


if __name__ == "__main__":
    echo = CarelessEcho(msgspec.json.decode(sys.argv[1], type=LoadSpec))
    signal.signal(signal.SIGTERM, lambda *_: echo.stop())
    print("ready", flush=True)  # noqa: T201 - whoever started it reads it
    echo.run()
    print(json.dumps({"missing": echo.left_out, "twice": echo.twice}), flush=True)  # noqa: T201

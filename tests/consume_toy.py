"""A toy consumer as a process of its own: `python -m tests.consume_toy NAME URL PREFIX STATE [--exactly-once]`."""

from __future__ import annotations

import sys
from pathlib import Path

from simulator.codecs.cloudevents import CloudEventsCodec
from simulator.consumers import ConsumerSettings, Tally, Wiring, consume_until_stopped
from tests.toy_consumers import CATALOG, order, silence, wards


def main(name: str, url: str, prefix: str, state: str, *options: str) -> None:
    """Run the consumer of that name until it is stopped; write a line when it has answered a tick."""
    consumer = {"silence": silence, "wards": wards, "order": order}[name]()
    wiring = Wiring(catalog=CATALOG, codec=CloudEventsCodec(CATALOG, seed=42), seed=42, prefix=prefix)
    settings = ConsumerSettings(
        url=url, group=f"{prefix}{name}", state_directory=Path(state), exactly_once="--exactly-once" in options
    )
    tally = consume_until_stopped(consumer, wiring, settings, on_progress=show)
    show(tally)


def show(tally: Tally) -> None:
    """Write how far the consumer has come."""
    sys.stdout.write(f"{tally.records} {tally.decisions} {tally.dead_letters} {tally.reached}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

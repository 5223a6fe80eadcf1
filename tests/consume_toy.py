"""A toy consumer as a process: `python -m tests.consume_toy NAME URL PREFIX STATE [--exactly-once] [FILE]`."""

from __future__ import annotations

import sys
from pathlib import Path

from simulator.codecs.cloudevents import CloudEventsCodec
from simulator.consumers import ConsumerSettings, Tally, Wiring, consume_until_stopped
from simulator.core.errors import TransportError
from tests.toy_consumers import CATALOG, order, silence, wards


def main(name: str, url: str, prefix: str, state: str, *options: str) -> None:
    """Run the consumer of that name until it is stopped; write a line when it has answered a tick."""
    consumer = {"silence": silence, "wards": wards, "order": order}[name]()
    wiring = Wiring(catalog=CATALOG, codec=CloudEventsCodec(CATALOG, seed=42), seed=42, prefix=prefix)
    settings = ConsumerSettings(
        url=url,
        group=f"{prefix}{name}",
        state_directory=Path(state),
        exactly_once="--exactly-once" in options,
        kafka_config=next((Path(one) for one in options if one.endswith(".properties")), None),
    )
    try:
        show(consume_until_stopped(consumer, wiring, settings, on_progress=show))
    except TransportError as error:
        sys.exit(str(error))


def show(tally: Tally) -> None:
    """Write how far the consumer has come."""
    sys.stdout.write(f"{tally.records} {tally.decisions} {tally.dead_letters} {tally.reached}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""`pulsetrain consume`: a reference consumer as a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Unpack

import typer

from simulator.cli.options import ConsumeOptions, Scenario
from simulator.core.errors import UsageError

_WRONG = (
    "consume cannot run --consumer {consumer} on --transport {transport}. Name a consumer of "
    "`pulsetrain describe` and a cluster: kafka://HOST:PORT."
)

Transport = Annotated[
    str, typer.Option("--transport", metavar="URL", help="The cluster: kafka://HOST:PORT[,HOST:PORT].")
]
State = Annotated[
    Path | None,
    typer.Option("--state", metavar="DIR", help="Keep state here; without it, rebuild it from Kafka at each start."),
]
ExactlyOnce = Annotated[bool, typer.Option("--exactly-once", help="Commit decisions and offsets in one transaction.")]


def consume(
    scenario: Scenario,
    *,
    transport: Transport,
    state: State = None,
    exactly_once: ExactlyOnce = False,
    **options: Unpack[ConsumeOptions],
) -> int:
    """Run a reference consumer on Kafka, until stopped.

    Ctrl-C and SIGTERM stop it. It answers the clock's ticks, so a run can go in lockstep with it.

    Example:  pulsetrain consume sepsis --transport kafka://127.0.0.1:9092
    """
    from simulator.cli.specs import make_spec
    from simulator.consumers import ConsumerSettings, Wiring, consume_until_stopped
    from simulator.harness.plan import make_plan
    from simulator.reporting.consuming import show_consuming

    plan = make_plan(make_spec(scenario, options))
    prefix, catalog = plan.spec.topic_prefix, plan.scenario.catalog
    if plan.consumer is None or not transport.startswith("kafka://"):
        raise UsageError(_WRONG.format(consumer=plan.spec.consumer, transport=transport))
    with _state_folder(state) as folder, show_consuming() as on_progress:
        settings = ConsumerSettings(
            url=transport,
            group=options.get("group") or f"{prefix}{catalog.scenario_id}.{plan.consumer.name}",
            state_directory=folder,
            kafka_config=plan.kafka_config,
            exactly_once=exactly_once,
        )
        typer.echo(f"{settings.group} reads {transport}; Ctrl-C stops it.", err=True)
        wiring = Wiring(catalog, plan.codec(), plan.size.seed, prefix=prefix)
        tally = consume_until_stopped(plan.consumer, wiring, settings, on_progress=on_progress)
    print(f"{tally.records:,} records, {tally.decisions:,} decisions, {tally.dead_letters:,} dead letters")
    return 0


@contextmanager
def _state_folder(state: Path | None) -> Iterator[Path]:
    """Yield where the consumer's state goes: a folder to keep, or one that goes when the block ends."""
    if state is not None:
        yield state
        return
    with TemporaryDirectory(prefix="pulsetrain-state-") as folder:
        yield Path(folder)

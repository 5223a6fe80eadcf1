"""`pulsetrain broker`: a real Apache Kafka on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simulator.cli.options import HELP, whole_number

if TYPE_CHECKING:
    from simulator.brokers import BrokerStatus

NOT_RUNNING = 69  # EX_UNAVAILABLE of sysexits.h

broker = typer.Typer(context_settings=HELP)

Nodes = Annotated[
    int, typer.Option("--nodes", metavar="1|3", parser=whole_number, help="How many brokers the cluster has.")
]
Port = Annotated[
    int | None,
    typer.Option("--port", metavar="PORT", parser=whole_number, help="Of the first node; a free one without it."),
]

Fresh = Annotated[bool, typer.Option("--fresh", help="Begin empty: topics of earlier starts are deleted.")]


@broker.callback(invoke_without_command=True)
def explain(context: typer.Context) -> None:
    """Start and stop a real Kafka on this machine.

    It needs Java and Maven, listens on loopback alone and keeps its data in the cache folder.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@broker.command()
def start(*, nodes: Nodes = 1, port: Port = None, fresh: Fresh = False) -> int:
    """Start a broker; return once clients can use it.

    Topics of an earlier start are there again, unless --fresh.

    Example:  pulsetrain broker start --port 9092
    """
    from simulator.brokers import start_broker

    status = start_broker(
        nodes=nodes, port=port, fresh=fresh, progress=lambda text: typer.echo(f"{text} ...", err=True)
    )
    _print_status(status)
    return 0


@broker.command()
def status() -> int:
    """Show where the broker answers.

    Where its data and logs are, too; the exit code is 69 when none runs.

    Example:  pulsetrain broker status
    """
    from simulator.brokers import broker_status

    found = broker_status()
    if found is None:
        print("no broker runs. Start one: pulsetrain broker start")
        return NOT_RUNNING
    _print_status(found)
    return 0 if found.is_whole else NOT_RUNNING


@broker.command()
def stop() -> int:
    """Stop the broker. Its data and logs stay.

    Example:  pulsetrain broker stop
    """
    from simulator.brokers import stop_broker

    print("stopped." if stop_broker() else "no broker runs.")
    return 0


def _print_status(status: BrokerStatus) -> None:
    print(f"kafka://{status.bootstrap}")
    print(f"  nodes  {len(status.pids)} of {status.nodes} alive, process {', '.join(map(str, status.pids))}")
    print(f"  data   {status.directory}")
    for log in status.logs:
        print(f"  log    {log}")

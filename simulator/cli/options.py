"""The options that mean the same in every command that has them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, TypedDict, TypeVar, get_args, get_type_hints

import typer

HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 110}

Command = TypeVar("Command", bound=Callable[..., int])

Scenario = Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario of `pulsetrain list`.")]


def whole_number(text: str) -> int:
    """Read a whole number, of either sign."""
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f'"{text}" is not a whole number.') from None


ConsumerName = Annotated[
    str | None, typer.Option("--consumer", metavar="NAME", help="Which consumer, see describe. [reference]")
]
Decider = Annotated[
    str | None,
    typer.Option("--consumer", metavar="NAME", help="reference, another of describe, none, or external. [reference]"),
]


class StreamOptions(TypedDict, total=False):
    """What the bytes of a stream depend on, whoever writes or reads it."""

    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="N", parser=whole_number, help="Chance: the same seed, the same bytes."),
    ]
    codec: Annotated[str | None, typer.Option("--codec", metavar="NAME", help="Wire format. [cloudevents]")]


class SizeOptions(StreamOptions, total=False):
    """How large, how long, from when, with which chance, and how it is made."""

    subjects: Annotated[
        int | None, typer.Option("--subjects", metavar="N", parser=whole_number, help="How many subjects.")
    ]
    duration: Annotated[str | None, typer.Option("--duration", metavar="72h", help="Length of simulated time.")]
    start: Annotated[
        str | None, typer.Option("--start", metavar="2026-01-05T00:00:00Z", help="Start of simulated time.")
    ]
    set: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A scenario parameter, see describe. Repeatable."),
    ]
    step: Annotated[
        str | None, typer.Option("--step", metavar="15m", help="Length of a world step; changes no output.")
    ]
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", metavar="N", parser=whole_number, help="Processes that generate; changes no output. [1]"
        ),
    ]


class KafkaOptions(TypedDict, total=False):
    """How a Kafka cluster is reached."""

    topic_prefix: Annotated[
        str | None, typer.Option("--topic-prefix", metavar="TEXT", help="Put before every topic's name.")
    ]
    kafka_config: Annotated[
        str | None,
        typer.Option("--kafka-config", metavar="FILE", help="Client settings (TLS, SASL): librdkafka properties."),
    ]


class WireOptions(KafkaOptions, total=False):
    """Where records go, how fast, and what goes wrong on the way."""

    transport: Annotated[
        str | None,
        typer.Option("--transport", metavar="URL", help="memory, file:DIR or kafka://HOST:PORT[,HOST:PORT]. [memory]"),
    ]
    speed: Annotated[
        str | None, typer.Option("--speed", metavar="max|60", help="Simulated seconds a wall second. [max]")
    ]
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="KIND:SHARE[,KEY=VALUE]",
            help="What the wire does wrong, such as late:0.05,mean=2h. Repeatable.",
        ),
    ]


class JudgeOptions(TypedDict, total=False):
    """What the verdict asks for, and how it is said."""

    require: Annotated[
        list[str] | None,
        typer.Option(
            "--require",
            metavar="'NAME>=NUMBER'",
            help="One more condition of the verdict; replaces one on the same NAME. Repeatable.",
        ),
    ]
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout; progress stays on stderr.")]
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Nothing but the verdict.")]


class DecideOptions(JudgeOptions, total=False):
    """Who decides, how long is waited, and whether the run is kept."""

    consumer: Decider
    grace: Annotated[
        str | None, typer.Option("--grace", metavar="30s", help="How long to wait for others' decisions. [30s]")
    ]
    out: Annotated[str | None, typer.Option("--out", metavar="DIR", help="Keep the run in a new folder.")]


class ConsumeOptions(StreamOptions, KafkaOptions, total=False):
    """What `consume` takes."""

    consumer: ConsumerName
    group: Annotated[
        str | None, typer.Option("--group", metavar="NAME", help="Consumer group. [prefix, scenario, consumer]")
    ]


class ReplayOptions(WireOptions, DecideOptions, total=False):
    """What `replay` takes."""


class RunOptions(SizeOptions, WireOptions, DecideOptions, total=False):
    """What `run` takes."""

    open_loop: Annotated[bool, typer.Option("--open-loop", help="Decisions do not change the world.")]


def expanded(command: Command) -> Command:
    """Give typer each option of the TypedDict that the command's `**options` unpacks.

    So an option is written down once, however many commands have it.
    """
    *own, packed = inspect.signature(command, eval_str=True).parameters.values()
    [options] = get_args(packed.annotation)
    hints = get_type_hints(options, include_extras=True)
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_default(hint), annotation=hint)
        for name, hint in hints.items()
    ]
    parameters = [*own, *more]
    vars(command)["__signature__"] = inspect.Signature(parameters)
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


def _default(hint: object) -> bool | None:
    return False if get_args(hint)[0] is bool else None

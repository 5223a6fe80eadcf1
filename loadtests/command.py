"""`pulsetrain loadtest`: Locust with everything wired."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Unpack

import typer

from loadtests.conditions import LOAD_METRICS
from simulator.cli.options import KafkaOptions, Scenario, StreamOptions, whole_number

Rate = Annotated[float, typer.Option("--rate", metavar="N", help="The highest rate, events a second.")]
Length = Annotated[
    str | None, typer.Option("--duration", metavar="60s", help="How long, by the wall; with --ui until it is stopped.")
]


_CONDITION = f"""A condition on a score of describe, or on {", ".join(LOAD_METRICS)}. Repeatable."""


class WorldOptions(StreamOptions, KafkaOptions, total=False):
    """What is sent, and where."""

    transport: Annotated[
        str | None,
        typer.Option("--transport", metavar="URL", help="kafka://HOST:PORT[,HOST:PORT]. [a broker of its own]"),
    ]
    subjects: Annotated[
        int | None,
        typer.Option("--subjects", metavar="N", parser=whole_number, help="Of one cohort; another follows it."),
    ]
    cohort_duration: Annotated[
        str | None, typer.Option("--cohort-duration", metavar="72h", help="Simulated time of one cohort.")
    ]
    set: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A scenario parameter, see describe. Repeatable."),
    ]
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", metavar="KIND:SHARE[,KEY=VALUE]", help="What the wire does wrong. Repeatable."),
    ]


class LoadOptions(WorldOptions, total=False):
    """What `loadtest` takes beside its rate and length."""

    shape: Annotated[
        str | None,
        typer.Option(
            "--shape",
            metavar="NAME[:KEY=VALUE,...]",
            help="constant, ramp, ladder, spike, diurnal or outage. [constant]",
        ),
    ]
    consumer: Annotated[
        str | None,
        typer.Option("--consumer", metavar="NAME", help="reference, another of describe, echo, external. [reference]"),
    ]
    consumers: Annotated[
        int | None,
        typer.Option("--consumers", metavar="N", parser=whole_number, help="Processes of that consumer. [1]"),
    ]
    processes: Annotated[
        int | None,
        typer.Option(
            "--processes", metavar="N", parser=whole_number, help="Processes that send; 0 is Locust's own. [1]"
        ),
    ]
    every: Annotated[
        int | None,
        typer.Option("--every", metavar="N", parser=whole_number, help="Of echo: events to one answer. [20]"),
    ]
    slo: Annotated[
        str | None, typer.Option("--slo", metavar="50ms", help="Required: p99 from due to seen is at most this.")
    ]
    grace: Annotated[
        str | None, typer.Option("--grace", metavar="30s", help="How long to wait for the last decisions.")
    ]
    warm_up: Annotated[
        str | None,
        typer.Option(
            "--warm-up", metavar="5s", help="Load that goes before, unmeasured. [5s; 10s on a broker of its own]"
        ),
    ]
    require: Annotated[
        list[str] | None,
        typer.Option("--require", metavar="'NAME>=NUMBER'", help=_CONDITION),
    ]
    find_knee: Annotated[bool, typer.Option("--find-knee", help="Search the highest rate that is sustained.")]
    baseline: Annotated[
        str | None, typer.Option("--baseline", metavar="FILE", help="Compare with the reports in this file.")
    ]
    ui: Annotated[bool, typer.Option("--ui", help="Locust's web page, on the loopback alone.")]
    autostart: Annotated[bool, typer.Option("--autostart", help="With --ui: start at once.")]
    web_port: Annotated[
        int | None, typer.Option("--web-port", metavar="PORT", parser=whole_number, help="Of the web page. [8089]")
    ]
    web_login: Annotated[bool, typer.Option("--web-login", help="With --ui: ask for PULSETRAIN_LOGIN, USER:PASSWORD.")]
    prometheus_port: Annotated[
        int | None, typer.Option("--prometheus-port", metavar="PORT", parser=whole_number, help="Serve metrics there.")
    ]
    html: Annotated[str | None, typer.Option("--html", metavar="FILE", help="Write Locust's report, ours in it.")]
    csv: Annotated[str | None, typer.Option("--csv", metavar="FILE", help="Write latencies and steps.")]
    junit: Annotated[str | None, typer.Option("--junit", metavar="FILE", help="Write the verdict as JUnit XML.")]
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="Add the report to this file, a line of JSON.")
    ]
    logs: Annotated[str | None, typer.Option("--logs", metavar="DIR", help="Keep what each process wrote here.")]
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout; progress stays on stderr.")]
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Nothing but the verdict.")]


def loadtest(
    scenario: Scenario, *, rate: Rate = 1_000.0, duration: Length = None, **options: Unpack[LoadOptions]
) -> int:
    """Load a consumer in the open model, from events due to decisions seen.

    Starts a broker, the reference consumer and Locust, and stops them. Exit codes: 0 pass, 1 fail,
    2 inconclusive or invalid, 64 wrong usage, 69 a service is unavailable, 130 interrupted.

    Example:  pulsetrain loadtest sepsis --rate 1000 --duration 60s
    """
    from loadtests.asked_for import perform

    given: dict[str, Any] = {name: value for name, value in options.items() if value not in (None, False, [])}
    return perform(scenario, rate=rate, duration=duration, options=given, here=Path.cwd())

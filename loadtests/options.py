"""The options of a load test, once: for `locust -f`, for Locust's form, and for `pulsetrain loadtest`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from loadtests.asked import Asked
from loadtests.shapes import SHAPES
from loadtests.spec import WARM_UP, LoadSpec, load_spec_of
from simulator.core.errors import UsageError

LOOPBACK = "127.0.0.1"
CONDUCTED = "PULSETRAIN_CONDUCTED"  # a variable of the environment: our own command has started Locust
DEFAULT_WARDS = 100  # our choice: so that a step of a shape is a hundredth of the rate


@dataclass(frozen=True, slots=True)
class Option:
    """An option as Locust's parser takes it; those of the form can be changed there."""

    name: str
    help: str
    default: Any = None
    in_form: bool = False
    more: dict[str, Any] = field(default_factory=dict)


OPTIONS = (
    Option("scenario", "A scenario of `pulsetrain list`.", "sepsis", in_form=True),
    Option("transport", "The cluster: kafka://HOST:PORT[,HOST:PORT].", "kafka://127.0.0.1:9092"),
    Option("kafka-config", "Client settings (TLS, SASL): librdkafka properties."),
    Option("topic-prefix", "Put before every topic's name.", ""),
    Option("consumer", "reference, another of describe, echo, or external.", "reference"),
    Option("shape", "How the rate goes: NAME or NAME:KEY=VALUE,...", "constant", True, {"choices": SHAPES}),
    Option("rate-per-ward", "Events a second that each user stands for.", 100.0, True, {"type": float}),
    Option("subjects", "Subjects of a cohort; another follows where it ends.", None, False, {"type": int}),
    Option("cohort-duration", "Simulated time of a cohort, such as 72h."),
    Option("seed", "Chance: the same seed, the same load.", None, False, {"type": int}),
    Option("set", "A scenario parameter, NAME=VALUE. Repeatable.", (), False, {"action": "append"}),
    Option(
        "fault", "What the wire does wrong, such as late:0.05,mean=2h. Repeatable.", (), False, {"action": "append"}
    ),
    Option("require", "A condition of the verdict, such as p99_ms<=50. Repeatable.", (), False, {"action": "append"}),
    Option("slo", "The longest latency that is not late.", "1s", in_form=True),
    Option("grace", "How long to wait for decisions when nothing comes any more.", "30s"),
    Option("warm-up", "How long the load goes on before it is measured; 0s for not at all.", WARM_UP, True),
    Option("every", "Of the consumer echo: events to one answer.", 20, False, {"type": int}),
    Option("find-knee", "Search the highest rate that is sustained.", False, False, {"action": "store_true"}),
    Option("report-json", "Add the report to this file, as one line of JSON; - is stdout."),
    Option("junit", "Write the verdict to this file as JUnit XML."),
    Option("e2e-csv", "Write the latencies and the steps to this file as CSV."),
    Option("baseline", "Compare with the reports in this file."),
    Option(
        "prometheus-port", "Serve metrics on this port of the loopback; 0 takes a free one.", None, False, {"type": int}
    ),
    Option("codec", "Wire format.", "cloudevents"),
    Option(
        "say",
        "What is printed at the end: summary, json, quiet, or locust (Locust's own tables and one line).",
        "locust",
    ),
    Option("repeat", "The line that repeats the load, to be shown with the report.", ""),
)


class _ShapeNames(list[str]):
    """The names that the form offers; the command line takes numbers behind them, which `parse_shape` checks."""

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str)


def add_options(parser: Any) -> None:
    """Add every option to Locust's parser.

    Locust listens to this machine alone, unless it is told otherwise.
    """
    for one in OPTIONS:
        more = dict(one.more)
        if "choices" in more:
            more["choices"] = _ShapeNames(more["choices"])
        more["include_in_web_ui"] = one.in_form
        default = list(one.default) if isinstance(one.default, tuple) else one.default
        parser.add_argument(f"--{one.name}", help=one.help, default=default, **more)
    parser.set_defaults(web_host=LOOPBACK, master_bind_host=LOOPBACK)


def spec_of(options: Namespace, *, wards: int) -> LoadSpec:
    """Return the LoadSpec of parsed options. Raises UsageError."""
    fields: dict[str, Any] = {
        "scenario": options.scenario,
        "transport": options.transport,
        "kafka_config": options.kafka_config or None,
        "topic_prefix": options.topic_prefix or "",
        "consumer": options.consumer,
        "rate": float(options.rate_per_ward) * wards,
        "subjects": options.subjects,
        "duration": options.cohort_duration or None,
        "seed": options.seed,
        "set": settings_of(options.set or ()),
        "fault": tuple(options.fault or ()),
        "require": tuple(options.require or ()),
        "slo": options.slo,
        "grace": options.grace,
        "warm_up": options.warm_up,
        "every": options.every,
        "codec": options.codec,
    }
    return load_spec_of(fields)


def asked_of(options: Namespace) -> Asked:
    """Return what is asked of the load by parsed options. Raises UsageError."""
    wards = options.num_users or DEFAULT_WARDS
    asked = Asked(
        shape=options.shape or "constant",
        seconds=float(options.run_time) if options.run_time else None,
        rate=float(options.rate_per_ward) * wards,
        wards=wards,
    )
    asked.check()
    return asked


def settings_of(texts: Sequence[str]) -> dict[str, str]:
    """Return scenario parameters by name, from texts NAME=VALUE. Raises UsageError."""
    pairs = [text.partition("=") for text in texts]
    for text, (name, equals, _) in zip(texts, pairs, strict=True):
        if not name or not equals:
            raise UsageError(f'--set "{text}" is not understood. Write NAME=VALUE.')
    return {name: value for name, _, value in pairs}

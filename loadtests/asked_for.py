"""From the options of `pulsetrain loadtest` to a load test that is conducted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from loadtests.asked import Asked
from loadtests.conductor import Setting, conduct, to_stderr
from loadtests.options import DEFAULT_WARDS, settings_of
from loadtests.repeating import OWN_BROKER_WARM_UP, repeat_command
from loadtests.reporting.json_line import read_reports
from loadtests.spec import ECHO, EXTERNAL, LoadSpec, load_spec_of
from simulator.core.errors import UsageError
from simulator.core.suggestions import installation
from simulator.core.time import parse_duration

WEB_PORT = 8_089  # Locust's own
_SPEC = (
    "transport",
    "kafka_config",
    "topic_prefix",
    "consumer",
    "subjects",
    "seed",
    "codec",
    "every",
    "slo",
    "grace",
    "warm_up",
)
_FLAGS = ("find_knee", "baseline", "prometheus_port", "html", "junit")
_FILES = ("out", "html", "csv", "junit")


def perform(scenario: str, *, rate: float, duration: str | None, options: Mapping[str, Any], here: Path) -> int:
    """Conduct a load test that is asked for by options; return its exit code.

    Raises UsageError where Locust is not installed or an option cannot be.
    """
    _check_goes_together(options)
    _check_files(options, here)
    spec, asked = load_of(scenario, rate=rate, duration=duration, options=options)
    _check_installed(spec.consumer)
    setting = Setting(
        consumers=options.get("consumers", 1),
        processes=options.get("processes", 1),
        ui="ui" in options,
        web_port=options.get("web_port", WEB_PORT),
        autostart="autostart" in options,
        own_broker="transport" not in options,
        logs=here / options["logs"] if "logs" in options else None,
        words=tuple(_words(scenario, rate=rate, duration=duration, options=options)),
    )
    return conduct(spec, asked, setting, say=(lambda _: None) if options.get("quiet") else to_stderr)


def _check_goes_together(options: Mapping[str, Any]) -> None:
    if "json" in options and "quiet" in options:
        raise UsageError("--json and --quiet exclude each other. Give one of them.")
    if "find_knee" in options and "ui" in options:
        raise UsageError("--find-knee chooses rates by itself, so a form has nothing to say: leave --ui out.")
    if "find_knee" in options and options.get("shape", "constant") != "constant":
        raise UsageError(f'--find-knee chooses its own rates: leave --shape "{options["shape"]}" out.')
    consumer = options.get("consumer", "reference")
    needless = {
        "--ui": [] if "ui" in options else ["autostart", "web_port", "web_login"],
        "--consumer echo": [] if consumer == ECHO else ["every"],
        "a consumer of the scenario": ["consumers"] if consumer in (ECHO, EXTERNAL) else [],
    }
    for needed, names in needless.items():
        if given := next((name for name in names if name in options), None):
            raise UsageError(f"--{given.replace('_', '-')} is for {needed} alone. Leave it out.")


def _check_files(options: Mapping[str, Any], here: Path) -> None:
    """Refuse at the door what could not be written, or read, when a long load is over."""
    for name in _FILES:
        if name in options and not _is_writable(here / options[name]):
            text = f'--{name} "{options[name]}" cannot be written. Name a file in a folder that you may write to.'
            raise UsageError(text)
    if "baseline" in options:
        read_reports(here / options["baseline"])


def _is_writable(path: Path) -> bool:
    return not path.is_dir() and path.parent.is_dir() and os.access(path if path.exists() else path.parent, os.W_OK)


def _check_installed(consumer: str) -> None:
    wanted = {"locust": "load", "scipy": "load"} | (
        {} if consumer in (ECHO, EXTERNAL) else {"quixstreams": "consumers"}
    )
    extras = sorted(set(wanted.values()))
    if missing := next((module for module in wanted if find_spec(module) is None), None):
        raise UsageError(f"{missing} is not installed. Install it with: {installation(*extras)}.")


def load_of(scenario: str, *, rate: float, duration: str | None, options: Mapping[str, Any]) -> tuple[LoadSpec, Asked]:
    """Return what is loaded, and how. Raises UsageError."""
    fields = {name: options[name] for name in _SPEC if name in options}
    if "transport" not in options:
        # A broker that has just been started compiles its code for some ten seconds.
        fields.setdefault("warm_up", OWN_BROKER_WARM_UP)
    require = list(options.get("require", ()))
    # A search seeks where the SLO is no longer met, so it is no condition of the whole search.
    if "slo" in options and "find_knee" not in options:
        require.append(f"p99_ms<={parse_duration(options['slo'])}")
    spec = load_spec_of(
        {
            **fields,
            "scenario": scenario,
            "rate": rate,
            "duration": options.get("cohort_duration"),
            "set": settings_of(options.get("set", ())),
            "fault": tuple(options.get("fault", ())),
            "require": tuple(require),
        }
    )
    seconds = None if duration is None else parse_duration(duration) / 1_000
    asked = Asked(shape=options.get("shape", "constant"), seconds=seconds, rate=rate, wards=DEFAULT_WARDS)
    return spec, asked


def _words(scenario: str, *, rate: float, duration: str | None, options: Mapping[str, Any]) -> list[str]:
    words = ["--repeat", repeat_command(scenario, rate=rate, duration=duration, options=options)]
    words += ["--codec", options["codec"]] if "codec" in options else []
    words += ["--e2e-csv", options["csv"]] if "csv" in options else []
    words += ["--report-json", options["out"]] if "out" in options else []
    words += ["--say", next((name for name in ("json", "quiet") if name in options), "summary")]
    words += ["--web-login"] if "web_login" in options else []
    for name in _FLAGS:
        if name in options:
            option = f"--{name.replace('_', '-')}"
            words += [option] if options[name] is True else [option, str(options[name])]
    return words

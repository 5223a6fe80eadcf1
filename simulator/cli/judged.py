"""What `run`, `replay` and `score` have in common: what is shown, and the exit code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

import msgspec

from simulator.cli.specs import spec_fields
from simulator.harness.plan import add_conditions
from simulator.harness.registry import load_scenario
from simulator.harness.result import Run
from simulator.harness.run import OnProgress
from simulator.harness.spec import RunSpec, fresh_prefix

EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 2}
_MANNERS = ("json", "quiet")
_WIRE = ("transport", "kafka_config", "topic_prefix")


@contextmanager
def watch(options: Mapping[str, object]) -> Iterator[OnProgress | None]:
    """Show progress on stderr while the block lasts, unless asked to be quiet."""
    if options.get("quiet"):
        yield None
        return
    from simulator.reporting.progress import show_progress

    with show_progress() as on_progress:
        yield on_progress


def conclude(run: Run, options: Mapping[str, object], *, spec: RunSpec, repeat: str | None = None) -> int:
    """Print a run in the manner asked for; return the exit code of its verdict."""
    report = run.report if repeat is None else msgspec.structs.replace(run.report, repeat=repeat)
    if options.get("json"):
        print(msgspec.json.encode(report).decode())
    elif options.get("quiet"):
        print("  ".join([report.verdict, report.scenario, f"seed {report.seed}", "; ".join(report.reasons)]).strip())
    else:
        from simulator.reporting.terminal import print_run, stdout_console

        scenario = load_scenario(spec.scenario)
        asked = spec_fields(options).get("require", ())
        requirements = add_conditions(scenario, scenario.requirements, spec.require, asked)
        print_run(report, scenario, requirements=requirements, console=stdout_console())
    return EXIT_CODES[report.verdict]


def again(command: str, folder: Path, options: Mapping[str, object]) -> str:
    """Return the line that repeats a command on a run folder, on a free wire."""
    words = [f"pulsetrain {command} {quote(str(folder))}"]
    for name, value in _on_a_free_wire(options).items():
        option = f"--{name.replace('_', '-')}"
        if name == "out" or name in _MANNERS or value is None:
            continue
        words += [option] if value is True else [f"{option} {quote(str(one))}" for one in _each(value)]
    return " ".join(words)


def _on_a_free_wire(options: Mapping[str, object]) -> dict[str, object]:
    if options.get("consumer") == "external":
        return {**options, "topic_prefix": fresh_prefix(str(options.get("topic_prefix") or ""))}
    return {name: value for name, value in options.items() if name not in _WIRE}


def _each(value: object) -> list[object]:
    if value is False:
        return []
    return value if isinstance(value, list) else [value]

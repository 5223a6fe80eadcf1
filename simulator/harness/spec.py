"""What to run: a RunSpec as the caller says it, and the Plan it resolves to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from shlex import quote

import msgspec

from simulator.core.errors import UsageError
from simulator.core.scenario import Defaults, Scenario
from simulator.core.suggestions import suggestion
from simulator.core.time import Milliseconds, SimTime, format_duration, format_instant, parse_duration, parse_instant
from simulator.harness.registry import load_scenario

_AGAIN = re.compile(r"again(?:-([0-9]{1,9}))?\.")


class RunSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One execution, as a caller says it; what is None is the scenario's default.

    Names and texts are those of the command line's options. `speed` is simulated seconds a
    wall second, None as fast as can be. `step` is the length of a step of the world; the
    output does not depend on it. `set` holds scenario parameters by name.
    """

    scenario: str
    subjects: int | None = None
    duration: str | None = None
    start: str | None = None
    seed: int | None = None
    set: dict[str, str | int | float | bool] = {}
    transport: str = "memory"
    kafka_config: str | None = None
    topic_prefix: str = ""
    speed: float | None = None
    consumer: str = "reference"
    grace: str = "30s"
    open_loop: bool = False
    fault: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    workers: int = 1
    codec: str = "cloudevents"
    step: str | None = None
    out: str | None = None


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How large, how long, from when, and with which chance."""

    subjects: int
    duration: Milliseconds
    start: SimTime
    seed: int

    @property
    def end(self) -> SimTime:
        """Return the instant at which the run ends."""
        return SimTime(self.start + self.duration)


def make_spec(scenario: str, options: Mapping[str, object]) -> RunSpec:
    """Return the RunSpec of a scenario and options by name.

    Raises UsageError for an option that does not exist or is of another type.
    """
    known = [field.name for field in msgspec.structs.fields(RunSpec) if field.name != "scenario"]
    for name in options:
        if name not in known:
            raise UsageError(f'no option "{name}".{suggestion(name, known)} Known: {", ".join(known)}.')
    try:
        return msgspec.convert({**options, "scenario": scenario}, RunSpec)
    except msgspec.ValidationError as error:
        raise UsageError(f"an option of {scenario} is not valid: {error}. See `pulsetrain run --help`.") from None


def resolve_size(spec: RunSpec, scenario: Scenario) -> Size:
    """Return the size of a run, the scenario's defaults filled in. Raises UsageError."""
    defaults: Defaults = scenario.defaults
    duration = defaults.duration if spec.duration is None else parse_duration(spec.duration)
    return Size(
        subjects=_subjects(spec, scenario),
        duration=duration,
        start=defaults.start if spec.start is None else parse_instant(spec.start),
        seed=_seed(defaults.seed if spec.seed is None else spec.seed),
    )


def resolve_parameters(spec: RunSpec, scenario: Scenario) -> msgspec.Struct:
    """Return the scenario's parameters with those of `set` put in. Raises UsageError."""
    known = [field.name for field in msgspec.structs.fields(scenario.parameters)]
    for name in spec.set:
        if name not in known:
            raise UsageError(
                f'{scenario.id} has no parameter "{name}".{suggestion(name, known)} '
                f"See `pulsetrain describe {scenario.id}`."
            )
    try:
        return msgspec.convert(spec.set, scenario.parameters, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"{_refusal(spec, str(error))}. See `pulsetrain describe {scenario.id}`.") from None


def resolved(spec: RunSpec) -> RunSpec:
    """Return a spec with the scenario's version and defaults filled in.

    It is the same run whatever the defaults become. Raises UsageError.
    """
    scenario = load_scenario(spec.scenario)
    size = resolve_size(spec, scenario)
    return msgspec.structs.replace(
        spec,
        scenario=scenario.id,
        subjects=size.subjects,
        duration=format_duration(size.duration),
        start=format_instant(size.start),
        seed=size.seed,
    )


def repeat_command(spec: RunSpec) -> str:
    """Return the one line that repeats the run: every size and default spelled out.

    A folder or a cluster that holds a run takes no second one under the same names. Who decides
    in this process decides in memory as over any wire, so there the line needs no wire; who
    decides outside is given other names.
    """
    spec = resolved(_on_a_free_wire(spec))
    words = [f"pulsetrain run {spec.scenario} --subjects {spec.subjects} --duration {spec.duration}"]
    words += [f"--start {spec.start} --seed {spec.seed}"]
    words += [f"--set {quote(f'{name}={_plain(value)}')}" for name, value in sorted(spec.set.items())]
    for name in ("transport", "kafka_config", "topic_prefix", "speed", "consumer", "grace", "workers", "codec", "step"):
        value = getattr(spec, name)
        if value != _default(name):
            words.append(f"--{name.replace('_', '-')} {quote(_plain(value))}")
    words += ["--open-loop"] if spec.open_loop else []
    words += [f"--fault {quote(text)}" for text in spec.fault] + [f"--require {quote(text)}" for text in spec.require]
    return " ".join(words)


def fresh_prefix(prefix: str) -> str:
    """Return the prefix of topics for a repeat.

    It is `again.` before the prefix of the run, then `again-2.` in its place, and so on.
    """
    found = _AGAIN.match(prefix)
    return f"again-{int(found[1] or 1) + 1}.{prefix[found.end() :]}" if found else f"again.{prefix}"


def load_spec(path: Path) -> RunSpec:
    """Read a RunSpec from a TOML file. Raises UsageError naming file and field."""
    try:
        fields = msgspec.toml.decode(path.read_bytes())
        if fields.get("speed") == "max":
            del fields["speed"]  # TOML has no null, which stands for it in a RunSpec
        return msgspec.convert(fields, RunSpec)
    except FileNotFoundError:
        raise UsageError(
            f'no file "{path}". Name a scenario of `pulsetrain list` or a TOML file that exists.'
        ) from None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no run file: {error}.") from None


def _subjects(spec: RunSpec, scenario: Scenario) -> int:
    subjects = scenario.defaults.subjects if spec.subjects is None else spec.subjects
    if not 1 <= subjects <= scenario.maximum_subjects:
        raise UsageError(
            f"--subjects {subjects} is not between 1 and {scenario.maximum_subjects:,}, the most of {scenario.id}."
        )
    return subjects


def _seed(seed: int) -> int:
    if not 0 <= seed < 2**63:
        raise UsageError(f"--seed {seed} is not between 0 and 2^63 - 1.")
    return seed


def _refusal(spec: RunSpec, text: str) -> str:
    """Return what msgspec has against a parameter, named as the caller wrote it."""
    reason, _, name = text.rstrip("`").rpartition(" - at `$.")
    if name not in spec.set:
        return f"--set is not valid: {text}"
    return f"--set {quote(f'{name}={_plain(spec.set[name])}')} is not valid: {reason[:1].lower()}{reason[1:]}"


def _on_a_free_wire(spec: RunSpec) -> RunSpec:
    if spec.consumer == "external":
        return msgspec.structs.replace(spec, topic_prefix=fresh_prefix(spec.topic_prefix))
    return msgspec.structs.replace(spec, transport="memory", kafka_config=None, topic_prefix="")


def _default(name: str) -> object:
    return {field.name: field.default for field in msgspec.structs.fields(RunSpec)}[name]


def _plain(value: object) -> str:
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)

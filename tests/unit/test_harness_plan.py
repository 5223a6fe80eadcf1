"""What a run is asked to be: resolved whole, refused at the door, repeated by one line."""

from __future__ import annotations

import shlex
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.core.errors import UsageError
from simulator.core.time import hours, minutes, parse_instant
from simulator.harness.plan import make_plan, requirements_of
from simulator.harness.registry import load_scenario
from simulator.harness.spec import RunSpec, Size, fresh_prefix, load_spec, make_spec, repeat_command

pytestmark = pytest.mark.usefixtures("tiny")
SEE = "See `pulsetrain describe tiny-v1`."
LISTS = ("fault", "require")
LENGTHS = "Write a length such as 72h or 30d."


def spec_of(line: str) -> RunSpec:
    """Read a printed command as a command line does."""
    program, command, scenario, *words = shlex.split(line)
    assert (program, command) == ("pulsetrain", "run")
    fields: dict[str, object] = {}
    while words:
        name = words.pop(0).removeprefix("--").replace("-", "_")
        if name == "open_loop":
            fields[name] = True
        elif name in LISTS:
            fields.setdefault(name, []).append(words.pop(0))  # type: ignore[attr-defined]  # a list by construction
        elif name == "set":
            key, _, value = words.pop(0).partition("=")
            fields.setdefault(name, {})[key] = value  # type: ignore[index]  # a dict by construction
        else:
            fields[name] = words.pop(0)
    return msgspec.convert({"scenario": scenario, **fields}, RunSpec, strict=False)


def test_what_is_not_said_is_the_scenarios_default() -> None:
    plan = make_plan(RunSpec(scenario="tiny"))
    start = parse_instant("2026-01-05T00:00:00Z")
    assert plan.size == Size(subjects=20, duration=hours(8), start=start, seed=42)
    assert [str(one) for one in plan.requirements] == ["sensitivity>=0.9", "ppv>=0.9"]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([], ["sensitivity>=0.9", "ppv>=0.9"]),
        ([["alarms_per_subject<=1"]], ["sensitivity>=0.9", "ppv>=0.9", "alarms_per_subject<=1"]),
        ([["sensitivity>=0.1"]], ["sensitivity>=0.1", "ppv>=0.9"]),
        ([["ppv>0", "ppv<1"]], ["sensitivity>=0.9", "ppv>0", "ppv<1"]),
        ([["ppv>0", "ppv<1"], ["ppv>=0.5"]], ["sensitivity>=0.9", "ppv>=0.5"]),
    ],
)
def test_conditions_add_up_and_one_on_the_same_metric_replaces(layers: list[list[str]], expected: list[str]) -> None:
    assert [str(one) for one in requirements_of(load_scenario("tiny"), *layers)] == expected


def test_a_closed_loop_is_never_stepped_beyond_the_reaction_time() -> None:
    assert make_plan(RunSpec(scenario="tiny")).step == minutes(30)
    assert make_plan(RunSpec(scenario="tiny", open_loop=True)).step == hours(6)


def test_the_steps_end_where_the_run_ends() -> None:
    plan = make_plan(RunSpec(scenario="tiny", duration="2h", open_loop=True, step="45m"))
    elapsed = [moment - plan.size.start for moment in plan.instants()]
    assert elapsed == [minutes(45), minutes(90), minutes(120)]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"scenario": "tinny"}, 'no scenario "tinny". Did you mean "tiny"? See `pulsetrain list`.'),
        ({"scenario": "tiny-v2"}, 'no scenario "tiny-v2". Did you mean "tiny-v1"? See `pulsetrain list`.'),
        ({"subjects": 0}, "--subjects 0 is not between 1 and 1,000, the most of tiny-v1."),
        ({"subjects": -5}, "--subjects -5 is not between 1 and 1,000, the most of tiny-v1."),
        ({"subjects": 10**9}, "--subjects 1000000000 is not between 1 and 1,000, the most of tiny-v1."),
        ({"duration": "72hh"}, 'duration "72hh" is not understood. Write 72h, 90m, 1h30m, 2d, 30s or 500ms.'),
        ({"duration": "0h"}, 'duration "0h" is zero. Write a positive length such as 72h.'),
        ({"duration": f"{'9' * 400}h"}, f'duration "{"9" * 40}..." is longer than ten years. {LENGTHS}'),
        ({"step": f"{'9' * 400}h"}, f'duration "{"9" * 40}..." is longer than ten years. {LENGTHS}'),
        ({"grace": "3660d1ms"}, f'duration "3660d1ms" is longer than ten years. {LENGTHS}'),
        ({"duration": "4000d"}, 'duration "4000d" is longer than ten years. Write a length such as 72h or 30d.'),
        ({"start": "yesterday"}, 'instant "yesterday" is not understood. Write 2026-01-05T00:00:00Z.'),
        (
            {"start": "2026-01-05T00:00:00"},
            'instant "2026-01-05T00:00:00" has no time zone. Write 2026-01-05T00:00:00Z.',
        ),
        ({"seed": -1}, "--seed -1 is not between 0 and 2^63 - 1."),
        (
            {"set": {"sik_share": 1}},
            'tiny-v1 has no parameter "sik_share". Did you mean "sick_share"? See `pulsetrain describe tiny-v1`.',
        ),
        (
            {"set": {"sick_share": "much"}},
            "--set sick_share=much is not valid: expected `float`, got `str`. See `pulsetrain describe tiny-v1`.",
        ),
        (
            {"set": {"sick_share": 1.5}},
            "--set sick_share=1.5 is not valid: expected `float` <= 1.0. See `pulsetrain describe tiny-v1`.",
        ),
        ({"codec": "xml"}, 'no codec "xml". Known: cloudevents.'),
        (
            {"consumer": "deaff"},
            'tiny-v1 has no consumer "deaff". Did you mean "deaf"? Known: reference, deaf, none, external.',
        ),
        (
            {"consumer": "external"},
            "--consumer external cannot take part over --transport memory. Use kafka://HOST:PORT.",
        ),
        (
            {"consumer": "external", "transport": "file:kept"},
            "--consumer external cannot take part over --transport file:kept. Use kafka://HOST:PORT.",
        ),
        ({"speed": 0.0}, "--speed 0 is not above 0 and at most 1,000,000. Write max, 60 or 1."),
        ({"speed": float("nan")}, "--speed nan is not above 0 and at most 1,000,000. Write max, 60 or 1."),
        ({"workers": 0}, "--workers 0 is not between 1 and 64."),
        (
            {"step": "31m"},
            "--step 31m is longer than the 30m in which tiny-v1 reacts.",
        ),
        ({"grace": "soon"}, 'duration "soon" is not understood. Write 72h, 90m, 1h30m, 2d, 30s or 500ms.'),
        (
            {"require": ("sensitivty>=0.5",)},
            'requirement "sensitivty>=0.5": no score "sensitivty". Did you mean "sensitivity"? ' + SEE,
        ),
    ],
)
def test_what_cannot_be_is_refused_before_the_first_event(fields: dict[str, object], text: str) -> None:
    with pytest.raises(UsageError) as refused:
        make_plan(RunSpec(**{"scenario": "tiny", **fields}))  # type: ignore[arg-type]  # wrong on purpose
    assert str(refused.value) == text


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"subject": 5}, 'no option "subject". Did you mean "subjects"? Known: subjects, duration,'),
        ({"scenario": "other"}, 'no option "scenario".'),
        ({"subjects": "many"}, "an option of tiny is not valid: Expected `int | null`, got `str` - at `$.subjects`."),
        ({"fault": "late:0.1"}, "an option of tiny is not valid: Expected `array`, got `str` - at `$.fault`."),
    ],
)
def test_an_option_that_is_none_is_named(options: dict[str, object], text: str) -> None:
    with pytest.raises(UsageError) as refused:
        make_spec("tiny", options)
    assert str(refused.value).startswith(text)


def test_the_repeat_line_spells_out_every_size() -> None:
    assert repeat_command(RunSpec(scenario="tiny")) == (
        "pulsetrain run tiny-v1 --subjects 20 --duration 8h --start 2026-01-05T00:00:00.000Z --seed 42"
    )


EVERYTHING = RunSpec(
    scenario="tiny-v1",
    subjects=7,
    duration="1h30m",
    start="2026-03-01T12:00:00.500Z",
    seed=2**62,
    set={"sick_share": 0.1234567890123},
    transport="file:/tmp/a folder; with 'signs'",
    kafka_config="client $HOME.properties",
    topic_prefix="mine.",
    speed=3600.125,
    consumer="deaf",
    grace="90s",
    open_loop=True,
    fault=("late:0.05,mean=2h", "drop:0.1"),
    require=("ppv>=0.5", "sensitivity>0.123456789"),
    workers=2,
    step="10m",
)


def test_the_repeat_line_reads_back_as_the_same_run() -> None:
    again = spec_of(repeat_command(EVERYTHING))
    in_memory = msgspec.structs.replace(EVERYTHING, transport="memory", kafka_config=None, topic_prefix="")
    assert msgspec.structs.replace(again, set={"sick_share": 0.1234567890123}) == in_memory
    assert make_plan(again).parameters == make_plan(EVERYTHING).parameters


def test_the_repeat_line_of_an_outside_consumer_takes_topics_that_are_free() -> None:
    outside = RunSpec(scenario="tiny", transport="kafka://127.0.0.1:9092", kafka_config="c", consumer="external")
    again = spec_of(repeat_command(outside))
    assert (again.transport, again.kafka_config, again.topic_prefix) == (outside.transport, "c", "again.")
    assert spec_of(repeat_command(again)).topic_prefix == "again-2."


@pytest.mark.parametrize(
    ("prefix", "fresh"),
    [
        ("", "again."),
        ("again.", "again-2."),
        ("again-9.", "again-10."),
        ("mine.", "again.mine."),
        ("again-2.mine.", "again-3.mine."),
        ("again-x.", "again.again-x."),
    ],
)
def test_a_repeat_of_a_repeat_counts_up(prefix: str, fresh: str) -> None:
    assert fresh_prefix(prefix) == fresh


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    speed=st.none() | st.floats(1e-6, 1e6),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**63 - 1),
    duration=st.integers(1, 10**10),
)
def test_no_digit_is_lost_on_the_repeat_line(speed: float | None, share: float, seed: int, duration: int) -> None:
    spec = RunSpec(
        scenario="tiny", speed=speed, set={"sick_share": share}, seed=seed, duration=f"{duration}ms", open_loop=True
    )
    plan, again = make_plan(spec), make_plan(spec_of(repeat_command(spec)))
    assert (again.size, again.parameters, again.spec.speed) == (plan.size, plan.parameters, speed)


def test_a_run_file_holds_the_same_names(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('scenario = "tiny"\nsubjects = 5\nopen_loop = true\nfault = ["drop:0.1"]\n[set]\nsick_share = 1\n')
    expected = RunSpec(scenario="tiny", subjects=5, open_loop=True, fault=("drop:0.1",), set={"sick_share": 1})
    assert load_spec(path) == expected


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b'scenario = "tiny"\nsubject = 5\n', "Object contains unknown field `subject`"),
        (b"scenario", "is no run file"),
        (b"\xff\xfe", "is no run file"),
    ],
)
def test_a_run_file_that_is_none_is_refused_by_name(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError) as refused:
        load_spec(path)
    assert str(path) in str(refused.value)
    assert text in str(refused.value)


def test_a_run_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no file .*run.toml"):
        load_spec(tmp_path / "run.toml")

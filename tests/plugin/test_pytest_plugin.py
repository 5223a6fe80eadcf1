"""The pytest plugin as its user meets it: a test file in an empty folder, and pytest."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.usefixtures("tiny")

HEAVY = """
    confluent_kafka faker mimesis numpy quixstreams rich simulator.brokers simulator.codecs
    simulator.harness simulator.testing testcontainers typer zstandard
    """.split()
MARK = '@pytest.mark.scenario("tiny-v1", subjects=30, seed=3)'
REPEAT = "pulsetrain run tiny-v1 --subjects 30 --duration 8h --start 2026-01-05T00:00:00.000Z --seed 3"


def run(pytester: pytest.Pytester, code: str, *arguments: str) -> pytest.RunResult:
    """Run pytest on a file with that code, in a process of its own, strictly."""
    pytester.makepyfile(f"import pytest\n\n{code}")
    return pytester.runpytest_subprocess("--strict-markers", "-W", "error", *arguments)


def test_loading_the_plugin_loads_nothing_heavy() -> None:
    script = f"import sys, simulator.pytest_plugin; print([one for one in {HEAVY} if one in sys.modules])"
    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "[]"


def test_a_test_that_uses_no_fixture_pays_nothing(pytester: pytest.Pytester) -> None:
    code = f"""
import sys
def test_it():
    assert "simulator.pytest_plugin" in sys.modules
    assert [one for one in {HEAVY} if one in sys.modules] == []
"""
    # Faker comes with a plugin of its own, which loads it.
    run(pytester, code, "-p", "no:faker").assert_outcomes(passed=1)


def test_marker_options_and_fixtures_are_there_without_an_import(pytester: pytest.Pytester) -> None:
    markers = pytester.runpytest_inprocess("--markers")
    markers.stdout.fnmatch_lines(["@pytest.mark.scenario(name, [*][*]options): *"])
    fixtures = pytester.runpytest_inprocess("--fixtures", "-v")
    fixtures.stdout.fnmatch_lines_random(["judge *", "kafka_cluster *", "scenario_run *"])
    usage = pytester.runpytest_inprocess("--help")
    usage.stdout.fnmatch_lines_random(["*--pulsetrain-cluster=KIND*", "*pulsetrain_cluster (string):*"])


def test_a_scenario_is_run_streamed_and_judged_when_it_is_asked_for(pytester: pytest.Pytester) -> None:
    code = f"""
{MARK}
def test_run(scenario_run):
    assert scenario_run.run is scenario_run.run
    assert scenario_run.verdict == scenario_run.run.verdict == "pass"
    assert scenario_run.score["sensitivity"] == 1.0
    assert len(scenario_run.labels) == len(scenario_run.decisions) > 10
    assert sum(1 for _ in scenario_run.events()) > 1_000

@pytest.mark.scenario("tiny-v1", subjects=1_000, duration="3650d")
def test_nothing_is_run_before_it_is_asked_for(scenario_run, judge):
    assert scenario_run.spec.subjects == 1_000

@pytest.mark.scenario("tiny-v1", consumer="deaf", fault=["late:0.1"])
def test_every_option_of_a_run_counts(scenario_run):
    assert scenario_run.verdict == "inconclusive"
    assert scenario_run.run.report.delivery.faults > 0

@pytest.mark.scenario("tiny-v1", seed=1)
class TestMarked:
    def test_the_class(self, scenario_run):
        assert scenario_run.spec.seed == 1

    @pytest.mark.scenario("tiny-v1", seed=2)
    def test_the_test(self, scenario_run):
        assert scenario_run.spec.seed == 2

@pytest.mark.scenario("tiny-v1", require=["sensitivity>=0"])
def test_the_judge_judges_what_a_test_brings(scenario_run, judge):
    decisions, labels = scenario_run.decisions, scenario_run.labels
    judged = judge(decisions[:1], labels)
    assert (judged.verdict, judged.reasons) == ("pass", ())
    assert judged.score["alarms_per_subject"] == 1 / 20
    assert judge(decisions, labels, require=["alarms_per_subject<=0"]).verdict == "fail"
    assert judge(decisions[:1], labels, require=["alarms_per_subject<=1"]).verdict == "pass"
    assert judge(decisions[:1], labels, require=["sensitivity>=0.9"]).verdict == "fail"
    assert judge([], labels).verdict == "inconclusive"

{MARK}
def test_decisions_about_the_stream_are_judged_against_its_labels(scenario_run):
    from msgspec.structs import replace
    from simulator import Decision
    from tests.tiny_scenario import Fever

    def alarm(cause):
        return Decision(type="alarm.raised", subject=cause.subject, time=cause.published_at, caused_by=cause.id,
                        data=Fever(celsius=cause.data.celsius))

    alarms = {{event.subject: alarm(event) for event in scenario_run.events() if event.data.celsius > 38}}
    assert scenario_run.judge(list(alarms.values())).verdict == "pass"
    assert scenario_run.judge(list(alarms.values())[:2]).verdict == "fail"
    assert scenario_run.judge(list(alarms.values())[:2], require=["ppv>=0"]).verdict == "fail"
    assert scenario_run.judge(list(alarms.values())[:2], require=["sensitivity>=0"]).verdict == "pass"
    early = [replace(one, time=one.time - 1) for one in alarms.values()]
    judged = scenario_run.judge([*alarms.values(), replace(early[0], id="early")])
    assert judged.verdict == "inconclusive"
    assert judged.reasons[0].startswith("1 decisions are dated before their cause was published, or")
    assert scenario_run.judge(early).score["sensitivity"] == 0.0
    made_up = Decision(type="alarm.raised", subject="a", time=0, caused_by="nothing", data=Fever(celsius=40.0))
    judged = scenario_run.judge([*alarms.values(), made_up])
    assert judged.verdict == "fail"
    assert "never published" in judged.reasons[0]
"""
    run(pytester, code).assert_outcomes(passed=7)


def test_a_mistake_in_the_mark_is_one_line_at_setup(pytester: pytest.Pytester) -> None:
    lines = {
        "skipif(False, reason='')": "UsageError: *::test_0 names no scenario. Mark the test, its class or its module *",
        "scenario()": "UsageError: *::test_1: the marker scenario takes one name and options by name. *",
        "scenario('tiny-v1', 5)": "UsageError: *::test_2: the marker scenario takes one name and options by name. *",
        "scenario('tinny-v1')": 'UsageError: no scenario "tinny-v1". Did you mean "tiny"[?] *',
        "scenario('tiny', subject=5)": 'UsageError: no option "subject". Did you mean "subjects"[?] Known: *',
        "scenario('tiny', subjects='5')": "UsageError: an option of tiny is not valid: *`$.subjects`*",
        "scenario('tiny', duration='5hh')": 'UsageError: duration "5hh" is not understood. *',
        "scenario('tiny', require=['sense>=1'])": 'UsageError: requirement "sense>=1": no score "sense". *',
    }
    tests = [f"@pytest.mark.{mark}\ndef test_{number}(scenario_run): ...\n" for number, mark in enumerate(lines)]
    result = run(pytester, "\n".join(tests))
    result.assert_outcomes(errors=len(lines))
    result.stdout.fnmatch_lines(list(lines.values()))
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_scenario_run_shows_what_it_is_and_its_verdict_once_there_is_one(pytester: pytest.Pytester) -> None:
    code = f"""
{MARK}
def test_run(scenario_run):
    assert repr(scenario_run) == "<ScenarioRun tiny-v1, 30 subjects, 8h, seed 3>"
    assert scenario_run.verdict == "pass"
    assert repr(scenario_run) == "<ScenarioRun tiny-v1, 30 subjects, 8h, seed 3: pass>"
"""
    run(pytester, code).assert_outcomes(passed=1)


def test_a_failure_ends_with_the_line_that_repeats_it(pytester: pytest.Pytester) -> None:
    code = f"""
{MARK}
def test_run(scenario_run):
    print("what the test said")
    assert len(scenario_run.run.labels) == 0

{MARK}
def test_stream(scenario_run):
    assert scenario_run.judge([]).verdict == "pass"

{MARK}
def test_without_a_scenario(judge):
    assert False

{MARK}
def test_that_passes(scenario_run):
    assert scenario_run.run.labels
"""
    result = run(pytester, code, "-rA")
    result.assert_outcomes(failed=3, passed=1)
    run_lines = ["*what the test said*", "*pulsetrain: verdict*", "pass", "*pulsetrain: repeat with*", REPEAT]
    verdict_lines = ["*pulsetrain: verdict*", "inconclusive: nothing was decided"]
    stream_lines = [
        "___*test_stream*",
        *verdict_lines,
        "*pulsetrain: repeat with*",
        f"{REPEAT} --consumer none --open-loop",
    ]
    result.stdout.fnmatch_lines([*run_lines, *stream_lines])
    assert result.stdout.str().count("repeat with") == 2

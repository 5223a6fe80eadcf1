"""JUnit XML: what becomes of each verdict, and that those who read such files accept it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.outcome import LoadDelivery, LoadReport, Quantiles
from loadtests.reporting.junit import junit_xml
from loadtests.reports import ShardCounts
from tests.loadtest.reporting.reports import METRICS, SCORE, a_ladder, a_report, a_step, an_empty_report, quantiles

GOLDEN = Path(__file__).parent / "golden" / "junit.xml"
REQUIREMENTS = ("sensitivity>=0.42", "p99_ms<=100")
UNPROVEN = "the load was not the one asked for, so this proves nothing"
# Element: its attributes, the needed ones first, and its children, as the schema junit-10 has them.
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"time", "skipped", "timestamp", "hostname", "id", "package"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name"}, {"time", "classname", "group"}, {"skipped", "error", "failure", "system-out", "system-err"}),
    "skipped": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "failure": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def suite_of(report: LoadReport, *requirements: str) -> ET.Element:
    """Return the one suite of a report's file."""
    root = ET.fromstring(junit_xml(report, requirements=requirements, metrics=METRICS))
    (suite,) = root
    return suite


def cases_of(report: LoadReport, *requirements: str) -> dict[str, tuple[str, str]]:
    """Return what came of each case, and the whole of why."""
    return {
        case.attrib["name"]: (case[0].tag, case[0].text or "") if len(case) else ("pass", "")
        for case in suite_of(report, *requirements).iter("testcase")
    }


def breaches(element: ET.Element) -> list[str]:
    """Return what the schema does not allow, in an element and all below it."""
    needed, allowed, children = SCHEMA[element.tag]
    found = [f"{element.tag} lacks {name}" for name in needed - element.attrib.keys()]
    found += [f"{element.tag} has {name}" for name in element.attrib.keys() - needed - allowed]
    found += [f"{element.tag} holds {child.tag}" for child in element if child.tag not in children]
    return found + [breach for child in element for breach in breaches(child)]


def test_the_file_is_the_one_that_was_agreed() -> None:
    assert junit_xml(a_ladder(), requirements=REQUIREMENTS, metrics=METRICS) == GOLDEN.read_text()


def test_the_schema_allows_the_file() -> None:
    root = ET.fromstring(junit_xml(a_ladder(), requirements=REQUIREMENTS, metrics=METRICS))
    assert breaches(root) == []


def test_a_pass_passes_everywhere() -> None:
    assert cases_of(a_report(), "sensitivity>=0.42") == {
        "verdict": ("pass", ""),
        "rate": ("pass", ""),
        "schedule lag": ("pass", ""),
        "delivery": ("pass", ""),
        "require sensitivity>=0.42": ("pass", ""),
        "constant at 20,000 events/s": ("pass", ""),
    }


def test_a_fail_is_a_failure_where_it_lies() -> None:
    cases = cases_of(a_ladder(), *REQUIREMENTS)
    assert {name: found for name, found in cases.items() if found[0] != "pass"} == {
        "verdict": ("failure", "7 decisions are missing\nsensitivity 0.41 is worse than 0.43 at rest"),
        "delivery": ("failure", "7 missing (decisions)"),
        "require sensitivity>=0.42": ("failure", "sensitivity 0.41 is below the required 0.42"),
        "baseline": ("failure", "missing: 0 before, 7 now"),
        "step 4 at 20,000 events/s": (
            "failure",
            "7 decisions are missing\nsensitivity 0.41 is worse than 0.43 at rest",
        ),
    }


def test_a_load_that_was_not_the_one_asked_for_is_an_error_and_proves_nothing() -> None:
    report = a_ladder(
        verdict="invalid",
        reasons=("the rate was missed",),
        achieved_share=0.9799999,
        offered_per_second=15_000.0,
        schedule_lag_ms=quantiles(20.0),
        steps=(a_step(1), a_step(2, achieved_per_second=9_800.0, schedule_lag_ms=quantiles(20.0))),
    )
    assert cases_of(report, "p99_ms<=100") == {
        "verdict": ("error", "the rate was missed"),
        "rate": ("error", "75.00% offered of what was asked for\n98.00% sent of what was due"),
        "schedule lag": ("error", "schedule lag p99 60.0 ms, above 10 ms"),
        "delivery": ("skipped", f"{UNPROVEN}\n7 missing (decisions)"),
        "require p99_ms<=100": ("skipped", UNPROVEN),
        "baseline": ("skipped", f"{UNPROVEN}\nmissing: 0 before, 7 now"),
        # A step that was as asked for stands by itself: the ladder went higher than the load could.
        "step 1 at 5,000 events/s": ("pass", ""),
        "step 2 at 10,000 events/s": ("error", "98.00% sent of what was due\nschedule lag p99 60.0 ms, above 10 ms"),
    }


def test_what_could_not_be_judged_is_skipped_with_the_reason() -> None:
    nothing = Quantiles()
    report = a_report(
        verdict="inconclusive",
        reasons=("no decision came",),
        delivery=LoadDelivery(due=10, sent=10, acknowledged=9, failed=1),
        latency_ms=nothing,
        score={},
        steps=(a_step(1, latency_ms=nothing, score={}),),
    )
    assert cases_of(report, "sensitivity>=0.42", "missing<=0") == {
        "verdict": ("skipped", "no decision came"),
        "rate": ("pass", ""),
        "schedule lag": ("pass", ""),
        "delivery": ("skipped", "no decision came\n1 never acknowledged (events)"),
        "require sensitivity>=0.42": ("skipped", "no decision came"),
        "require missing<=0": ("skipped", "no decision came"),
        "step 1 at 5,000 events/s": ("skipped", "no decision came"),
    }


def test_a_condition_without_ground_is_skipped() -> None:
    kind, why = cases_of(a_report(score={"sensitivity": None}), "sensitivity>=0.42")["require sensitivity>=0.42"]
    assert (kind, why.partition(",")[0]) == ("skipped", "sensitivity is required")


def test_a_load_of_nothing_is_skipped() -> None:
    report = a_report(achieved_share=None, offered_per_second=None, schedule_lag_ms=Quantiles())
    cases = cases_of(report)
    assert (cases["rate"], cases["schedule lag"]) == (("skipped", "nothing was due"), ("skipped", "nothing was sent"))


def test_steps_of_a_load_that_lost_a_worker_are_skipped() -> None:
    report = a_report(shards=(ShardCounts(shard=3, is_lost=True),))
    assert cases_of(report)["constant at 20,000 events/s"] == ("skipped", "shard 3 was lost")


def test_a_step_in_which_every_decision_is_missing_fails() -> None:
    steps = (a_step(1), a_step(2, latency_ms=Quantiles(), missing=500))
    assert cases_of(a_report(steps=steps))["step 2 at 10,000 events/s"] == ("failure", "500 decisions are missing")


def test_what_a_consumer_that_is_not_ours_decides_besides_is_no_failure() -> None:
    deliveries = [LoadDelivery(expected=9, seen=9, unexpected=count) for count in (None, 2)]
    found = [cases_of(a_report(delivery=delivery))["delivery"] for delivery in deliveries]
    assert found == [("pass", ""), ("failure", "2 unexpected (decisions)")]


def test_a_condition_on_what_nobody_can_know_is_skipped_and_its_property_says_so() -> None:
    delivery = LoadDelivery(expected=9, seen=9, missing=None, unexpected=None)
    report = a_report(delivery=delivery, consumer="external", steps=(a_step(1, missing=None),))
    why = "missing is required, but what must follow is unknown: the consumer is external"
    cases = cases_of(report, "missing<=0")
    assert (cases["require missing<=0"], cases["step 1 at 5,000 events/s"]) == (("skipped", why), ("pass", ""))
    assert '<property name="missing" value="unknown" />' in junit_xml(report, requirements=(), metrics=METRICS)


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [("same", "pass"), ("better", "pass"), ("regressed", "failure"), ("inconclusive", "skipped"), ("??", "skipped")],
)
def test_only_a_baseline_that_is_held_passes(outcome: str, kind: str) -> None:
    told = {"outcome": outcome, "reasons": "so"}
    assert cases_of(a_report(baseline=told))["baseline"][0] == kind


def test_the_counts_are_those_of_the_cases() -> None:
    suite = suite_of(a_ladder(verdict="inconclusive"), *REQUIREMENTS)
    counted = [str(len(suite.findall(f"testcase{one}"))) for one in ("", "/failure", "/error", "/skipped")]
    assert counted == [suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")]


def test_the_line_that_repeats_the_load_is_its_last_word() -> None:
    assert suite_of(a_report()).findtext("system-out") == f"repeat it with\n{a_report().repeat}"


@given(st.text(), st.text(min_size=1))
def test_any_text_is_well_formed_and_reads_back(scenario: str, reason: str) -> None:
    report = a_report(scenario=scenario, verdict="fail", reasons=(reason,), score={**SCORE, scenario: 1.0})
    kind, why = cases_of(report)["verdict"]
    # XML reads every end of a line as one and the same, and holds no control characters.
    is_plain = reason.isprintable()
    assert kind == "failure"
    assert why == reason or not is_plain


def test_hostile_texts_stay_texts() -> None:
    report = a_report(scenario='<script>alert("&")</script>', verdict="fail", reasons=("]]> & <b> \x1b[31m\x00",))
    suite = suite_of(report)
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert (suite.attrib["name"], failure.text, suite.find(".//script")) == (
        'pulsetrain loadtest <script>alert("&")</script>',
        "]]> & <b> \N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}",
        None,
    )


def test_a_load_of_nothing_can_be_shown() -> None:
    assert {kind for kind, _ in cases_of(an_empty_report(), "p99_ms<=100").values()} == {"skipped"}

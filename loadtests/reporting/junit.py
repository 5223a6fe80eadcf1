"""A load test as JUnit XML, as continuous integration reads it (the schema junit-10 of Jenkins' xunit plugin).

Invalid is an error, a fail a failure, inconclusive skipped with the reason. A case that would pass
in a load that was not the one asked for is skipped too: nothing passes by default.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET

from loadtests.conditions import LOAD_METRICS
from loadtests.outcome import ACHIEVED_SHARE_MIN, LoadReport, LoadVerdict, StepReport
from loadtests.reporting.rows import delivery_facts, milliseconds_text, rate_text, share_text
from loadtests.summary import LAG_P99_MS_MAX, unfounded, values_of, worse_than_at_rest
from simulator.core.scenario import Metric
from simulator.scoring import parse_requirement, unmet

_Kind = Literal["pass", "failure", "error", "skipped"]
_KINDS: dict[LoadVerdict, _Kind] = {
    "pass": "pass",
    "fail": "failure",
    "invalid": "error",
    "inconclusive": "skipped",
}
_BASELINE_KINDS: dict[str, _Kind] = {"same": "pass", "better": "pass", "regressed": "failure"}
# What XML 1.0 cannot hold, escaped or not.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class _Case:
    """A test case: what came of it, why, and for how long it went on."""

    name: str
    kind: _Kind
    why: str = ""
    seconds: float = 0.0


def junit_xml(report: LoadReport, *, requirements: Sequence[str], metrics: Sequence[Metric]) -> str:
    """Return a report as a JUnit file.

    One case for the verdict, one each for delivery, rate and schedule lag, for each condition in
    `requirements`, for each step and, where there was one, for the comparison with a baseline.
    `metrics` are the scenario's.
    """
    cases = _cases(report, requirements, metrics)
    kinds = Counter(case.kind for case in cases)
    seconds = f"{report.seconds:.3f}"
    counts = {"tests": str(len(cases)), "failures": str(kinds["failure"]), "errors": str(kinds["error"])}
    suites = ET.Element("testsuites", {"name": "pulsetrain loadtest", **counts, "time": seconds})
    name = _text(f"pulsetrain loadtest {report.scenario}")
    suite = ET.SubElement(
        suites, "testsuite", {"name": name, **counts, "skipped": str(kinds["skipped"]), "time": seconds}
    )
    _add_properties(suite, report)
    for case in cases:
        _add_case(suite, case, report.scenario)
    ET.SubElement(suite, "system-out").text = _text(f"repeat it with\n{report.repeat}")
    ET.indent(suites)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ET.tostring(suites, encoding='unicode')}\n"


def _cases(report: LoadReport, requirements: Sequence[str], metrics: Sequence[Metric]) -> list[_Case]:
    verdict = _Case("verdict", _KINDS[report.verdict], "\n".join(report.reasons), report.seconds)
    baseline = [_baseline(report.baseline)] if report.baseline else []
    proofs = [_delivery(report), *(_requirement(report, text, metrics) for text in requirements), *baseline]
    return [
        verdict,
        _rate(report),
        _schedule_lag(report),
        *(_proven(case, report) for case in proofs),
        *(_step(report, step, metrics) for step in report.steps),
    ]


def _proven(case: _Case, report: LoadReport) -> _Case:
    """Return a case as it is where the load was the one asked for, else skipped with what it found."""
    if report.verdict != "invalid":
        return case
    why = "the load was not the one asked for, so this proves nothing"
    return _Case(case.name, "skipped", f"{why}\n{case.why}".strip())


def _rate(report: LoadReport) -> _Case:
    asked, offered = report.asked_per_second, report.offered_per_second
    if not asked or not offered or report.achieved_share is None:
        return _Case("rate", "skipped", "nothing was due")
    shares = {"offered of what was asked for": offered / asked, "sent of what was due": report.achieved_share}
    missed = [f"{share_text(share)} {what}" for what, share in shares.items() if share < ACHIEVED_SHARE_MIN]
    return _Case("rate", "error" if missed else "pass", "\n".join(missed))


def _schedule_lag(report: LoadReport) -> _Case:
    lag = report.schedule_lag_ms.p99
    if lag is None:
        return _Case("schedule lag", "skipped", "nothing was sent")
    why = _lagged(lag)
    return _Case("schedule lag", "error" if why else "pass", why)


def _lagged(lag_p99_ms: float | None) -> str:
    if lag_p99_ms is None or lag_p99_ms <= LAG_P99_MS_MAX:
        return ""
    return f"schedule lag p99 {milliseconds_text(lag_p99_ms)} ms, above {LAG_P99_MS_MAX:g} ms"


def _delivery(report: LoadReport) -> _Case:
    bad = [f"{fact} ({what})" for what, facts in delivery_facts(report).items() for fact in facts if fact.is_bad]
    if not report.delivery.seen:
        return _Case("delivery", "skipped", "\n".join(["no decision came", *bad]))
    return _Case("delivery", "failure" if bad else "pass", "\n".join(bad))


def _requirement(report: LoadReport, text: str, metrics: Sequence[Metric]) -> _Case:
    name, values = f"require {text}", values_of(report)
    required = [parse_requirement(text, known=[*LOAD_METRICS, *values, *(metric.name for metric in metrics)])]
    if not report.delivery.seen:
        return _Case(name, "skipped", "no decision came")
    if broken := unmet(values, required):
        return _Case(name, "failure", "\n".join(broken))
    unknown = unfounded(report, required)
    return _Case(name, "skipped" if unknown else "pass", "\n".join(unknown))


def _baseline(told: dict[str, str]) -> _Case:
    # What is not known to be fine, such as an outcome of a later version, does not pass.
    kind = _BASELINE_KINDS.get(told.get("outcome", ""), "skipped")
    return _Case("baseline", kind, told.get("reasons", ""))


def _step(report: LoadReport, step: StepReport, metrics: Sequence[Metric]) -> _Case:
    name = f"{step.name} at {rate_text(step.asked_per_second)} events/s"
    lost = [f"shard {one.shard} was lost" for one in report.shards if one.is_lost]
    errors = [why for why in (_missed(step), _lagged(step.schedule_lag_ms.p99)) if why]
    failures = [f"{step.missing:,} decisions are missing"] if step.missing else []
    failures += worse_than_at_rest(metrics, step.score, step.score_at_rest)
    is_silent = not report.delivery.seen or not (step.latency_ms.count or step.missing)
    doubts = lost or (["no decision came"] if is_silent else [])
    kinds: tuple[tuple[_Kind, list[str]], ...] = (("error", errors), ("skipped", doubts), ("failure", failures))
    kind, why = next(((kind, why) for kind, why in kinds if why), ("pass", []))
    return _Case(name, kind, "\n".join(why), step.seconds)


def _missed(step: StepReport) -> str:
    if not step.offered_per_second or step.achieved_per_second is None:
        return ""
    share = step.achieved_per_second / step.offered_per_second
    return "" if share >= ACHIEVED_SHARE_MIN else f"{share_text(share)} sent of what was due"


def _add_properties(suite: ET.Element, report: LoadReport) -> None:
    told = {
        "scenario": report.scenario,
        "seed": str(report.seed),
        "consumer": report.consumer,
        "shape": report.shape,
        "verdict": report.verdict,
        **{name: f"{value:.15g}" for name, value in values_of(report).items() if value is not None},
        **{name: "unknown" for name in ("missing", "unexpected") if getattr(report.delivery, name) is None},
        **{f"version.{name}": value for name, value in report.versions.items()},
    }
    properties = ET.SubElement(suite, "properties")
    for name, value in told.items():
        ET.SubElement(properties, "property", {"name": _text(name), "value": _text(value)})


def _add_case(suite: ET.Element, case: _Case, scenario: str) -> None:
    named = {"classname": _text(f"loadtest.{scenario}"), "name": _text(case.name), "time": f"{case.seconds:.3f}"}
    element = ET.SubElement(suite, "testcase", named)
    if case.kind != "pass":
        why = _text(case.why or "no reason is known")
        ET.SubElement(element, case.kind, {"message": why.partition("\n")[0], "type": case.kind}).text = why


def _text(text: str) -> str:
    """Return a text with a mark in place of each sign that XML cannot hold."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)

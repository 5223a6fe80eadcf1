"""Our section of Locust's HTML report: everything of a LoadReport in a page that loads nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from loadtests.outcome import LoadReport
from loadtests.reporting.chart import HEIGHT, LEFT, RIGHT, WIDTH, chart_of
from loadtests.reporting.rows import (
    QUANTILES,
    count_text,
    delivery_facts,
    latency_rows,
    milliseconds_text,
    patients_text,
    rate_text,
    score_rows,
    share_text,
)
from loadtests.summary import WINDOW_SECONDS
from simulator.core.scenario import Metric
from simulator.reporting.terminal import number_text

_BEGIN, _END = "<!-- pulsetrain: load test, begin -->", "<!-- pulsetrain: load test, end -->"
_BODY_END = "</body>"
_SHARD_COUNTS = """
    due sent acknowledged failed expected seen outstanding twice unexpected out_of_order unreadable late starved refused
""".split()
_FORESEEN = ("outstanding", "unexpected")  # what can be counted only where it is known what must follow
_OUTCOMES = ("same", "better", "regressed", "inconclusive")


def html_section(report: LoadReport, *, metrics: Sequence[Metric]) -> str:
    """Return a report as a fragment of HTML, whole in itself.

    `metrics` are the scenario's: their order, their units, and which way is better.
    """
    steps = [
        (step, {row.name: row for row in score_rows(step.score, step.score_at_rest, metrics)}) for step in report.steps
    ]
    outcome = report.baseline.get("outcome", "")
    return _template().render(
        report=report,
        chart=chart_of(report),
        left=LEFT,
        right=RIGHT,
        width=WIDTH,
        height=HEIGHT,
        window_seconds=WINDOW_SECONDS,
        quantiles=[name.replace("p999", "p99.9") for name in QUANTILES],
        latencies=latency_rows(report),
        steps=steps,
        score_names=list(dict.fromkeys(name for _, scores in steps for name in scores)),
        scores=score_rows(report.score, report.score_at_rest, metrics),
        delivery=delivery_facts(report),
        shard_counts=_SHARD_COUNTS,
        unknown=_FORESEEN if report.delivery.missing is None else (),
        baseline_outcome=outcome if outcome in _OUTCOMES else "inconclusive",
    )


def with_section(page: str, section: str) -> str:
    """Return a page with a section of ours before its end, in place of an older one.

    The end of the body is the last one written: the script that Locust's report holds has another.
    """
    marked = f"{_BEGIN}\n{section}\n{_END}\n"
    begin = page.rfind(_BEGIN)
    end = page.find(_END, begin)
    if begin >= 0 and end >= 0:
        return page[:begin] + marked + page[end + len(_END) :].removeprefix("\n")
    place = page.rfind(_BODY_END)
    place = len(page) if place < 0 else place
    return page[:place] + marked + page[place:]


@cache
def _template() -> Template:
    jinja = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    jinja.filters |= {"count": count_text, "patients": patients_text}
    jinja.filters |= {"ms": milliseconds_text, "rate": rate_text, "share": share_text, "number": number_text}
    return jinja.get_template("section.html.jinja")

"""Our section of Locust's HTML report: what it holds, what it never lets through, and where it goes."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.outcome import LoadDelivery, LoadReport, Window
from loadtests.reporting.chart import Chart, chart_of
from loadtests.reporting.html import html_section, with_section
from loadtests.reports import ShardCounts
from tests.loadtest.reporting.reports import METRICS, REPEAT, a_ladder, a_report, a_step, an_empty_report, windows

HOSTILE = """<script>alert('x')</script>&"'</body></section><!-- -->"""
PAGE = '<html><head><script>var b="<body></body>"</script></head>\n<body>\n<div id="root"></div>\n  </body>\n</html>\n'


class Reader(HTMLParser):
    """Gathers the tags and the texts of a page, and whether what opens closes."""

    VOID = frozenset({"circle", "path"})

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that opens."""
        self.tags.append(tag)
        self.open.append(tag)
        self.links += [
            value or "" for name, value in attrs if name in ("src", "href", "style") and "stroke" not in str(value)
        ]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag without content."""
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note a tag that closes, which must be the last that opened."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        """Return all the texts, a space between them."""
        return " ".join(one for one in self.texts if one)


def read(report: LoadReport) -> Reader:
    """Return a report's section as a browser reads it."""
    return Reader(html_section(report, metrics=METRICS))


def test_the_section_shows_every_figure() -> None:
    text = read(a_ladder()).text
    told = (
        "FAIL sepsis-v1 seed 42 ladder:steps=4, 48 s, consumer reference",
        "7 decisions are missing sensitivity 0.41 is worse than 0.43 at rest",
        "20,000 events/s asked, 20,002 offered, 20,000 sent: 99.99% of what was due.",
        "intended 6.10 12.2 18.3 24.4 30.5 60,000",
        "service 5.20",
        "schedule lag 1.10 2.20 3.30",
        "acknowledgement 2.30",
        "staleness 1.0 min 2.0 min",
        "step 4 20,000 20,000 20,000 8.00 16.0 24.0 3.00 7 90 100 0.41 (0.43) 0.461",
        "15,000 events/s , 20,000 not; limited by the pipeline: 7 decisions are missing.".replace(" ,", " sustained,"),
        "sensitivity 0.41 0.43",
        "30,000 expected , 29,993 seen , 7 missing",
        "0 w-1 1,200,000 1,200,000",
        "REGRESSED runs: 3 reasons: missing: 0 before, 7 now",
        f"Repeat it with {REPEAT}",
        "python 3.11.9, numpy 2.4.6",
    )
    assert [one for one in told if one not in text] == []


def test_everything_that_opens_closes() -> None:
    assert (read(a_ladder()).open, read(a_report()).open) == ([], [])


def test_the_section_loads_nothing() -> None:
    section = html_section(a_ladder(), metrics=METRICS)
    assert (Reader(section).links, re.findall(r"https?:|url\(|@import", section)) == ([], [])


def test_a_constant_load_has_no_table_of_steps_and_no_knee() -> None:
    text = read(a_report()).text
    assert [one for one in ("Steps", "Knee", "Beside the baseline") if one in text] == []


def test_no_text_is_taken_for_html() -> None:
    report = a_ladder(
        scenario=HOSTILE,
        consumer=HOSTILE,
        shape=HOSTILE,
        reasons=(HOSTILE,),
        repeat=HOSTILE,
        score={HOSTILE: 1.0},
        steps=(a_step(1, name=HOSTILE, score={HOSTILE: 1.0}), a_step(2, name=HOSTILE)),
        shards=(ShardCounts(shard=0, worker=HOSTILE, is_lost=True),),
        baseline={"outcome": HOSTILE, HOSTILE: HOSTILE},
        versions={HOSTILE: HOSTILE},
    )
    section = html_section(report, metrics=METRICS)
    reader = Reader(section)
    assert (reader.tags.count("script"), reader.open, section.count("<!--"), "</body>" in section) == (1, [], 0, False)
    assert reader.text.count(HOSTILE) >= 10


@given(st.text())
def test_any_text_leaves_the_tags_as_they_are(text: str) -> None:
    hostile = read(a_report(scenario=text, reasons=(text,), repeat=text))
    assert hostile.tags == read(a_report(reasons=("x",))).tags


def test_the_section_goes_before_the_last_end_of_a_body() -> None:
    page = with_section(PAGE, "<p>ours</p>")
    before, _, after = page.partition("<p>ours</p>")
    assert (before.count("</body>"), after.count("</body>"), after.endswith("</body>\n</html>\n")) == (1, 1, True)


def test_locusts_own_page_holds_more_than_one_end_of_a_body() -> None:
    found = find_spec("locust")
    assert found is not None
    assert found.origin is not None
    page = (Path(found.origin).parent / "webui" / "dist" / "report.html").read_text()
    before, _, after = with_section(page, "<p>ours</p>").partition("<p>ours</p>")
    assert (before.count("</body>") > 0, after.count("</body>"), "window.templateArgs" in before) == (True, 1, True)


def test_all_of_the_page_is_kept() -> None:
    page = with_section(PAGE, "<p>ours</p>")
    marked = re.sub(r"<!-- pulsetrain.*?begin -->.*<!-- pulsetrain.*?end -->\n", "", page, flags=re.DOTALL)
    assert marked == PAGE


def test_inserting_it_again_changes_nothing() -> None:
    section = html_section(a_ladder(), metrics=METRICS)
    once = with_section(PAGE, section)
    assert with_section(once, section) == once


def test_a_newer_section_takes_the_place_of_the_older() -> None:
    page = with_section(with_section(PAGE, "<p>older</p>"), "<p>newer</p>")
    assert page == with_section(PAGE, "<p>newer</p>")


def test_a_page_without_an_end_of_its_body_has_it_last() -> None:
    assert "<p>ours</p>" in with_section("<p>theirs</p>", "<p>ours</p>").removeprefix("<p>theirs</p>")


def chart(**changes: object) -> Chart:
    """Return the chart of a report."""
    found = chart_of(a_report(**changes))
    assert found is not None
    return found


def test_a_window_without_a_decision_is_a_gap() -> None:
    gap = (*windows(5.0, 5.0), Window(10, 20_000.0, None, None, None), *windows(5.0, 5.0))
    lines = {line.name: line.path.count("M") for panel in chart(windows=gap).panels for line in panel.lines}
    assert lines == {"p99": 2, "p95": 2, "p50": 2, "asked": 1, "achieved": 1}


def test_a_higher_latency_lies_higher() -> None:
    latency, _ = chart(windows=windows(1.0, 10.0, 100.0)).panels
    p50 = latency.lines[2]
    downs = [dot.down for dot in p50.dots]
    assert downs == sorted(downs, reverse=True)
    # On a logarithmic scale the same factor is the same distance.
    assert downs[0] - downs[1] == pytest.approx(downs[1] - downs[2], abs=0.2)


def test_a_dot_says_what_it_is() -> None:
    _, rate = chart().panels
    assert rate.lines[1].dots[1].text == "0:05: achieved 20,000 events/s"


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1e6),
            st.none() | st.floats(0, 1e7),
            st.none() | st.floats(0, 1e7),
            st.none() | st.floats(0, 1e7),
        ),
        min_size=2,
        max_size=30,
    )
)
def test_any_windows_can_be_drawn_within_the_panels(
    values: list[tuple[float, float | None, float | None, float | None]],
) -> None:
    drawn = chart(windows=tuple(Window(5 * place, *one) for place, one in enumerate(values)), seconds=1.0)
    outside = [
        dot
        for panel in drawn.panels
        for line in panel.lines
        for dot in line.dots
        if not (panel.top - 0.1 <= dot.down <= panel.bottom + 0.1 and 64 <= dot.across <= 904)
    ]
    assert outside == []


def test_a_day_of_windows_is_thinned_and_its_peak_stays() -> None:
    day = windows(*[5.0] * 10_000, 500.0, *[5.0] * 7_280)
    latency, _ = chart(windows=day, seconds=86_400.0).panels
    p50 = latency.lines[2]
    assert (p50.path.count("M") + p50.path.count("L") <= 600, p50.dots, latency.ticks[-1].text) == (True, (), "1,000")


def test_one_window_makes_no_chart() -> None:
    assert chart_of(a_report(windows=windows(5.0))) is None


def test_a_load_of_nothing_can_be_shown() -> None:
    assert "no decision came" in read(an_empty_report()).text


def test_what_nobody_can_know_is_unknown_and_not_nothing() -> None:
    delivery = LoadDelivery(expected=9, seen=9, missing=None, unexpected=None)
    shards = (ShardCounts(shard=0, expected=9, seen=9),)
    steps = (a_step(1, missing=None), a_step(2, missing=None))
    text = read(a_report(consumer="external", delivery=delivery, shards=shards, steps=steps)).text
    told = ("unknown missing", "unknown unexpected", "5.00 10.0 15.0 3.00 unknown 0 100", "9 9 unknown 0 unknown 0")
    assert [one for one in told if one not in text] == []

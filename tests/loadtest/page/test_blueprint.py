"""The routes of the page, in a plain Flask app that stands for Locust's."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from urllib.parse import urljoin

import msgspec
import pytest
from flask import Blueprint, Flask, Response, jsonify, redirect
from flask.testing import FlaskClient

from loadtests.outcome import LoadReport
from loadtests.page.blueprint import CONTENT_SECURITY_POLICY, attach_page
from tests.loadtest.page.shown_loads import BEGAN, ShownLoad, delta

ROUTES = ["/pulsetrain", "/pulsetrain/", "/pulsetrain/live", "/pulsetrain/report.json", "/pulsetrain/e2e.csv"]


class PlainUI:
    """Locust's web UI as far as the page knows it: an app, and a lock on its routes."""

    def __init__(self, base: str = "") -> None:
        """Make the app with the routes of Locust's that matter."""
        self.app: Flask | None = Flask("locust")
        self.template_args: dict[str, Any] = {"kept": True}
        self.is_locked = False
        own = Blueprint("locust", "locust", url_prefix=base)
        # One answer for several polls, as Locust remembers it.
        answers: list[Response] = []

        def request_stats() -> Response:
            answers[:] = answers or [jsonify(stats=[], state="ready")]
            return redirect("/login") if self.is_locked else answers[0]  # type: ignore[return-value]  # werkzeug's own

        own.add_url_rule("/stats/requests", "request_stats", request_stats)
        self.app.register_blueprint(own)

    def auth_required_if_enabled(self, view_func: Callable[..., Any]) -> Callable[..., Any]:
        """Lock a route."""

        @wraps(view_func)
        def locked(*args: Any, **kwargs: Any) -> Any:
            return redirect("/login") if self.is_locked else view_func(*args, **kwargs)

        return locked


@dataclass
class PlainLocust:
    """Locust's environment as far as the page knows it."""

    web_ui: PlainUI | None = field(default_factory=PlainUI)
    parsed_options: Namespace | None = field(
        default_factory=lambda: Namespace(scenario="sepsis", consumer="<reference>", rate_per_ward=10.0, slo="1s")
    )


def attached(load: ShownLoad, locust: PlainLocust | None = None) -> FlaskClient:
    """Return a browser in front of a web UI with the page of this load."""
    locust = locust or PlainLocust()
    attach_page(locust, load)
    assert locust.web_ui is not None
    assert locust.web_ui.app is not None
    return locust.web_ui.app.test_client()


def running() -> ShownLoad:
    """Return a load of one second."""
    load = ShownLoad()
    load.begin()
    load.tell(BEGAN + 4.0, delta(int(BEGAN), {"latency": [5.0]}, due=1, sent=1, expected=1, seen=1))
    return load


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_is_behind_the_login(route: str) -> None:
    locust = PlainLocust()
    client = attached(running(), locust)
    assert locust.web_ui is not None
    locust.web_ui.is_locked = True
    answer = client.get(route)
    assert (answer.status_code, answer.location) == (302, "/login")


@pytest.mark.parametrize("name", ["page.js", "page.css", "icon.svg", "vendor/uplot/uPlot.iife.min.js"])
def test_what_the_page_is_made_of_is_served_without_a_login_as_that_of_locust_is(name: str) -> None:
    locust = PlainLocust()
    client = attached(running(), locust)
    assert locust.web_ui is not None
    locust.web_ui.is_locked = True
    assert client.get(f"/pulsetrain/static/{name}", buffered=True).status_code == 200


def test_the_page_may_run_nothing_but_its_own_files_and_holds_nothing_inline() -> None:
    answer = attached(ShownLoad()).get("/pulsetrain")
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert [word for word in ("<style", "style=", "onclick=", "<script>", "//cdn") if word in answer.text] == []


def test_what_an_option_says_stands_in_the_page_as_text() -> None:
    assert "consumer &lt;reference&gt;" in attached(ShownLoad()).get("/pulsetrain").text


def test_every_file_that_the_page_names_is_there() -> None:
    client = attached(ShownLoad())
    words = client.get("/pulsetrain").text.replace('"', " ").split()
    files = sorted({word for word in words if word.startswith("pulsetrain/static/")})
    assert {name: client.get(f"/{name}", buffered=True).status_code for name in files} == dict.fromkeys(files, 200)
    assert len(files) == 7


def test_the_page_stands_below_the_base_path_of_locust() -> None:
    client = attached(ShownLoad(), PlainLocust(web_ui=PlainUI("/loads")))
    assert (client.get("/loads/pulsetrain").status_code, client.get("/pulsetrain").status_code) == (200, 404)


def test_an_address_with_a_slash_too_many_leads_to_the_page() -> None:
    location = attached(ShownLoad()).get("/pulsetrain/").location
    assert urljoin("https://host/behind/a/proxy/pulsetrain/", location) == "https://host/behind/a/proxy/pulsetrain"


@pytest.mark.parametrize(("since", "points"), [("", 3), ("?since=1", 2), ("?since=99", 3), ("?since=nonsense", 3)])
def test_a_poll_is_answered_with_what_changed_since(since: str, points: int) -> None:
    answer = attached(running()).get(f"/pulsetrain/live{since}")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/json", "no-store")
    assert len(msgspec.json.decode(answer.data)["points"]) == points


def test_before_there_is_a_report_its_address_says_when_there_will_be_one() -> None:
    answer = attached(running()).get("/pulsetrain/report.json")
    assert (answer.status_code, answer.mimetype, answer.text.partition(":")[0]) == (
        404,
        "text/plain",
        "There is no report yet",
    )


def test_the_report_can_be_downloaded_whole() -> None:
    load = running()
    load.end()
    answer = attached(load).get("/pulsetrain/report.json")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert msgspec.json.decode(answer.data, type=LoadReport) == load.report


def test_the_latencies_can_be_downloaded() -> None:
    answer = attached(running()).get("/pulsetrain/e2e.csv")
    assert (answer.mimetype, answer.text.splitlines()[1]) == ("text/csv", "intended,1,5.0,5.0,5.0,5.0,5.0")


def test_the_tabs_and_links_stand_in_the_template_beside_what_was_there() -> None:
    locust = PlainLocust()
    attached(ShownLoad(), locust)
    assert locust.web_ui is not None
    arguments = locust.web_ui.template_args
    assert arguments["kept"]
    assert [one["title"] for one in arguments["extended_tabs"]] == ["E2E latency", "Delivery"]
    assert [one["href"] for one in arguments["extended_csv_files"]] == [
        "./pulsetrain",
        "./pulsetrain/e2e.csv",
        "./pulsetrain/report.json",
    ]


def test_what_locust_polls_holds_our_tables_each_time_as_they_are() -> None:
    load = running()
    client = attached(load)
    first = client.get("/stats/requests").json
    load.tell(BEGAN + 5.0, delta(int(BEGAN) + 1, {"latency": [6.0]}, seen=1))
    second = client.get("/stats/requests").json
    assert first is not None
    assert second is not None
    assert (first["state"], first["extended_stats"][0]["data"][0]["count"]) == ("ready", 1)
    assert second["extended_stats"][0]["data"][0]["count"] == 2


def test_who_is_not_logged_in_gets_no_tables() -> None:
    locust = PlainLocust()
    client = attached(running(), locust)
    assert locust.web_ui is not None
    locust.web_ui.is_locked = True
    assert b"extended_stats" not in client.get("/stats/requests").data


def test_without_a_web_ui_there_is_no_page() -> None:
    attach_page(PlainLocust(web_ui=None), ShownLoad())

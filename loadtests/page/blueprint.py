"""The page's routes, and their place in Locust's web UI; Flask comes in here alone."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from flask import Blueprint, Flask, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from loadtests import clock
from loadtests.options import CONDUCTED
from loadtests.page.form import Form, form_of
from loadtests.page.live import LiveAnswers, View
from loadtests.page.tables import EXTENDED_TABLES, EXTENDED_TABS, csv_so_far, extended_stats

PATH = "/pulsetrain"
# Nothing from elsewhere, nothing inline: what a scenario or a consumer is called can run nowhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_LINKS = [
    {"href": f".{PATH}", "title": "Pulsetrain: the load as it goes on"},
    {"href": f".{PATH}/e2e.csv", "title": "Download end-to-end latencies CSV"},
    {"href": f".{PATH}/report.json", "title": "Download the load's report JSON"},
]

Answer = Callable[..., Any]


class LocustUI(Protocol):
    """Locust's web UI, as far as the page needs it: `locust.web.WebUI`."""

    app: Flask | None
    template_args: dict[str, Any]

    def auth_required_if_enabled(self, view_func: Answer, /) -> Answer:
        """Return the route, closed to strangers where `--web-login` is given."""


class Locust(Protocol):
    """Locust's environment, as far as the page needs it: `locust.env.Environment`."""

    @property
    def web_ui(self) -> LocustUI | None:
        """Return the web UI; None where Locust runs without."""

    @property
    def parsed_options(self) -> Namespace | None:
        """Return the options, which a start from the form changes."""


def attach_page(locust: Locust, view: View) -> None:
    """Add the page, two tabs and their links to Locust's web UI.

    `locust` is Locust's environment; where it has no web UI, nothing is added. Call it once, in
    `init`, before the web server answers.
    """
    web_ui = locust.web_ui
    if web_ui is None or web_ui.app is None:
        return
    blueprint = _blueprint(web_ui, view, lambda: locust.parsed_options or Namespace())
    own = web_ui.app.blueprints.get("locust")
    web_ui.app.register_blueprint(blueprint, url_prefix=f"{own.url_prefix or '' if own else ''}{PATH}")
    web_ui.template_args |= {
        "extended_tabs": EXTENDED_TABS,
        "extended_tables": EXTENDED_TABLES,
        "extended_csv_files": _LINKS,
    }
    web_ui.app.after_request(lambda response: _with_tables(response, view))


def _blueprint(web_ui: LocustUI, view: View, options: Callable[[], Namespace]) -> Blueprint:
    blueprint = Blueprint("pulsetrain", __name__, static_folder="static", template_folder="templates")
    answers = LiveAnswers(view)
    routes: dict[str, tuple[str, Callable[[], ResponseReturnValue]]] = {
        "page": ("", lambda: render_template("pulsetrain.html", form=_form(options()))),
        # Addresses in the page are relative, and this one would turn them all.
        "folder": ("/", lambda: redirect(f"..{PATH}")),
        "live": ("/live", lambda: _live(answers)),
        "report": ("/report.json", lambda: _report(view)),
        "latencies": ("/e2e.csv", lambda: _download(csv_so_far(view), "text/csv", "pulsetrain-e2e.csv")),
    }
    for name, (path, answer) in routes.items():
        blueprint.add_url_rule(path, name, web_ui.auth_required_if_enabled(answer))
    blueprint.after_request(_with_headers)
    return blueprint


def _form(options: Namespace) -> Form:
    return form_of(options, is_conducted=CONDUCTED in os.environ)


def _report(view: View) -> Response:
    if view.report is None:
        text = "There is no report yet: it is made when a load is over, and its decisions have come.\n"
        return Response(text, status=404, mimetype="text/plain")
    return _download(msgspec.json.encode(view.report), "application/json", "pulsetrain-report.json")


def _live(answers: LiveAnswers) -> Response:
    since = request.args.get("since", 0, type=int)
    return Response(answers.answer(since=since, at=clock.wall()), mimetype="application/json")


def _download(content: str | bytes, mimetype: str, name: str) -> Response:
    return Response(content, mimetype=mimetype, headers={"Content-Disposition": f"attachment; filename={name}"})


def _with_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint != "pulsetrain.static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _with_tables(response: Response, view: View) -> Response:
    """Add our tables to what Locust's own page polls; to nothing else, such as the way to the login."""
    is_polled = request.endpoint == "locust.request_stats" and response.status_code == 200
    stats = response.get_json(silent=True) if is_polled else None
    if isinstance(stats, dict):
        response.set_data(msgspec.json.encode({**stats, "extended_stats": extended_stats(view)}))
    return response

"""What a load shows while it goes on: terminal, page, metrics."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import MutableMapping
from typing import Any

import gevent
from flask import Response, request
from locust.env import Environment

from loadtests.credentials import credentials
from loadtests.frozen_options import FrozenOptions
from loadtests.login import install_login
from loadtests.master_side import MasterSide
from loadtests.page.blueprint import PATH, attach_page
from loadtests.progress import show_progress
from loadtests.reporting.html import html_section, with_section
from loadtests.web_address import WebAddress
from loadtests.web_safety import guard
from simulator.core.errors import UsageError

OTEL_VARIABLE = "LOCUST_ENABLE_OPENTELEMETRY"


def prepare_telemetry(arguments: list[str], variables: MutableMapping[str, str]) -> bool:
    """Make ready for Locust's `--otel` where it is asked for; return whether it is.

    Locust sets exporters up after it has imported the locustfile. Raises UsageError.
    """
    if "--otel" not in arguments and OTEL_VARIABLE not in variables:
        return False
    # An extra that takes its time to import.
    from loadtests.metrics.otel import prepare

    prepare(variables)
    return True


def attach_views(environment: Environment, master: MasterSide, frozen: FrozenOptions) -> None:
    """Show the load wherever it is asked for.

    On the terminal where our own command started Locust, on a page where there is a web UI, and
    as metrics. Raises UsageError for a login or a port that cannot be.
    """
    options = environment.parsed_options
    assert isinstance(options, Namespace)
    if options.say in ("summary", "json") and options.headless:
        gevent.spawn(show_progress, master, stop=lambda: master.state == "over")
    if prepare_telemetry(sys.argv, os.environ):
        from loadtests.metrics.otel import observe

        observe(lambda: master.gathered)
    if options.prometheus_port is not None:
        _serve_metrics(master, options.prometheus_port)
    if environment.web_ui is not None:
        _attach_web(environment, master, frozen)


def _attach_web(environment: Environment, master: MasterSide, frozen: FrozenOptions) -> None:
    web_ui: Any = environment.web_ui
    options: Any = environment.parsed_options
    address = _address(web_ui, options)
    address.check_free()
    guard(web_ui.app, address, frozen)
    if options.web_login:
        name, password = credentials(os.environ)
        install_login(environment, name=name, password=password)
    attach_page(environment, master)
    web_ui.app.add_url_rule(
        f"{PATH}/metrics", "pulsetrain_metrics", web_ui.auth_required_if_enabled(lambda: _metrics(master))
    )
    web_ui.app.after_request(lambda response: _with_section(response, master))
    print(f"the page of the load: {address}{options.web_base_path or ''}{PATH}", file=sys.stderr, flush=True)


def _address(web_ui: Any, options: Namespace) -> WebAddress:
    return WebAddress(
        host=web_ui.host,
        port=web_ui.port,
        scheme="https" if web_ui.tls_cert and web_ui.tls_key else "http",
        shown=options.web_host_display_name or "",
    )


def _metrics(master: MasterSide) -> Response:
    from loadtests.metrics.prometheus import exposition

    body, kind = exposition(lambda: master.gathered, accept=request.headers.get("Accept", ""))
    return Response(body, content_type=kind)


def _serve_metrics(master: MasterSide, port: int) -> None:
    from loadtests.metrics.prometheus import serve

    try:
        served = serve(lambda: master.gathered, port)
    except OSError as error:
        raise UsageError(f"--prometheus-port {port} cannot be listened on: {error.strerror}.") from None
    print(f"metrics: http://127.0.0.1:{served.port}/metrics", file=sys.stderr, flush=True)


def _with_section(response: Response, master: MasterSide) -> Response:
    """Add our section to the report that Locust's page offers for download."""
    is_report = request.endpoint == "locust.stats_report" and response.status_code == 200
    if is_report and master.report is not None and master.gathered is not None:
        section = html_section(master.report, metrics=master.gathered.plan.scenario.metrics)
        response.direct_passthrough = False
        response.set_data(with_section(response.get_data(as_text=True), section))
    return response

"""The page as a person meets it: started from the form, watched, stopped, the report taken home."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from loadtests.children import free_port
from simulator.brokers import BrokerStatus
from tests.loadtest.integration.loads import echo, new_prefix, until

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

WAIT_MS = 60_000


@contextmanager
def locust_ui(url: str, prefix: str, *words: str, **variables: str) -> Iterator[str]:
    """Run Locust with our locustfile and its web UI; yield the page's address."""
    port = free_port()
    command = [sys.executable, "-m", "loadtests", "--web-host", "127.0.0.1", "--web-port", str(port)]
    command += ["--transport", url, "--topic-prefix", prefix, "--consumer", "echo", "--every", "5", "--warm-up", "1s"]
    command += ["-u", "20", "--rate-per-ward", "50", "--say", "quiet", *words]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, **variables})
    try:
        until(lambda: _answers(f"http://127.0.0.1:{port}/"))
        yield f"http://127.0.0.1:{port}/pulsetrain"
    finally:
        process.terminate()
        process.wait(60)


def test_a_load_is_started_watched_stopped_and_its_report_taken_home(
    chromium: Browser, local_kafka: BrokerStatus, tmp_path: Path
) -> None:
    url, prefix = f"kafka://{local_kafka.bootstrap}", new_prefix()
    with echo(url, prefix), locust_ui(url, prefix) as address:
        page, complaints = _open(chromium, address)
        page.fill("#rate", "1000")
        page.fill("#duration", "60s")
        page.click("#start")
        page.wait_for_selector("body[data-state=running]", timeout=WAIT_MS)
        page.wait_for_timeout(4_500)
        achieved = page.inner_text("#card-rate .number")
        page.click("#stop")
        page.wait_for_selector("body[data-state=over]", timeout=WAIT_MS)
        page.wait_for_selector("#report[href]", timeout=WAIT_MS)
        verdict = page.inner_text("#verdict-word")
        with page.expect_download() as download:
            page.click("text=Locust's HTML report")
        report = Path(download.value.path()).read_text()
    assert complaints == []
    assert float(achieved.replace(",", "")) == pytest.approx(1_000, rel=0.1)
    assert verdict.lower().strip("▲ ") in {"pass", "invalid", "fail"}
    assert "pulsetrain" in report
    assert "schedule lag" in report


def test_the_page_fits_a_phone_in_the_dark(chromium: Browser, local_kafka: BrokerStatus) -> None:
    with locust_ui(f"kafka://{local_kafka.bootstrap}", new_prefix()) as address:
        page, complaints = _open(chromium, address, width=390, colours="dark")
        width = page.evaluate("document.documentElement.scrollWidth")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert complaints == []
    assert width <= 390
    assert sum(int(part) for part in ground.strip("rgb()").split(",")[:3]) < 200


def test_with_a_login_nobody_else_sees_or_stops_anything(chromium: Browser, local_kafka: BrokerStatus) -> None:
    url, words = f"kafka://{local_kafka.bootstrap}", ("--web-login",)
    with locust_ui(url, new_prefix(), *words, PULSETRAIN_LOGIN="nurse:secret word") as address:
        page, _ = _open(chromium, address, wait="form")
        asked_at = page.url
        page.fill("input[name=username]", "nurse")
        page.fill("input[name=password]", "secret word")
        page.click("button[type=submit]")
        page.wait_for_url("**/")
        page.goto(address)
        page.wait_for_selector("#start")
        with urllib.request.urlopen(f"{address}/live") as answer:
            stranger = answer.url
    assert "/login" in asked_at
    assert "/login" in stranger


def _open(
    chromium: Browser, address: str, *, width: int = 1_400, colours: str = "light", wait: str = "#start"
) -> tuple[Page, list[str]]:
    """Return a page, and the list of what the browser complains of."""
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=colours)  # type: ignore[arg-type]
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.wait_for_selector(wait)
    return page, complaints


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1):
            return True
    except OSError:
        return False

"""Who may ask Locust's web UI for what: with Locust's own Flask app, flask-cors and login in it."""

from __future__ import annotations

import socket
from argparse import Namespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from locust import LoadTestShape, User
from locust.argument_parser import get_parser
from locust.env import Environment
from locust.web import WebUI

from loadtests.asked import Asked
from loadtests.conductor import Setting, conduct
from loadtests.frozen_options import CHANGEABLE, FrozenOptions
from loadtests.login import CALLBACK, install_login
from loadtests.options import add_options
from loadtests.spec import load_spec_of
from loadtests.web_address import WebAddress
from loadtests.web_safety import guard
from simulator.core.errors import UsageError

HERE = {"Host": "127.0.0.1:8089"}
REFUSED, TAKEN = 403, 200
NAME, PASSWORD = "nurse", "secret word"
FORM = {"user_count": "7", "spawn_rate": "1", "run_time": "9s", "scenario": "hello", "slo": "2s"}
HIDDEN = {
    "report_json": "/tmp/stolen",
    "junit": "/tmp/stolen",
    "e2e_csv": "/tmp/stolen",
    "html_file": "/tmp/stolen",
    "baseline": "/etc/passwd",
    "transport": "kafka://elsewhere:9092",
    "kafka_config": "/etc/passwd",
    "repeat": "rm -rf /",
    "say": "json",
    "set": "septic_fraction=1",
}


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide pytest's arguments from Locust, whose web UI reads the command line for itself."""
    monkeypatch.setattr("sys.argv", ["locust"])


class Still(LoadTestShape):
    """A shape that starts nobody."""

    def tick(self) -> None:
        """End at once."""


class Nobody(User):
    """A user that does nothing."""


def options(*words: str) -> Namespace:
    """Return the options as Locust's own parser reads them, with ours."""
    parser = get_parser()
    add_options(parser)
    parsed: Namespace = parser.parse_args(list(words))
    return parsed


def web_ui(address: WebAddress, *, asked: Namespace | None = None, login: bool = False) -> WebUI:
    """Return Locust's web UI, guarded."""
    asked = asked or options()
    shape: Any = Still  # Locust's constructor has no types
    environment = Environment(user_classes=[Nobody], shape_class=shape(), parsed_options=asked)
    environment.create_local_runner().start_shape = lambda: None  # type: ignore[method-assign]  # nothing is to start
    ui = environment.create_web_ui(address.host, address.port, web_login=login, delayed_start=True)
    assert ui.app is not None
    guard(ui.app, address, FrozenOptions(asked))
    return ui


def client(host: str = "127.0.0.1", *, shown: str = "", asked: Namespace | None = None) -> FlaskClient:
    """Return a browser in front of a web UI that is bound to this host."""
    app: Any = web_ui(WebAddress(host, 8089, shown=shown), asked=asked).app
    browser: FlaskClient = app.test_client()
    return browser


@pytest.mark.parametrize("host", ["127.0.0.1:8089", "localhost:8089", "[::1]:8089", "LOCALHOST:8089"])
def test_a_page_on_the_loopback_answers_at_each_of_its_names(host: str) -> None:
    assert client().get("/", headers={"Host": host}).status_code == TAKEN


@pytest.mark.parametrize(
    "host", ["evil.example:8089", "evil.example", "127.0.0.1", "localhost:80", "[::1", "127.1:8089"]
)
def test_a_page_on_the_loopback_answers_at_no_other_name(host: str) -> None:
    answer = client().get("/", headers={"Host": host})
    assert (answer.status_code, answer.mimetype, answer.text.count("\n")) == (REFUSED, "text/plain", 1)


@pytest.mark.parametrize(
    ("bound", "shown", "host", "status"),
    [
        ("0.0.0.0", "", "127.0.0.1:8089", TAKEN),
        ("0.0.0.0", "", "localhost:8089", TAKEN),
        ("0.0.0.0", "", "10.1.2.3:8089", TAKEN),
        ("0.0.0.0", "", "127.0.0.1:9000", TAKEN),
        ("0.0.0.0", "", "[fd00::7]:8089", TAKEN),
        ("", "", "Load-Master:8089", TAKEN),
        ("::", "", "load-master:8089", TAKEN),
        ("0.0.0.0", "", "evil.example:8089", REFUSED),
        ("", "", "evil.example", REFUSED),
        ("*", "", "load-master.evil.example:8089", REFUSED),
        ("0.0.0.0", "", "10.1.2.3.evil.example:8089", REFUSED),
        ("10.0.0.5", "", "10.0.0.5:8089", TAKEN),
        ("10.0.0.5", "", "evil.example:8089", REFUSED),
        ("0.0.0.0", "https://load.example", "load.example", TAKEN),
        ("0.0.0.0", "load.example", "load.example:443", TAKEN),
        ("0.0.0.0", "load.example:443", "load.example:444", REFUSED),
        ("0.0.0.0", "load.example", "localhost:8089", TAKEN),
        ("0.0.0.0", "load.example", "evil.example:8089", REFUSED),
        ("127.0.0.1", "load.example", "load.example", TAKEN),
    ],
)
def test_a_page_elsewhere_answers_at_the_names_that_are_known(
    bound: str, shown: str, host: str, status: int, *, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "load-master")
    assert client(bound, shown=shown).get("/", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("path", ["/swarm", "/stop", "/stats/reset", "/user"])
@pytest.mark.parametrize(
    "said",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "http://[127.0.0.1:8089"},
        {"Referer": "http://evil.example/127.0.0.1:8089"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize("bound", ["127.0.0.1", "0.0.0.0"])
def test_another_page_changes_nothing(bound: str, path: str, said: dict[str, str]) -> None:
    assert client(bound).post(path, headers=HERE | said).status_code == REFUSED


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"Origin": "http://127.0.0.1:8089", "Sec-Fetch-Site": "same-origin"},
        {"Referer": "http://127.0.0.1:8089/pulsetrain"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
@pytest.mark.parametrize("bound", ["127.0.0.1", "0.0.0.0"])
def test_its_own_page_and_a_program_may_stop_a_load(bound: str, said: dict[str, str]) -> None:
    assert client(bound).post("/stop", headers=HERE | said).status_code == TAKEN


def test_what_the_report_will_say_cannot_be_reset() -> None:
    answer = client().post("/stats/reset", headers=HERE)
    assert (answer.status_code, "what was counted" in answer.get_data(as_text=True)) == (REFUSED, True)


def test_a_proxy_that_changes_the_host_is_known_by_the_name_that_is_shown() -> None:
    browser = client(shown="https://load.example")
    answer = browser.post("/stop", headers=HERE | {"Origin": "https://load.example"})
    assert answer.status_code == TAKEN


def test_a_link_from_elsewhere_still_opens_the_page() -> None:
    said = {"Referer": "http://evil.example/", "Sec-Fetch-Site": "cross-site"}
    assert client().get("/", headers=HERE | said).status_code == TAKEN


def test_where_a_locust_stops_by_get_that_is_guarded_too() -> None:
    ui = web_ui(WebAddress("127.0.0.1", 8089))
    app: Any = ui.app
    app.add_url_rule("/old/stop", "locust.stop", methods=["GET"])
    said = {"Sec-Fetch-Site": "cross-site"}
    assert app.test_client().get("/old/stop", headers=HERE | said).status_code == REFUSED


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/stats/requests"), ("GET", "/nowhere"), ("OPTIONS", "/swarm"), ("POST", "/swarm")],
)
def test_no_other_origin_may_read_an_answer(method: str, path: str) -> None:
    said = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    answer = client().open(path, method=method, headers=HERE | said)
    assert [name for name, _ in answer.headers if name.lower().startswith("access-control")] == []


def test_without_the_guard_locust_lets_any_origin_read() -> None:
    ui = WebUI(Environment(), "127.0.0.1", 8089, delayed_start=True)
    assert ui.app is not None
    answer = ui.app.test_client().get("/nowhere", headers={"Origin": "http://evil.example"})
    assert "Access-Control-Allow-Origin" in answer.headers


def test_a_form_changes_its_own_fields_and_nothing_else() -> None:
    asked = options("--report-json", "mine.json", "--set", "a=1")
    before = dict(vars(asked))
    answer = client(asked=asked).post("/swarm", data=FORM | HIDDEN, headers=HERE)
    changed = {name: value for name, value in vars(asked).items() if value != before.get(name)}
    assert answer.status_code == TAKEN
    assert changed == {"num_users": 7, "spawn_rate": 1.0, "run_time": 9, "scenario": "hello", "slo": "2s"}
    assert vars(asked).keys() == before.keys()


def test_what_is_written_between_two_loads_does_not_last() -> None:
    asked = Namespace(junit=None, say="quiet", slo="1s", num_users=1)
    frozen = FrozenOptions(asked)
    vars(asked).update(junit="stolen.xml", say="json", slo="2s", num_users=2, invented="x")
    frozen.restore()
    assert asked == Namespace(junit=None, say="quiet", slo="2s", num_users=2)


def test_a_form_that_fails_half_way_changes_no_more() -> None:
    asked = options()
    client(asked=asked).post("/swarm", data={"say": "json", "junit": "x", "rate_per_ward": "many"}, headers=HERE)
    assert (asked.say, asked.junit) == ("locust", None)


def test_the_fields_of_the_form_are_those_that_locust_shows() -> None:
    assert {
        "num_users",
        "spawn_rate",
        "run_time",
        "scenario",
        "shape",
        "rate_per_ward",
        "slo",
        "warm_up",
    } == CHANGEABLE
    parser = get_parser()
    theirs = set(parser.args_included_in_web_ui)
    add_options(parser)
    assert set(parser.args_included_in_web_ui) - theirs == {"scenario", "shape", "rate_per_ward", "slo", "warm_up"}


def test_without_a_word_locust_listens_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOCUST_WEB_HOST", "LOCUST_MASTER_BIND_HOST"):
        monkeypatch.delenv(name, raising=False)
    asked = options()
    assert (asked.web_host, asked.master_bind_host) == ("127.0.0.1", "127.0.0.1")


@pytest.mark.parametrize("host", ["*", "0.0.0.0", ""])
def test_it_listens_further_where_that_is_asked_for(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = options("--web-host", host, "--master-bind-host", host)
    monkeypatch.setenv("LOCUST_WEB_HOST", host or "0.0.0.0")
    assert (asked.web_host, asked.master_bind_host) == (host, host)
    assert options().web_host == (host or "0.0.0.0")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (WebAddress("127.0.0.1", 8089), "http://127.0.0.1:8089"),
        (WebAddress("", 8089), "http://0.0.0.0:8089"),
        (WebAddress("::1", 8089, scheme="https"), "https://[::1]:8089"),
    ],
)
def test_the_address_that_is_shown_is_the_one_that_is_bound(address: WebAddress, shown: str) -> None:
    assert str(address) == shown


def test_a_port_that_is_taken_is_said_before_anything_starts() -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"^--web-port {port} is taken: give another that is free\.$"):
            conduct(
                load_spec_of({"scenario": "sepsis", "rate": 10.0}),
                Asked(shape="constant", seconds=1.0, rate=10.0, wards=1),
                Setting(ui=True, web_port=port),
                say=said.append,
            )
    assert said == []


@pytest.mark.parametrize("port", [-1, 0, 99_999])
def test_a_port_that_is_none_is_said_too(port: int) -> None:
    with pytest.raises(UsageError, match=rf"^--web-port {port} is no port"):
        WebAddress("127.0.0.1", port).check_free()


def logging_in() -> FlaskClient:
    """Return a browser in front of a web UI with a login."""
    ui = web_ui(WebAddress("127.0.0.1", 8089), login=True)
    install_login(ui.environment, name=NAME, password=PASSWORD)
    app: Any = ui.app
    browser: FlaskClient = app.test_client()
    return browser


@pytest.mark.parametrize(
    ("name", "password"),
    [(NAME, "wrong"), ("wrong", PASSWORD), (NAME, ""), ("", ""), (NAME, PASSWORD + " "), ("nürse", PASSWORD)],
)
def test_who_knows_not_both_stays_outside(name: str, password: str) -> None:
    browser = logging_in()
    answer = browser.post(CALLBACK, data={"username": name, "password": password}, headers=HERE)
    assert (answer.status_code, answer.location) == (302, "/login")
    assert browser.get("/logs", headers=HERE).status_code == 302
    assert browser.post("/swarm", data=FORM, headers=HERE).status_code == 302


def test_who_knows_both_is_let_in() -> None:
    browser = logging_in()
    answer = browser.post(CALLBACK, data={"username": NAME, "password": PASSWORD}, headers=HERE)
    assert (answer.status_code, answer.location) == (302, "/")
    assert browser.get("/logs", headers=HERE).status_code == TAKEN


def test_a_name_in_an_address_lets_nobody_in() -> None:
    browser = logging_in()
    answer = browser.get(f"{CALLBACK}?username={NAME}&password={PASSWORD}", headers=HERE)
    assert answer.status_code == 405
    assert browser.get("/logs", headers=HERE).status_code == 302


def test_another_page_logs_nobody_in() -> None:
    said = {"Origin": "http://evil.example"}
    answer = logging_in().post(CALLBACK, data={"username": NAME, "password": PASSWORD}, headers=HERE | said)
    assert answer.status_code == REFUSED

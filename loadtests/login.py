"""A login for the web page, where `--web-login` asks for one: name and password from the environment."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from flask import redirect, request, session, url_for
from flask_login import UserMixin, login_user
from locust.env import Environment

CALLBACK = "/pulsetrain-login"
_KEY_BYTES = 32
_WRONG = "Invalid username or password"


class _Person(UserMixin):  # type: ignore[misc]  # published without types
    """Whoever knows the name and the password."""

    def __init__(self, name: str) -> None:
        self.id = name


def install_login(environment: Environment, *, name: str, password: str) -> None:
    """Let Locust's web UI, and the page in it, answer nobody who has not logged in."""
    web_ui: Any = environment.web_ui
    # The key signs sessions of this process alone, and no run depends on it.
    web_ui.app.config.update(
        SECRET_KEY=secrets.token_bytes(_KEY_BYTES), SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Strict"
    )
    web_ui.login_manager.user_loader(lambda known: _Person(name) if known == name else None)
    web_ui.auth_args = {"username_password_callback": f"{_base(web_ui)}{CALLBACK}"}

    def check() -> Any:
        given = request.form.get("username", ""), request.form.get("password", "")
        # Both are compared, in a time that tells nothing of where they differ.
        is_name, is_password = (
            hmac.compare_digest(one.encode(), right.encode())
            for one, right in zip(given, (name, password), strict=True)
        )
        if is_name and is_password:
            session.clear()
            login_user(_Person(name))
            web_ui.auth_args.pop("error", None)
            return redirect(url_for("locust.index"))
        web_ui.auth_args["error"] = _WRONG
        return redirect(url_for("locust.login"))

    web_ui.app.add_url_rule(f"{_base(web_ui)}{CALLBACK}", "pulsetrain_login", check, methods=["POST"])


def _base(web_ui: Any) -> str:
    own = web_ui.app.blueprints.get("locust")
    return (own.url_prefix or "") if own else ""

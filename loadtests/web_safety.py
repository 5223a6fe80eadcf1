"""Who may ask the web UI for what: only its own pages, at its own address, change anything."""

from __future__ import annotations

from flask import Flask, Response, request

from loadtests.frozen_options import FrozenOptions
from loadtests.web_address import WebAddress

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Some Locusts take these by GET too.
_CHANGING = frozenset({"locust.swarm", "locust.stop", "locust.reset_stats", "locust.update_user"})
_OWN_SITES = frozenset({"same-origin", "none"})


def guard(app: Flask, address: WebAddress, frozen: FrozenOptions) -> None:
    """Refuse strangers, share nothing, and let a form change its own fields alone.

    Call it once, before the web server answers, and before other `before_request` of the app.
    """
    app.before_request(lambda: _refusal(address))
    # Those registered first run last: after Locust's flask-cors, which lets any origin read.
    app.after_request_funcs.setdefault(None, []).insert(0, _without_sharing)
    app.after_request(lambda response: _with_frozen(response, frozen))


def _refusal(address: WebAddress) -> Response | None:
    try:
        is_called = address.is_called(request.host)
    except ValueError:
        is_called = False
    if not is_called:
        return _refused(
            f"this page is {address}, and is not called otherwise; --web-host-display-name gives it a name."
        )
    changes = request.method not in _SAFE_METHODS or request.endpoint in _CHANGING
    if request.endpoint == "locust.reset_stats":
        return _refused("what was counted is what the report will say. Every new test starts from nothing.")
    if changes and not _is_from_own_page(address):
        return _refused("only its own pages may ask that of it.")
    return None


def _is_from_own_page(address: WebAddress) -> bool:
    """Return whether nothing says that another page asks; a program such as curl says nothing."""
    headers = request.headers
    origins = [headers[name] for name in ("Origin", "Referer") if headers.get(name)]
    return headers.get("Sec-Fetch-Site", "none") in _OWN_SITES and all(
        address.is_own(origin, host=request.host) for origin in origins
    )


def _refused(why: str) -> Response:
    return Response(f"Refused: {why}\n", status=403, mimetype="text/plain")


def _without_sharing(response: Response) -> Response:
    for name in [name for name, _ in response.headers if name.lower().startswith("access-control-")]:
        del response.headers[name]
    return response


def _with_frozen(response: Response, frozen: FrozenOptions) -> Response:
    # At once: Locust writes its own files from the options too, before it tells us that it quits.
    if request.endpoint == "locust.swarm":
        frozen.restore()
    return response

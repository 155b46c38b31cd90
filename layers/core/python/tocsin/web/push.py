"""The page on which somebody switches push on in a browser, and what that browser loads: a script, a service worker,
a manifest and an icon."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from tocsin.engine import browsers
from tocsin.engine.browsers import Switches
from tocsin.engine.ports import Ports
from tocsin.paging.browsers import TooMany
from tocsin.web.links import environment, page_headers, style

#: What is loaded beside the page, with its kind. None of it is anybody's.
_STATIC = {
    "worker.js": "text/javascript; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.png": "image/png",
}
_MANIFEST = "manifest.json"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: What the page loads and asks is its own site's.
_POLICY = "script-src 'self'; worker-src 'self'; manifest-src 'self'; img-src 'self'; connect-src 'self'"
_SWITCHED_OFF = "Push is off there now."
_TESTED = "A test is on its way to each of them."
_NO_MORE = "That one was switched off before."


def answered(ports: Ports, event: Mapping[str, Any], key: Callable[[], str]) -> dict[str, Any]:
    """Answers a request of the HTTP API, payload format 2.0. ``key``: the public key that browsers are given."""
    name = (event.get("pathParameters") or {}).get("token", "")
    posted = event["requestContext"]["http"]["method"] == "POST"
    if name in _STATIC and not posted:
        return _static(name)
    if name == _MANIFEST and not posted:
        return _manifest((event.get("queryStringParameters") or {}).get("token", ""))
    found = browsers.look(ports, name)
    if found is None:
        return _page(None, "", status=410)
    if not posted:
        return _page(found, key())
    try:
        body = event.get("body") or ""
        body = base64.b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else body
    except ValueError:
        return _json(400, {"error": "the body is no text"})
    headers = event.get("headers") or {}
    if "json" in headers.get("content-type", ""):
        return _switched_on(ports, found, body, headers.get("user-agent", ""), key())
    said = _pressed(ports, found, body)
    return _page(browsers.look(ports, name), key(), said)


def _switched_on(ports: Ports, found: Switches, body: str, agent: str, key: str) -> dict[str, Any]:
    try:
        one = browsers.switch_on(ports, found.user, body, agent, key)
    except TooMany as error:
        return _json(409, {"error": str(error)})
    except ValueError as error:
        return _json(400, {"error": f"what the browser gave {error}"})
    return _json(200, {"id": one.id, "name": one.name})


def _pressed(ports: Ports, found: Switches, body: str) -> str:
    try:
        form = parse_qs(body, max_num_fields=8)
    except ValueError:
        return ""
    action = form.get("action", [""])[0]
    if action == "test" and found.browsers.rows:
        browsers.test(ports, found.user)
        return _TESTED
    if action.startswith("off-"):
        gone = browsers.switch_off(ports, found.user, frozenset([action.removeprefix("off-")]))
        return _SWITCHED_OFF if gone else _NO_MORE
    return ""


def _page(found: Switches | None, key: str, said: str = "", status: int = 200) -> dict[str, Any]:
    zone = ZoneInfo(found.timezone) if found is not None else None
    rows = [
        {"id": one.id, "name": one.name, "since": f"{since.day} {since:%b %Y, %H:%M}"}
        for one in (found.browsers.rows if found is not None else ())
        for since in (one.since.astimezone(zone),)
    ]
    html = (
        environment()
        .get_template("push.html")
        .render(found=found, rows=rows, key=key, said=said, style=style())
    )
    return {"statusCode": status, "headers": page_headers(_POLICY), "body": html}


@cache
def _content(name: str) -> bytes:
    return files("tocsin.web").joinpath("static", name).read_bytes()


def _static(name: str) -> dict[str, Any]:
    headers = {
        "content-type": _STATIC[name],
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
    }
    body = base64.b64encode(_content(name)).decode()
    return {"statusCode": 200, "headers": headers, "body": body, "isBase64Encoded": True}


def _manifest(token: str) -> dict[str, Any]:
    """Where a page has to be put on the home screen to be pushed to, it opens from there as it was."""
    if not _TOKEN.fullmatch(token):
        token = ""
    said = {
        "name": "Tocsin",
        "short_name": "Tocsin",
        "start_url": token or ".",
        "scope": ".",
        "display": "standalone",
        "background_color": "#0c0e14",
        "theme_color": "#0c0e14",
        "icons": [{"src": "icon.png", "sizes": "512x512", "type": "image/png", "purpose": "any maskable"}],
    }
    answer = _json(200, said)
    answer["headers"]["content-type"] = "application/manifest+json"
    return answer


def _json(status: int, said: Mapping[str, Any]) -> dict[str, Any]:
    headers = {
        "content-type": "application/json",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return {"statusCode": status, "headers": headers, "body": json.dumps(said)}

"""What the control API is asked: JSON objects, from this page or from a test; and what goes wrong, in words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import urllib3
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.handset.network import Refusal
from local.handset.stack import StackError
from tocsin.config.problems import ConfigError

Handler = Callable[[Request, dict[str, Any]], Awaitable[Response]]


def does(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """The handler as a route takes it: for this page alone, and what it raises as an answer."""

    async def guarded(request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return JSONResponse({"error": "another site's page may not use these phones"}, 403)
        try:
            return await handler(request, await body_of(request))
        except Refusal as error:
            return JSONResponse({"error": str(error)}, 404 if error.missing else 409)
        except (ValueError, ConfigError) as error:
            return JSONResponse({"error": str(error)}, 400)
        except StackError as error:
            return JSONResponse({"error": str(error)}, 502)
        except urllib3.exceptions.HTTPError:  # its words hold the path, and the path may hold a key
            return JSONResponse({"error": "the stack's API does not answer"}, 502)

    return guarded


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request, empty where it has none. Raises ValueError."""
    raw = await request.body()
    try:
        body = json.loads(raw) if raw.strip() else {}
    except ValueError as error:
        raise ValueError("the body is not JSON") from error
    if not isinstance(body, dict):
        raise ValueError("the body is not a JSON object")
    return body


def text(body: dict[str, Any], name: str) -> str:
    """A member that is a text and says something. Raises ValueError."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f'"{name}" is a text that is not empty')
    return value


def maybe(body: dict[str, Any], name: str, kind: type) -> Any:
    """A member of that type, or None. Raises ValueError."""
    value = body.get(name)
    if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
        raise ValueError(f'"{name}" is a JSON {kind.__name__}')
    return value

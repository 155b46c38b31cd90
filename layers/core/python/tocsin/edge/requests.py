"""Requests of API Gateway (payload format 2.0) as the HTTP API takes them, and its answers as API Gateway does."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from tocsin.engine.requests import Request, Response

#: Nothing is kept by others, sniffed, framed or told to another site.
HEADERS = {
    "cache-control": "no-store",
    "content-type": "application/json",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


def body_of(event: Mapping[str, Any]) -> bytes:
    """The body as it was sent; nothing for what is no base64 and should be."""
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(text).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def headers_of(event: Mapping[str, Any]) -> dict[str, str]:
    """By their names in lower case."""
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def request_of(event: Mapping[str, Any]) -> Request:
    return Request(
        event.get("routeKey", ""),
        event.get("pathParameters") or {},
        event.get("queryStringParameters") or {},
        headers_of(event),
        body_of(event),
    )


def answer_of(found: Response) -> dict[str, Any]:
    body = found.body.decode() if isinstance(found.body, bytes) else json.dumps(found.body)
    return {"statusCode": found.status, "headers": {**HEADERS, **found.headers}, "body": body}

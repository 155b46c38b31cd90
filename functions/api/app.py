"""The HTTP API: who is on call, and calendars to subscribe to."""

from __future__ import annotations

import json
from typing import Any

from tocsin.edge import wiring
from tocsin.edge.log import observed
from tocsin.edge.settings import settings
from tocsin.engine.api import Request, answer

#: Nothing is kept by others, sniffed, framed or told to another site.
HEADERS = {
    "cache-control": "no-store",
    "content-type": "application/json",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A request of the HTTP API, payload format 2.0."""
    request = Request(
        event.get("routeKey", ""),
        event.get("pathParameters") or {},
        event.get("queryStringParameters") or {},
        {name.lower(): value for name, value in (event.get("headers") or {}).items()},
    )
    ports = wiring.ports()
    found = answer(ports.store, request, settings().public_url, ports.clock.now())
    headers = {**HEADERS, **found.headers}
    body = found.body.decode() if isinstance(found.body, bytes) else json.dumps(found.body)
    return {"statusCode": found.status, "headers": headers, "body": body}

"""The door, for HTTP requests and for the door queue (SNS, EventBridge)."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from tocsin.edge import log, wiring
from tocsin.edge.batches import again_soon, failures
from tocsin.engine.ingest import IngestPorts, Request, from_queue, receive

#: A stage or a custom domain's base path may stand before our own paths.
_OURS = re.compile(r"/v[12]/.*", re.DOTALL)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers one HTTP API request (payload 2.0), or takes in a batch of the door queue."""
    ports = wiring.ingest_ports()
    if "Records" in event:
        failed = from_queue(event["Records"], ports, ports.now())
        if failed:
            log.logger().error("the alert queue did not take these records", extra={"records": failed})
        return failures(again_soon(one for one in event["Records"] if one["messageId"] in failed))
    return _http(event, ports)


def _http(event: dict[str, Any], ports: IngestPorts) -> dict[str, Any]:
    path = _OURS.search(event["rawPath"])
    response = receive(
        Request(
            method=event["requestContext"]["http"]["method"],
            path=path[0] if path else event["rawPath"],
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            query=event.get("queryStringParameters") or {},
            body=_body(event),
            now=ports.now(),
        ),
        ports,
    )
    if response.status >= 400:
        # Neither the path nor the body: both may hold a key.
        refused = {"status": response.status, "answer": response.body}
        log.logger().warning("a message was refused", extra=refused)
    return {
        "statusCode": response.status,
        "headers": {"content-type": "application/json", **response.headers},
        "body": json.dumps(response.body),
    }


def _body(event: dict[str, Any]) -> bytes | None:
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None

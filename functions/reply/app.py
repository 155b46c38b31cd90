"""What people answer: texts, mails and receipts from a queue, keys from a call, links and chats by the HTTP API."""

from __future__ import annotations

from typing import Any

from tocsin.edge import wiring
from tocsin.edge.answers import worked
from tocsin.edge.log import logger, observed
from tocsin.paging import receipts


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A batch of the reply queue, a request of the HTTP API, a command, or an event of a Connect flow."""
    if "Records" in event:
        return worked(event["Records"])
    if "requestContext" in event:
        return _http(event)
    if "command" in event or "contacts" in event:
        from tocsin.edge.pushing import pushing
        from tocsin.engine.wishes import asked

        return asked(wiring.ports(), event, pushing)
    press = receipts.key_press(event)
    if isinstance(press, receipts.Unrecognised):
        logger().warning("not a key press", extra={"reason": press.reason})
        return {"say": "Something went wrong. Please answer by text message."}
    from tocsin.engine import keys

    return {"say": keys.key_pressed(wiring.ports(), press)}


def _http(event: dict[str, Any]) -> dict[str, Any]:
    if "/v1/incidents/" in event["rawPath"]:
        from tocsin.edge.requests import answer_of, request_of
        from tocsin.engine.api_commands import commanded

        return answer_of(commanded(wiring.ports(), request_of(event)))
    if "/v1/" in event["rawPath"]:
        from tocsin.edge.chats import answered
    elif " /push/" in event["routeKey"]:
        from tocsin.edge.pushing import answered
    else:
        from tocsin.web.links import answered
    return answered(wiring.ports(), event)

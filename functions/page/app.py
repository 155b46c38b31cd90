"""The page queue's consumer: hands each page to a carrier once, and records what the carrier said."""

from __future__ import annotations

from typing import Any

from tocsin.edge import wiring
from tocsin.edge.batches import again_soon, failures, put_back
from tocsin.edge.log import logger, observed
from tocsin.edge.queues import read_page_message
from tocsin.engine.deliver import deliver


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch. A page that must wait goes back to the queue for that long: it is never sent to the queue again."""
    failed: list[dict[str, Any]] = []
    waiting: list[str] = []
    for record in event["Records"]:
        try:
            tries = int(record["attributes"]["ApproximateReceiveCount"])
            again = deliver(wiring.ports(), wiring.carriers(), read_page_message(record["body"]), tries)
        except Exception:
            logger().exception("a page could not be delivered", extra={"message_id": record["messageId"]})
            failed.append(record)
            continue
        if again is not None:
            put_back(record, again)
            waiting.append(record["messageId"])
    return failures([*again_soon(failed), *waiting])

"""The alert queue's consumer: every accepted event gets its fate."""

from __future__ import annotations

from typing import Any

from tocsin.edge import wiring
from tocsin.edge.batches import again_soon, by_group, events_of, failures
from tocsin.edge.log import logger, observed
from tocsin.engine.triage import triage


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One FIFO batch. A group in which something fails comes back whole; the other groups go on."""
    failed: list[dict[str, Any]] = []
    for records in by_group(event["Records"]):
        events, read, unread = events_of(records)
        failed.extend(unread)
        try:
            if events:
                triage(wiring.ports(), events)
        except Exception:
            logger().exception(
                "events could not be settled", extra={"group": records[0]["attributes"]["MessageGroupId"]}
            )
            failed.extend(read)
    return failures(again_soon(failed))

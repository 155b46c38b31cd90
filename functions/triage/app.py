"""The alert queue's consumer: every accepted event gets its fate."""

from __future__ import annotations

from typing import Any

from tocsin.edge import wiring
from tocsin.edge.batches import by_group, failures, queued
from tocsin.edge.log import logger, observed
from tocsin.engine.triage import triage


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One FIFO batch. A group that fails comes back whole from its first failure on; the other groups go on."""
    failed: list[str] = []
    for records in by_group(event["Records"]):
        try:
            triage(wiring.ports(), [queued(record) for record in records])
        except Exception:
            logger().exception(
                "events could not be settled", extra={"group": records[0]["attributes"]["MessageGroupId"]}
            )
            failed.extend(record["messageId"] for record in records)
    return failures(failed)

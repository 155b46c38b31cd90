"""The table's stream: every timeline entry becomes a metric."""

from __future__ import annotations

from typing import Any

from tocsin.edge import wiring
from tocsin.edge.log import logger, metrics
from tocsin.engine.react import count_entries
from tocsin.store.stream import new_entries


@metrics().log_metrics
@logger().inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the stream, in order; one that fails is halved and tried again by the event source."""
    count_entries(wiring.ports().metrics, new_entries(event["Records"]))
    return {"batchItemFailures": []}

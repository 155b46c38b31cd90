"""The table's stream: every timeline entry becomes a metric."""

from __future__ import annotations

from typing import Any

from tocsin.edge import wiring
from tocsin.edge.log import observed
from tocsin.engine.react import count_entries
from tocsin.store.stream import new_entries


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the stream, in order; one that fails is halved and tried again by the event source."""
    count_entries(wiring.ports().metrics, new_entries(event["Records"]))
    return {"batchItemFailures": []}

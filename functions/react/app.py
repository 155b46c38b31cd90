"""The table's stream: chats, subscribers and people who were paged hear of it, and every line becomes a metric."""

from __future__ import annotations

from typing import Any

from tocsin.edge import wiring
from tocsin.edge.log import observed
from tocsin.engine import resolved, subscribers
from tocsin.engine.react import count_entries
from tocsin.engine.threads import follow
from tocsin.store.stream import new_entries, new_lines


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the stream, in order; one that fails is halved and tried again by the event source."""
    lines = list(new_lines(event["Records"]))
    resolved.tell(wiring.ports(), lines)
    subscribers.tell(wiring.ports(), lines)
    follow(wiring.ports(), lines)
    count_entries(wiring.ports().metrics, new_entries(event["Records"]))
    return {"batchItemFailures": []}

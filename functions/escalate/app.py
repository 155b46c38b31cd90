"""The state machine's task: what an incident's clock does when it wakes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tocsin.edge import wiring
from tocsin.edge.log import observed
from tocsin.edge.queues import wait_until
from tocsin.engine.wake import wake
from tocsin.incidents.times import from_iso


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes ``{incident, due, clock, started}``, gives ``{incident, due, again}``: the next input."""
    wait = wake(
        wiring.ports(),
        int(event["incident"]),
        event["clock"],
        _instant(event["started"]),
        _instant(event["due"]),
    )
    due = wait_until(wait.due) if wait.due is not None else event["due"]
    return {"incident": event["incident"], "due": due, "again": wait.due is not None}


def _instant(text: str) -> datetime:
    return from_iso(text.replace("Z", "+00:00"))

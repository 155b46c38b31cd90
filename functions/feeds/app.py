"""Every quarter of an hour: reads the calendars that the configuration names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tocsin.edge import wiring
from tocsin.edge.fetching import Fetcher
from tocsin.edge.log import logger, observed
from tocsin.engine.feeds import refresh

#: What the last feed may still take, from the question to the last write.
LAST = timedelta(seconds=25)


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Gives how many feeds were read, failed, and were left for the next time."""
    ports = wiring.ports()
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    done = refresh(ports, Fetcher(), ports.clock.now() + left - LAST)
    if done.failed or done.left:
        logger().warning("feeds were not read", extra={"failed": done.failed, "left": done.left})
    return {"read": done.read, "failed": done.failed, "left": done.left}

"""The minute tick: the auditor, the handoffs, and the sign of life that the watchdog misses when it stops."""

from __future__ import annotations

from typing import Any

from tocsin.edge import wiring
from tocsin.edge.heartbeat import ping
from tocsin.edge.log import logger, observed
from tocsin.edge.settings import settings
from tocsin.engine.audit import audit
from tocsin.engine.handoffs import tell
from tocsin.engine.ports import Ports


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Gives what the auditor found. The sign of life comes last: a tick that failed is not one."""
    ports = wiring.ports()
    found = audit(ports)
    if found.armed or found.overdue:
        logger().warning("incidents armed anew", extra={"armed": found.armed, "overdue": found.overdue})
    told = _tell(ports)
    ports.metrics.count("ClockTick")
    if settings().heartbeat_url:
        ping(settings().heartbeat_url)
    return {"looked_at": found.looked_at, "armed": found.armed, "overdue": found.overdue, "told": told}


def _tell(ports: Ports) -> int:
    """Handoffs that cannot be told keep nobody's clock waiting: the next minute tries again."""
    try:
        return tell(ports)
    except Exception:
        logger().exception("handoffs could not be told")
        ports.metrics.count("HandoffsFailed")
        return 0

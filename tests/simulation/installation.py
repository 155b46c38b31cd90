"""The functions' own code in this process, acting through the run that is at work.

Nothing of the handlers, of the use cases or of the adapters to queues is replaced: only what they reach AWS, the time
and chance with.
"""

from __future__ import annotations

import importlib
import io
import logging
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.simulation.kernel import current

ALERTS, PAGES, MACHINE, WATCHDOG = "queue:alerts", "queue:pages", "machine:escalation", "topic:watchdog"
PUBLIC_URL = "https://tocsin.example"
FUNCTIONS = Path(__file__).parents[2] / "functions"

Handler = Callable[[dict[str, Any], Any], Any]

_ENVIRONMENT = {
    "POWERTOOLS_SERVICE_NAME": "tocsin",
    "POWERTOOLS_METRICS_NAMESPACE": "Tocsin",
    "TOCSIN_TABLE": "tocsin",
    "TOCSIN_ALERT_QUEUE_URL": ALERTS,
    "TOCSIN_PAGE_QUEUE_URL": PAGES,
    "TOCSIN_STATE_MACHINE_ARN": MACHINE,
    "TOCSIN_WATCHDOG_TOPIC_ARN": WATCHDOG,
    "TOCSIN_PUBLIC_URL": PUBLIC_URL,
}

#: What the functions log, of the history at work.
logged = io.StringIO()


@cache
def handlers() -> dict[str, Handler]:
    """Every function's handler, by name. The first call prepares the process."""
    os.environ.update(_ENVIRONMENT)
    from tocsin.alerts import event
    from tocsin.edge import alarms, batches, log, queues, wiring
    from tocsin.engine import ingest
    from tocsin.store.doubles import MemoryMetrics

    handling = {
        path.parent.name: importlib.import_module(f"functions.{path.parent.name}.app").handler
        for path in FUNCTIONS.glob("*/app.py")
    }
    around: Any = wiring
    around.ports = lambda: current().ports.ports
    around.carriers = lambda: current().ports.carriers
    around.ingest_ports = lambda: current().ports.door
    for module in (queues, batches, alarms):
        changed: Any = module
        changed.client = lambda service: current().ports.client(service)
    metrics = MemoryMetrics()
    for counting in (alarms, log):
        counted: Any = counting
        counted.EmfMetrics = lambda: metrics
    dealt: Any = event
    dealt.os = SimpleNamespace(urandom=lambda count: bytes.fromhex(current().ports.fresh())[:count])
    drawn: Any = ingest
    drawn.uuid4 = lambda: SimpleNamespace(hex=current().ports.fresh())
    for handler in log.logger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(logged)
    log.logger().setLevel("INFO")
    return handling


@cache
def context(name: str) -> Any:
    """What a handler gets beside its event."""
    return SimpleNamespace(
        function_name=f"tocsin-{name}",
        function_version="$LATEST",
        memory_limit_in_mb=256,
        invoked_function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:tocsin-{name}",
        aws_request_id="00000000-0000-0000-0000-000000000000",
    )

"""The functions' own code in this process, acting through the run that is at work.

Nothing of the handlers, of the use cases or of the adapters to queues is replaced: only what they reach AWS, the time
and chance with.
"""

from __future__ import annotations

import importlib
import io
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.simulation.kernel import current

ALERTS, PAGES, POSTS = "https://queues/alerts", "https://queues/pages", "https://queues/posts"
MACHINE, WATCHDOG = "machine:escalation", "topic:watchdog"
PUBLIC_URL = "https://tocsin.example"
WHATSAPP_NUMBER = "phone-number-id-976c72a700aac43eaf573ae050example"
FUNCTIONS = Path(__file__).parents[2] / "functions"

Handler = Callable[[dict[str, Any], Any], Any]

_ENVIRONMENT = {
    "POWERTOOLS_SERVICE_NAME": "tocsin",
    "POWERTOOLS_METRICS_NAMESPACE": "Tocsin",
    "TOCSIN_TABLE": "tocsin",
    "TOCSIN_ALERT_QUEUE_URL": ALERTS,
    "TOCSIN_PAGE_QUEUE_URL": PAGES,
    "TOCSIN_POST_QUEUE_URL": POSTS,
    "TOCSIN_STATE_MACHINE_ARN": MACHINE,
    "TOCSIN_WATCHDOG_TOPIC_ARN": WATCHDOG,
    "TOCSIN_PUBLIC_URL": PUBLIC_URL,
    "TOCSIN_WHATSAPP_PHONE_NUMBER_ID": WHATSAPP_NUMBER,
}

#: What the functions log, of the history at work.
logged = io.StringIO()


@cache
def handlers() -> dict[str, Handler]:
    """Every function's handler, by name."""
    return {
        path.parent.name: importlib.import_module(f"functions.{path.parent.name}.app").handler
        for path in FUNCTIONS.glob("*/app.py")
    }


@contextmanager
def installed() -> Iterator[None]:
    """Inside, the functions act through the run that is at work; outside, everything is as it was."""
    from tocsin.edge.log import logger
    from tocsin.edge.settings import settings

    logged.seek(0)
    logged.truncate()
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in _replaced()]
    environment = {name: os.environ.get(name) for name in _ENVIRONMENT}
    level, streams = logger().log_level, []
    try:
        os.environ.update(_ENVIRONMENT)
        settings.cache_clear()
        for owner, name, instead in _replaced():
            setattr(owner, name, instead)
        for handler in logger().handlers:
            if isinstance(handler, logging.StreamHandler):
                # Not by setStream: it flushes the stream before, which may be a test's that is over and closed.
                streams.append((handler, handler.stream))
                handler.stream = logged
        logger().setLevel("INFO")
        yield
    finally:
        logger().setLevel(level)
        for handler, stream in streams:
            handler.stream = stream
        for owner, name, was in before:
            setattr(owner, name, was)
        for name, text in environment.items():
            if text is None:
                del os.environ[name]
            else:
                os.environ[name] = text
        settings.cache_clear()


@cache
def _replaced() -> tuple[tuple[Any, str, Any], ...]:
    """What the functions reach the world with: whose, its name, and what stands there instead."""
    from tocsin.alerts import event
    from tocsin.edge import alarms, batches, chats, log, queues, wiring
    from tocsin.engine import ingest
    from tocsin.store.doubles import MemoryMetrics

    metrics = MemoryMetrics()
    return (
        (wiring, "ports", lambda: current().ports.ports),
        (wiring, "carriers", lambda: current().ports.carriers),
        (wiring, "ingest_ports", lambda: current().ports.door),
        *(
            (module, "client", lambda service: current().ports.client(service))
            for module in (queues, batches, alarms)
        ),
        (chats, "channel_client", lambda service: current().ports.carriers.client(service)),
        (chats, "channel_settings", lambda settings, secret: current().ports.carriers.settings()),
        *((module, "EmfMetrics", lambda: metrics) for module in (alarms, log)),
        (event, "os", SimpleNamespace(urandom=lambda count: bytes.fromhex(current().ports.fresh())[:count])),
        (ingest, "uuid4", lambda: SimpleNamespace(hex=current().ports.fresh())),
    )


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

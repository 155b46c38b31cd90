"""The one place that puts the pieces together. Everything is made when first asked for, and once per process.

What one function alone uses is imported there and not here: the others do not wait for it when they start.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from tocsin.edge.alarms import WatchdogAlarms
from tocsin.edge.clock import RandomIds, SystemClock
from tocsin.edge.log import EmfMetrics
from tocsin.edge.queues import SqsEvents, SqsPages, StepFunctions
from tocsin.edge.settings import settings
from tocsin.engine.ports import Ports
from tocsin.store.dynamo import DynamoStore

if TYPE_CHECKING:
    from tocsin.edge.carriers import AwsCarriers
    from tocsin.edge.door import Door


@cache
def store() -> DynamoStore:
    return DynamoStore(settings().table)


@cache
def ports() -> Ports:
    here = settings()
    return Ports(
        store=store(),
        pages=SqsPages(here.page_queue_url, here.post_queue_url),
        executions=StepFunctions(here.state_machine_arn),
        clock=SystemClock(),
        ids=RandomIds(),
        alarms=WatchdogAlarms(here.watchdog_topic_arn),
        metrics=EmfMetrics(),
        page_cap=here.page_cap,
        verified_only=here.verified_only,
        text_gap=timedelta(seconds=here.text_gap),
    )


@cache
def carriers() -> AwsCarriers:
    from tocsin.edge.carriers import AwsCarriers

    return AwsCarriers(settings())


@cache
def ingest_ports() -> Door:
    from tocsin.edge.door import Door

    here = settings()
    return Door(store(), SqsEvents(here.alert_queue_url), here.rate_per_key, SystemClock())

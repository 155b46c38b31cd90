"""The one place that puts the pieces together. Everything is made when first asked for, and once per process."""

from __future__ import annotations

from functools import cache

from tocsin.edge.alarms import WatchdogAlarms
from tocsin.edge.carriers import AwsCarriers
from tocsin.edge.clock import RandomIds, SystemClock
from tocsin.edge.door import Door
from tocsin.edge.log import EmfMetrics
from tocsin.edge.queues import SqsEvents, SqsPages, StepFunctions
from tocsin.edge.settings import settings
from tocsin.engine.ports import Ports
from tocsin.store.dynamo import DynamoStore


@cache
def store() -> DynamoStore:
    return DynamoStore(settings().table)


@cache
def ports() -> Ports:
    here = settings()
    return Ports(
        store=store(),
        pages=SqsPages(here.page_queue_url),
        executions=StepFunctions(here.state_machine_arn),
        clock=SystemClock(),
        ids=RandomIds(),
        alarms=WatchdogAlarms(here.watchdog_topic_arn),
        metrics=EmfMetrics(),
        page_cap=here.page_cap,
    )


@cache
def carriers() -> AwsCarriers:
    return AwsCarriers(settings())


@cache
def ingest_ports() -> Door:
    here = settings()
    return Door(store(), SqsEvents(here.alert_queue_url), here.rate_per_key)

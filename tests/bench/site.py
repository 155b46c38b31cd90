"""The functions on moto, with a meter on every request that they send to AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.bench.units import Item, reading, writing, written
from tests.bench.usage import WRITES, Invocation, Request, Usage, states_entered
from tests.functions.deployment import SERVICES, Deployment, aws
from tests.template import declared
from tocsin.edge import clients
from tocsin.store.dynamo.table import connection

#: Ten people; three steps with one person each, who gets a text at once and a call after two minutes.
PHONES = [f"+120255501{number:02}" for number in range(10)]
TEAM = "\n".join(
    [
        "version: 1",
        "users:",
        *(
            f"  p{number}: {{name: Person {number}, email: p{number}@example.com, contacts: {{mobile: '{phone}'}},"
            " notify: {high: [{after: 0m, via: sms}, {after: 2m, via: voice}]}}"
            for number, phone in enumerate(PHONES)
        ),
        "schedules:",
        "  primary: {timezone: Europe/London, layers: [{name: weekly, users: [p0], starts: 2026-01-05T09:00,"
        " rotate: {every: 1, unit: week}}]}",
        "policies:",
        "  p: {steps: [{page: [{schedule: primary}], wait: 5m}, {page: [{user: p1}], wait: 5m},"
        " {page: [{user: p2}], wait: 5m}], repeat: 2, last_resort: [{user: p9}]}",
        "services: {checkout: {policy: p}}",
        "integrations: {checkout: {service: checkout, source: generic}}",
        "catch_all: checkout",
    ]
)


class Site(Deployment):
    """A deployment that knows what it took."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._usage = Usage()
        self._running: Invocation | None = None
        super().__init__(patch, TEAM)
        index = declared("Table")["Properties"]["GlobalSecondaryIndexes"][0]
        self._index = [key["AttributeName"] for key in index["KeySchema"]]
        self._streamed = _streamed()
        for client in (connection().client, *map(clients.client, SERVICES)):
            client.meta.events.register("before-call", self._before)
            client.meta.events.register("after-call", self._after)

    @contextmanager
    def metered(self) -> Iterator[Usage]:
        """Gives what is taken until the end of the block."""
        self._usage = Usage()
        yield self._usage

    def invoke(self, name: str, event: dict[str, Any]) -> Any:
        run = Invocation(name, http="requestContext" in event)
        if "Records" in event:
            run.queue = event["Records"][0]["eventSourceARN"].rsplit(":", 1)[1]
        self._usage.invocations.append(run)
        self._running, before = run, self._logged()
        try:
            answer = super().invoke(name, event)
        finally:
            self._running = None
        run.logged = self._logged() - before
        if name == "escalate":
            run.transitions += states_entered(answer["again"])
        return answer

    def publish(self, topic: str, message: Any) -> None:
        self._usage.published += 1
        super().publish(topic, message)

    def _logged(self) -> int:
        return self.logged.tell() + self.printed.tell()

    # -- the meter ----------------------------------------------------------------------------------------------

    def _before(self, model: Any, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        """Remembers what is asked, and how the items to be written stand. What the stage asks for is not counted."""
        if self._running is None:
            return
        service, operation = model.service_model.service_name, model.name
        asked = json.loads(params["body"]) if service in ("dynamodb", "sqs") else {}
        keys = list(written(operation, asked)) if service == "dynamodb" and operation in WRITES else []
        context["metered"] = asked, keys, [self._item(key) for key in keys]

    def _after(self, model: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        if self._running is None or "metered" not in context:
            return
        service, operation = model.service_model.service_name, model.name
        asked, keys, before = context["metered"]
        queue = asked["QueueUrl"].rsplit("/", 1)[1] if service == "sqs" else ""
        units, streamed = 0.0, False
        if keys:
            streamed = any(key["sk"]["S"].startswith(self._streamed) for key in keys)
            pairs = zip(before, map(self._item, keys), strict=True)
            transaction = operation == "TransactWriteItems"
            units = sum(writing(was, now, self._index, transaction) for was, now in pairs)
        elif service == "dynamodb":
            units = self._read(operation, asked, parsed)
        elif operation == "StartExecution":
            self._running.transitions += 1
        self._running.requests.append(Request(service, operation, queue, units, streamed))

    def _read(self, operation: str, asked: dict[str, Any], parsed: dict[str, Any]) -> float:
        if operation == "BatchGetItem":
            wanted = asked["RequestItems"][self.table]
            return reading([self._item(key) for key in wanted["Keys"]], wanted.get("ConsistentRead", False))
        consistent = asked.get("ConsistentRead", False)
        if operation == "Query":
            return reading(parsed["Items"], consistent, together=True)
        return reading([parsed.get("Item")], consistent)

    def _item(self, key: Item) -> Item | None:
        item: Item | None = aws("dynamodb").get_item(TableName=self.table, Key=key).get("Item")
        return item


def _streamed() -> tuple[str, ...]:
    """How the sort keys of the items begin whose changes the stream hands on, by its filters; "" is any."""
    stream = declared("ReactFunction")["Properties"]["Events"]["Changes"]["Properties"]
    filters = stream.get("FilterCriteria", {}).get("Filters", [])
    keys = [json.loads(one["Pattern"])["dynamodb"]["Keys"]["sk"]["S"] for one in filters]
    return tuple(rule["prefix"] for rules in keys for rule in rules) or ("",)

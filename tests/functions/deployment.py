"""The functions deployed in this process: moto's table, queues and executions, carriers of ``network``, and a clock.

Nothing of the handlers is replaced but the time. What AWS does between them is done here: messages go from a queue to
its function and come back when it fails, executions sleep and wake, the minute ticks.
"""

from __future__ import annotations

import heapq
import importlib.util
import io
import json
import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.functions import lambda_events as events
from tests.functions.network import Carried, Network
from tests.template import declared
from tocsin.alerts.event import key_hash
from tocsin.alerts.keys import hash_key, new_key
from tocsin.config.load import load_text
from tocsin.config.revision import pack
from tocsin.edge import carriers, clients, log, secrets, settings, wiring
from tocsin.edge.clock import SystemClock
from tocsin.engine.history import next_apply
from tocsin.incidents.incident import Entry, Incident
from tocsin.store.configuration import KeyRecord
from tocsin.store.doubles import ManualClock
from tocsin.store.dynamo import DynamoStore
from tocsin.store.dynamo.table import connection

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FUNCTIONS = Path(__file__).parents[2] / "functions"
STATE_MACHINE = Path(__file__).parents[2] / "statemachines" / "escalation.asl.json"

PUBLIC_URL = "https://tocsin.example"
ANA, BEN, CHI = "+12025550101", "+12025550102", "+12025550103"

TEAM = """
version: 1
users:
  ana: {name: Ana Souza, email: ana@example.com, contacts: {mobile: "+12025550101"},
        notify: {high: [{after: 0m, via: sms}, {after: 3m, via: voice}], low: [{after: 0m, via: email}]}}
  ben: {name: Ben Okafor, email: ben@example.com, contacts: {mobile: "+12025550102"},
        notify: {high: [{after: 0m, via: voice}, {after: 2m, via: email}]}}
  chi: {name: Chi Tanaka, email: chi@example.com, contacts: {mobile: "+12025550103"},
        notify: {high: [{after: 0m, via: sms}]}}
  lee: {name: Lee Nobody}
policies:
  p:
    steps: [{page: [{user: ana}], wait: 5m}, {page: [{user: ben}], wait: 5m}]
    repeat: 1
    last_resort: [{user: chi}]
  ringing: {steps: [{page: [{user: ben}], wait: 10m}]}
  nobody: {steps: [{page: [{user: lee}]}]}
services:
  checkout: {policy: p, ack_timeout: 20m}
  search: {policy: ringing}
  empty: {policy: nobody}
integrations:
  checkout: {service: checkout, source: generic}
  prometheus: {service: checkout, source: alertmanager}
  pagerduty: {service: checkout, source: pagerduty}
  search: {service: search, source: generic}
  empty: {service: empty, source: generic}
  aws: {service: checkout, source: cloudwatch, default: true}
catch_all: checkout
"""


@dataclass(frozen=True)
class Worked:
    """A work queue: its resource in the template, the function that works on it, and how it is given the messages."""

    resource: str
    function: str
    batch: int
    visibility: int

    @classmethod
    def on(cls, function: str, event: str) -> Worked:
        source = declared(f"{function.capitalize()}Function")["Properties"]["Events"][event]["Properties"]
        resource = source["Queue"].removesuffix(".Arn")
        visibility = declared(resource)["Properties"]["VisibilityTimeout"]
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        return cls(resource, function, source["BatchSize"], visibility)


QUEUES = {
    "door": Worked.on("ingest", "Door"),
    "alerts": Worked.on("triage", "Alerts"),
    "pages": Worked.on("page", "Pages"),
    "replies": Worked.on("reply", "Replies"),
}
#: The topics whose messages a queue gets.
TOPICS = {
    "answers": "replies",
    "mails": "replies",
    "whatsapp": "replies",
    "receipts": "replies",
    "alarms": "door",
}
#: Whose clients the functions make, beside DynamoDB's.
SERVICES = ("sqs", "stepfunctions", "sns", "sesv2", "connect", "pinpoint-sms-voice-v2", "socialmessaging")


class Died(BaseException):
    """The function's process ends here. Not an Exception: nothing in it may catch this."""


@dataclass
class Grave:
    """Ends a function when it has the answer to its ``at``-th request to AWS, but not yet done anything with it.

    That is the same as to die before the next request. Only requests of ``function`` count. ``fault`` is raised
    instead of a death: the request fails, unsent, and the function lives on.
    """

    at: int | None = None
    function: str = ""
    fault: Exception | None = None
    seen: int = 0
    named: str = ""

    def before(self, function: str, request: str) -> None:
        if function == self.function:
            self.seen += 1
            if self.at == self.seen and self.fault is not None:
                self.at, self.named = None, request
                raise self.fault

    def behind(self, function: str, request: str) -> None:
        if function == self.function and self.at == self.seen:
            self.at, self.named = None, request
            raise Died(request)


@cache
def aws(service: str) -> Any:
    """A client of the tests' own: what it asks for is no request of a function."""
    return boto3.client(service, region_name=events.REGION)


_current: list[Deployment] = []
_hooked: set[int] = set()


def _hook(client: Any) -> None:
    """Has every request of the functions' clients pass by the deployment in use. Once for each client."""
    if id(client) in _hooked:
        return
    _hooked.add(id(client))
    name = client.meta.service_model.service_name
    hooks = client.meta.events

    def before(model: Any, params: dict[str, Any], **_: Any) -> None:
        for deployment in _current:
            deployment.requests.append(f"{name}.{model.name}")
            if deployment.running and f"{name}.{model.name}" in deployment.failing:
                raise deployment.failing[f"{name}.{model.name}"]
            deployment.grave.before(deployment.running, f"{name}.{model.name}")
            if name in ("sesv2", "sns"):
                deployment.network.ask(name, params)
            if model.name == "ChangeMessageVisibility":
                asked = json.loads(params["body"])
                deployment.put_back[asked["ReceiptHandle"]] = asked["VisibilityTimeout"]
            deployment.moved |= model.name in ("SendMessageBatch", "StartExecution")

    def behind(model: Any, parsed: dict[str, Any], http_response: Any, **_: Any) -> None:
        for deployment in _current:
            if http_response.status_code == 200 and model.name == "SendEmail":
                deployment.network.mailed(parsed)
            if http_response.status_code == 200 and model.name == "Publish":
                deployment.network.published(parsed)
            for spoil in deployment.spoilt.get(f"{name}.{model.name}", ()):
                spoil(parsed)
            deployment.grave.behind(deployment.running, f"{name}.{model.name}")

    hooks.register("before-call", before)
    hooks.register("after-call", behind)
    if name == "pinpoint-sms-voice-v2":
        hooks.register("before-send", lambda request, **_: _current[-1].network.end_user_messaging(request))
    if name == "socialmessaging":
        hooks.register("before-send", lambda request, **_: _current[-1].network.social_messaging(request))
    if name == "connect":
        hooks.register("before-send", lambda request, **_: _current[-1].network.connect(request))


def _load(name: str) -> Callable[[dict[str, Any], Any], Any]:
    """A function's handler, as a fresh process has it."""
    spec = importlib.util.spec_from_file_location(f"{name}_app", FUNCTIONS / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Callable[[dict[str, Any], Any], Any] = module.handler
    return handler


class Deployment:
    """One deployed stack, in place of the one before it. Instants are those of ``clock``."""

    def __init__(
        self, patch: pytest.MonkeyPatch, team: str | None = TEAM, stream: bool = False, **environment: str
    ) -> None:
        self.clock = ManualClock(AT)
        self.network = Network(self.clock.now)
        self.grave = Grave()
        self.requests: list[str] = []
        self.put_back: dict[str, int] = {}
        self.moved = True
        #: The function at work, and how often each of them runs for one event.
        self.running = ""
        self.times = 1
        #: Requests that fail, by their names (``sqs.SendMessageBatch``), and what is done to the answers of others.
        self.failing: dict[str, Exception] = {}
        self.spoilt: dict[str, list[Callable[[dict[str, Any]], None]]] = {}
        self.logged = io.StringIO()
        self.printed = io.StringIO()
        self._patch = patch
        self._waiting: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = 0
        self._executions: dict[str, dict[str, Any]] = {}
        self._begun: set[str] = set()
        self._sequence: dict[str, int] = {}
        self._suffix = uuid.uuid4().hex[:8]
        for gone in _current:
            # moto copies every table at every transaction.
            aws("dynamodb").delete_table(TableName=gone.table)
        self.table: str = self._make_table(stream)
        self.dead: dict[str, str] = {}
        self.queues = {name: self._make_queue(name) for name in QUEUES}
        self.watchdog = self._make_topic("watchdog")
        self._topics: dict[str, str] = {}
        self.machine = self._make_machine()
        self._set_up(environment)
        self.store = DynamoStore(self.table)
        if team is not None:
            self.apply(team)

    # -- the account --------------------------------------------------------------------------------------------

    def _make_table(self, stream: bool) -> str:
        properties = declared("Table")["Properties"]
        known = ["AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode"]
        if stream:
            properties["StreamSpecification"]["StreamEnabled"] = True
            known.append("StreamSpecification")
        name = f"tocsin-{self._suffix}"
        aws("dynamodb").create_table(TableName=name, **{word: properties[word] for word in known})
        return name

    def _make_queue(self, name: str) -> str:
        properties = declared(QUEUES[name].resource)["Properties"]
        redrive = properties["RedrivePolicy"]
        letters = declared(redrive["deadLetterTargetArn"].removesuffix(".Arn"))["Properties"]
        self.dead[name] = self._create_queue(f"{name}-dead", letters)
        redrive["deadLetterTargetArn"] = _arn_of(self.dead[name])
        return self._create_queue(name, properties)

    def _create_queue(self, name: str, properties: dict[str, Any]) -> str:
        ending = ".fifo" if properties.get("FifoQueue") else ""
        attributes = {
            key: value if isinstance(value, str) else json.dumps(value) for key, value in properties.items()
        }
        made = aws("sqs").create_queue(QueueName=f"{name}-{self._suffix}{ending}", Attributes=attributes)
        return str(made["QueueUrl"])

    def _make_topic(self, name: str) -> str:
        return str(aws("sns").create_topic(Name=f"{name}-{self._suffix}")["TopicArn"])

    def _make_machine(self) -> str:
        text = STATE_MACHINE.read_text().replace("${Partition}", "aws")
        text = text.replace("${EscalateFunctionArn}", events.context("escalate").invoked_function_arn)
        made = aws("stepfunctions").create_state_machine(
            name=f"escalation-{self._suffix}",
            definition=text,
            roleArn=f"arn:aws:iam::{events.ACCOUNT}:role/escalation",
        )
        return str(made["stateMachineArn"])

    # -- the functions ------------------------------------------------------------------------------------------

    def _set_up(self, environment: dict[str, str]) -> None:
        for name, value in {
            "POWERTOOLS_SERVICE_NAME": "tocsin",
            "POWERTOOLS_METRICS_NAMESPACE": "Tocsin",
            "TOCSIN_TABLE": self.table,
            "TOCSIN_ALERT_QUEUE_URL": self.queues["alerts"],
            "TOCSIN_PAGE_QUEUE_URL": self.queues["pages"],
            "TOCSIN_STATE_MACHINE_ARN": self.machine,
            "TOCSIN_WATCHDOG_TOPIC_ARN": self.watchdog,
            "TOCSIN_PUBLIC_URL": PUBLIC_URL,
            "TOCSIN_PAGE_CAP": "100",
            "TOCSIN_RATE_PER_KEY": "600",
            "TOCSIN_SMS_IDENTITY": f"arn:aws:sms-voice:{events.REGION}:{events.ACCOUNT}:phone-number/phone-1",
            "TOCSIN_SMS_CONFIGURATION_SET": "",
            "TOCSIN_SNS_SMS": "off",
            "TOCSIN_VOICE_IDENTITY": "",
            "TOCSIN_CONNECT_INSTANCE_ID": "11111111-2222-3333-4444-555555555555",
            "TOCSIN_CONNECT_FLOW_ID": "66666666-7777-8888-9999-000000000000",
            "TOCSIN_CONNECT_NUMBER": "+12025550199",
            "TOCSIN_MAIL_FROM": "tocsin@example.com",
            "TOCSIN_MAIL_CONFIGURATION_SET": "",
            "TOCSIN_MAIL_REPLY_TO": "ack@in.example.com",
            "TOCSIN_WHATSAPP_PHONE_NUMBER_ID": "phone-number-id-976c72a700aac43eaf573ae050example",
            "TOCSIN_WHATSAPP_TEMPLATE": "tocsin_page",
            "TOCSIN_WHATSAPP_LANGUAGE": "en",
            "TOCSIN_HEARTBEAT_URL": "",
            "TOCSIN_SECRETS": "/tocsin/secrets",
            "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": "https://texts.handset.example",
            "AWS_ENDPOINT_URL_CONNECT": "https://calls.handset.example",
            "AWS_ENDPOINT_URL_SOCIALMESSAGING": "https://whatsapp.handset.example",
            **environment,
        }.items():
            self._patch.setenv(name, value)
        with suppress(aws("sesv2").exceptions.AlreadyExistsException):
            aws("sesv2").create_email_identity(EmailIdentity="tocsin@example.com")
        self._patch.setattr(SystemClock, "now", lambda _: self.clock.now())
        self.restart()

    def restart(self) -> None:
        """New processes: nothing is remembered, every function starts cold."""
        forget()
        _current[:] = [self]
        self._handlers = {path.parent.name: _load(path.parent.name) for path in FUNCTIONS.glob("*/app.py")}
        for handler in log.logger().handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(self.logged)
        log.logger().setLevel("INFO")
        _hook(connection().client)
        for service in SERVICES:
            _hook(clients.client(service))

    def invoke(self, name: str, event: dict[str, Any]) -> Any:
        """Runs a handler. Event and answer are JSON, as they are between Lambda and its callers."""
        answer = None
        self.running = name
        try:
            for _ in range(self.times):
                with redirect_stdout(self.printed):
                    answer = self._handlers[name](json.loads(json.dumps(event)), events.context(name))
        finally:
            self.running = ""
        return json.loads(json.dumps(answer))

    def set_level(self, level: str) -> None:
        """How much the functions log."""
        log.logger().setLevel(level)

    @contextmanager
    def dying(self, at: int, function: str, fault: Exception | None = None) -> Iterator[Grave]:
        """Inside, the ``at``-th request of a function ends it (or fails), once; outside nothing does."""
        self.grave = Grave(at, function, fault)
        try:
            yield self.grave
        finally:
            self.grave = Grave()

    # -- what comes in ------------------------------------------------------------------------------------------

    def apply(self, team: str) -> str:
        id, blob = _packed(team)
        at = next_apply(self.store, self.clock.now())
        self.store.apply(id, blob, self.store.current_revision(), at, "tests")
        return id

    def key(self, integration: str) -> str:
        """A new key."""
        key = new_key()
        self.store.put_key(KeyRecord(hash_key(key), integration, self.clock.now()))
        return key

    def post(self, key: str, payload: Any, headers: dict[str, str] | None = None, **more: Any) -> Any:
        """An event by HTTP; gives the answer as API Gateway gets it."""
        body = payload if isinstance(payload, (str, bytes)) else json.dumps(payload)
        sent = {"content-type": "application/json", **(headers or {})}
        return self.invoke(
            "ingest", events.http("POST", f"/v1/events/{key}", body, sent, parameters={"key": key}, **more)
        )

    def alert(self, dedup_key: str = "disk", integration: str = "checkout", **more: Any) -> Incident:
        """A generic event, from the door to its incident; nothing is paged yet."""
        answer = self.post(
            self.key(integration),
            {"title": f"{dedup_key} is on fire", "dedup_key": dedup_key, "severity": "critical", **more},
        )
        assert answer["statusCode"] == 202, answer
        self.work("alerts")
        return self.incident_of(dedup_key, integration)

    def text(self, sender: str, body: str, answering: str = "", id: str | None = None) -> None:
        """Somebody writes to our number; the message lies in the reply queue then."""
        self.publish("answers", events.two_way_text(sender, body, answering, id))

    def publish(self, topic: str, message: Any) -> None:
        """A message to a topic whose subscriber is a work queue."""
        if topic not in self._topics:
            self._topics[topic] = self._make_topic(topic)
            aws("sns").subscribe(
                TopicArn=self._topics[topic], Protocol="sqs", Endpoint=_arn_of(self.queues[TOPICS[topic]])
            )
        text = message if isinstance(message, str) else json.dumps(message)
        aws("sns").publish(TopicArn=self._topics[topic], Message=text)
        self.moved = True

    def press(self, call: Carried, digit: str) -> str:
        """A key on a call; gives what is said."""
        event = events.key_press(call.id, call.to, call.request["Attributes"], digit)
        return str(self.invoke("reply", event)["say"])

    def look(self, path: str) -> Any:
        """Opens a link."""
        return self.invoke("reply", self.link_event("GET", path))

    def push(self, path: str, action: str) -> Any:
        """Presses a button of a link's page."""
        return self.invoke("reply", self.link_event("POST", path, f"action={action}"))

    @staticmethod
    def link_event(method: str, path: str, form: str | None = None) -> dict[str, Any]:
        headers = {"content-type": "application/x-www-form-urlencoded"} if form is not None else {}
        token = path.removeprefix("/l/")
        route = f"{method} /l/{{token}}"
        return events.http(method, path, form, headers, parameters={"token": token}, route=route)

    # -- queues -------------------------------------------------------------------------------------------------

    def receive(self, queue: str, visibility: int = 43_200) -> list[dict[str, Any]]:
        """What lies in a queue, as the records of one batch of its function."""
        url, size = self.queues[queue], QUEUES[queue].batch
        answer = aws("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=size, AttributeNames=["All"], VisibilityTimeout=visibility
        )
        name = url.rsplit("/", 1)[1]
        return [
            events.sqs_record(
                message, name, self._sequence.setdefault(message["MessageId"], len(self._sequence) + 1)
            )
            for message in answer.get("Messages", ())
        ]

    def work(self, queue: str) -> None:
        """Lets a queue's function work on everything that lies there now; what fails comes back in its time."""
        while records := self.receive(queue):
            self._consume(queue, records)

    def _consume(self, queue: str, records: list[dict[str, Any]]) -> None:
        try:
            answer = self.invoke(QUEUES[queue].function, events.sqs(records))
            failed = {row["itemIdentifier"] for row in answer["batchItemFailures"]}
        except (Died, Exception):
            failed = {record["messageId"] for record in records}
        back: dict[int, list[dict[str, Any]]] = {}
        for record in records:
            if record["messageId"] not in failed:
                aws("sqs").delete_message(QueueUrl=self.queues[queue], ReceiptHandle=record["receiptHandle"])
                continue
            seconds = self.put_back.pop(record["receiptHandle"], QUEUES[queue].visibility)
            received = int(record["attributes"]["ApproximateReceiveCount"]) + 1
            again = {**record["attributes"], "ApproximateReceiveCount": str(received)}
            back.setdefault(seconds, []).append({**record, "attributes": again})
        for seconds, some in back.items():
            self._later(
                self.clock.now() + timedelta(seconds=seconds),
                lambda some=some: self._consume(queue, some),  # type: ignore[misc]
            )

    def bodies(self, queue_url: str) -> list[str]:
        """The bodies of what lies in a queue and nobody is working on."""
        answer = aws("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", ())]

    # -- time ---------------------------------------------------------------------------------------------------

    def run(self, minutes: float = 0, ticks: bool = False) -> None:
        """Lets everything happen that happens by itself in so many minutes; ``ticks``: the auditor's, too."""
        end = self.clock.now() + timedelta(minutes=minutes)
        tick = self.clock.now() + timedelta(seconds=60)
        while ticks and tick <= end:
            self._later(tick, lambda: self._quietly("clock", events.minute(self.clock.now())))
            tick += timedelta(seconds=60)
        while True:
            while self.moved:
                self.moved = False
                for queue in QUEUES:
                    self.work(queue)
                self._start_executions()
            if not self._waiting or self._waiting[0][0] > end:
                break
            at, _, act = heapq.heappop(self._waiting)
            if at > self.clock.now():
                self.clock.set(at)
            act()
        if end > self.clock.now():
            self.clock.set(end)

    def _quietly(self, name: str, event: dict[str, Any]) -> Any:
        try:
            return self.invoke(name, event)
        except (Died, Exception):
            return None

    def _later(self, at: datetime, act: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._waiting, (at, self._order, act))

    def executions(self) -> list[dict[str, Any]]:
        """The names and inputs of all executions, the oldest first."""
        rows = aws("stepfunctions").list_executions(stateMachineArn=self.machine)["executions"]
        for row in reversed(rows):
            if row["name"] not in self._executions:
                found = aws("stepfunctions").describe_execution(executionArn=row["executionArn"])
                self._executions[row["name"]] = {
                    "name": row["name"],
                    "input": json.loads(found["input"]),
                    "started": self.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                }
        return list(self._executions.values())

    def forget_executions(self) -> None:
        """What sleeps never wakes: all executions are lost, and what waits for its time in a queue."""
        self._waiting.clear()

    def _start_executions(self) -> None:
        for one in self.executions():
            if one["name"] not in self._begun:
                self._begun.add(one["name"])
                self._sleep(one, one["input"])

    def _sleep(self, execution: dict[str, Any], state: dict[str, Any]) -> None:
        due = datetime.fromisoformat(state["due"].replace("Z", "+00:00"))
        self._later(due, lambda: self._wake(execution, state))

    def _wake(self, execution: dict[str, Any], state: dict[str, Any], tried: int = 0) -> None:
        """The state machine's task, its retry (without the jitter), and its choice."""
        answer = self._quietly("escalate", self.wake_event(execution, state))
        if answer is None:
            self._later(
                self.clock.now() + timedelta(seconds=min(30, 2**tried)),
                lambda: self._wake(execution, state, tried + 1),
            )
        elif answer["again"]:
            self._sleep(execution, answer)

    @staticmethod
    def wake_event(execution: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
        return {
            "incident": state["incident"],
            "due": state["due"],
            "clock": execution["name"],
            "started": execution["started"],
        }

    # -- what there is to see -----------------------------------------------------------------------------------

    @property
    def sent(self) -> list[Carried]:
        return self.network.sent

    def got(self) -> list[tuple[float, str, str]]:
        """(minutes after 02:00, channel, the end of the address) of everything that a carrier took."""
        return [
            (round((one.at - AT).total_seconds() / 60, 2), one.channel, one.to.split("@")[0][-3:])
            for one in self.sent
        ]

    def get(self, number: int) -> Incident:
        incident = self.store.incident(number)
        assert incident is not None
        return incident

    def incident_of(self, dedup_key: str, integration: str = "checkout") -> Incident:
        alert, _ = self.store.alert(key_hash(integration, dedup_key))
        assert alert is not None
        assert alert.incident is not None
        return self.get(alert.incident)

    def count_of(self, dedup_key: str, integration: str = "checkout") -> int:
        alert, _ = self.store.alert(key_hash(integration, dedup_key))
        return alert.count if alert is not None else 0

    def timeline(self, number: int) -> list[Entry]:
        return list(self.store.timeline(number))

    def kinds(self, number: int) -> list[str]:
        return [entry.kind for entry in self.timeline(number)]

    def spoil_item(self, pk: str, sk: str = "HEAD", **attributes: dict[str, Any]) -> None:
        """Changes attributes of an item behind everybody's back."""
        aws("dynamodb").update_item(
            TableName=self.table,
            Key={"pk": {"S": pk}, "sk": {"S": sk}},
            AttributeUpdates={name: {"Value": value, "Action": "PUT"} for name, value in attributes.items()},
        )

    def items(self) -> list[dict[str, Any]]:
        """Every item of the table, in the order of its keys."""
        found = aws("dynamodb").scan(TableName=self.table)["Items"]
        return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))

    def story(self, number: int) -> str:
        """The timeline as text, for a test that fails."""
        return "\n".join(
            f"{entry.at:%H:%M:%S} {entry.kind} {entry.actor.name} {json.dumps(dict(entry.details))}"
            for entry in self.timeline(number)
        )

    def lines(self) -> list[dict[str, Any]]:
        """The log so far, line by line."""
        return [json.loads(line) for line in self.logged.getvalue().splitlines()]

    def metrics(self) -> list[dict[str, Any]]:
        """The embedded metrics so far, one document for each line."""
        return [json.loads(line) for line in self.printed.getvalue().splitlines() if line.startswith("{")]

    def counted(self, name: str) -> float:
        """A metric's sum so far."""
        return sum(sum(row[name]) for row in self.metrics() if name in row)

    def alarms(self) -> list[str]:
        """What the watchdog's topic was told, by subject, the oldest first."""
        return [asked["Subject"] for asked in self.network.told]


def refusal(code: str = "ThrottlingException", operation: str = "StartExecution") -> ClientError:
    """An error as AWS gives it."""
    return ClientError({"Error": {"Code": code, "Message": "Rate exceeded"}}, operation)


def _arn_of(queue_url: str) -> str:
    return f"arn:aws:sqs:{events.REGION}:{events.ACCOUNT}:{queue_url.rsplit('/', 1)[1]}"


@cache
def _packed(team: str) -> tuple[str, bytes]:
    return pack(load_text(team).document)


def forget() -> None:
    """Empties what the functions remember between two events."""
    for remembered in (
        settings.settings,
        wiring.store,
        wiring.ports,
        wiring.carriers,
        wiring.ingest_ports,
        carriers.channel_client,
        secrets.secrets,
        log.logger,
        log.metrics,
    ):
        remembered.cache_clear()
    _current.clear()

"""The account that everything runs in: functions, queues, the state machine, the stream, the minute."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from tests.simulation import installation
from tests.simulation.carriers import Carriers
from tests.simulation.dice import Dice
from tests.simulation.effects import Effects
from tests.simulation.kernel import Ended, Kernel, Process, us
from tests.simulation.machine import Machine
from tests.simulation.queues import Lying, Queue
from tests.simulation.store import Seen, Witnessed, World
from tests.simulation.template import QUEUES, TIMEOUTS
from tests.simulation.weather import Weather
from tests.simulation.witness import Witness
from tocsin.edge.alarms import WatchdogAlarms
from tocsin.edge.door import Door
from tocsin.edge.queues import SqsEvents, SqsPages, StepFunctions
from tocsin.engine.ports import Ports
from tocsin.incidents.incident import Entry
from tocsin.store.doubles import MemoryMetrics

_CALL = ("crash", "error", "lost", "slow")
#: Seconds after which somebody gives a command up.
PATIENCE = 60

Done = Callable[[Ended], None]


class Cloud:
    """One history's account. ``page_cap`` as the template's parameter; ``store`` in memory when none is given."""

    def __init__(
        self,
        begin: datetime,
        dice: Dice,
        weather: Weather,
        page_cap: int | None,
        store: Witnessed | None = None,
    ) -> None:
        self.kernel = Kernel(begin)
        self.dice = dice
        self.weather = weather
        self.effects = Effects(weather)
        self.store: Any = store or World()
        self.store.begin(self.kernel, weather.lag)
        self.witness = Witness(self.kernel)
        self.store.witness = self.witness
        self.store.stream = self._streamed
        self.carriers = Carriers(self.kernel, dice, weather, self.witness)
        self.machine = Machine(self.kernel, dice, weather, self._woken)
        self.queues = {
            one.name: Queue(one, self.kernel, dice, weather, self._worker(one.function)) for one in QUEUES
        }
        self.metrics = MemoryMetrics()
        self.page_cap = page_cap
        self.runs = 0
        self.running = 0
        #: From ``ended`` on (the kernel's time) nothing begins by itself any more.
        self.still = False
        self.ended = 0
        self._stream: deque[dict[str, Any]] = deque()
        self._streaming = False
        self._batches = 0
        self._topic = 0

    # -- functions ----------------------------------------------------------------------------------------------

    def run(self, function: str, name: str, event: dict[str, Any], done: Done, spared: bool = False) -> None:
        """One run of a function. ``name`` is the run's own, whatever else happens in the history."""
        handler = installation.handlers()[function]
        context = installation.context(function)
        text = json.dumps(event)

        def body() -> Any:
            return json.loads(json.dumps(handler(json.loads(text), context)))

        def over(ended: Ended) -> None:
            self.running -= 1
            if not ended.well:
                self.witness.failed(name, ended)
            done(ended)

        # A container's clock is the container's: a function has a few of them.
        container = f"{function}-{self.dice.whole(f'{name}/container', 1, 3)}"
        process = Process(
            self.kernel, name, body, over, timeout=TIMEOUTS[function], skew=self.weather.skew_of(container)
        )
        process.spared = spared
        process.ports = Hands(self, process)
        self.runs += 1
        self.running += 1
        process.begin()

    def by_hand(self, name: str, machine: str, command: Callable[[Ports], Any], done: Done) -> None:
        """Somebody runs a command on a machine of their own, whose clock is its own, too."""

        def over(ended: Ended) -> None:
            self.running -= 1
            if not ended.well:
                self.witness.failed(name, ended)
            done(ended)

        process = Process(
            self.kernel,
            name,
            lambda: command(process.ports.ports),
            over,
            timeout=PATIENCE,
            skew=self.weather.skew_of(machine),
        )
        process.ports = Hands(self, process)
        self.running += 1
        process.begin()

    def _worker(self, function: str) -> Callable[..., None]:
        def work(
            name: str,
            batch: Sequence[Lying],
            spared: bool,
            done: Callable[[Sequence[str] | None], None],
        ) -> None:
            event = {"Records": [self.record(message) for message in batch]}

            def worked(ended: Ended) -> None:
                failed = None
                if ended.well:
                    failed = [row["itemIdentifier"] for row in ended.answer["batchItemFailures"]]
                done(failed)

            self.run(function, name, event, worked, spared)

        return work

    @staticmethod
    def record(message: Lying) -> dict[str, Any]:
        """A message as a function gets it."""
        return {
            "messageId": message.id,
            "receiptHandle": message.id,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(message.receives),
                "SequenceNumber": str(18_870_000_000_000_000_000 + message.sequence),
                "MessageGroupId": message.group,
            },
        }

    def _woken(self, name: str, payload: dict[str, Any], done: Done) -> None:
        self.run("escalate", name, payload, done)

    # -- the minute ---------------------------------------------------------------------------------------------

    def minute(self, number: int) -> None:
        """The scheduler's tick of this minute; Lambda runs a failed one once more."""
        if self.still:
            return
        name = f"clock(minute {number})"
        if not self.weather.strikes("dropped tick", name, self.kernel.now):
            self._tick(name, 1)
            if self.weather.strikes("duplicate", name, self.kernel.now):
                self.kernel.later(
                    self.dice.between(f"{name}/again", 0, 20), lambda: self._tick(f"{name}'", 1)
                )

    def _tick(self, name: str, tries: int) -> None:
        def done(ended: Ended) -> None:
            if not ended.well and tries == 1:
                self.kernel.later(60, lambda: self._tick(name, 2))

        self.run("clock", f"{name}#{tries}", {}, done)

    # -- the stream ---------------------------------------------------------------------------------------------

    def _streamed(self, number: int, entry: Entry) -> None:
        image = {"pk": {"S": f"INC#{number}"}, "sk": {"S": f"T#{entry.id}"}, "kind": {"S": entry.kind}}
        self._stream.append({"eventName": "INSERT", "dynamodb": {"NewImage": image}})
        if not self._streaming:
            self._streaming = True
            self.kernel.later(1, self._read_stream)

    def _read_stream(self) -> None:
        batch = list(self._stream)[:100]
        self._batches += 1

        def done(ended: Ended) -> None:
            # A batch that was worked on may come again all the same.
            where = f"react(batch {self._batches}) done"
            if ended.well and not self.weather.strikes("duplicate", where, self.kernel.now):
                for _ in batch:
                    self._stream.popleft()
            self._streaming = bool(self._stream)
            if self._stream:
                self.kernel.later(1, self._read_stream)

        self.run("react", f"react(batch {self._batches})", {"Records": batch}, done)

    # -- topics -------------------------------------------------------------------------------------------------

    def publish(self, id: str, queue: str, message: Any, arn: str) -> None:
        """SNS to a queue."""
        envelope = {
            "Type": "Notification",
            "MessageId": id,
            "TopicArn": arn,
            "Message": json.dumps(message),
            "Timestamp": self.kernel.instant().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        self.queues[queue].put(f"sns-{id}", json.dumps(envelope))


@dataclass(slots=True)
class ProcessClock:
    """A container's clock."""

    process: Process
    dice: Dice
    pauses: int = 0

    def now(self) -> datetime:
        return self.process.kernel.instant() + timedelta(microseconds=self.process.skew)

    def pause(self, attempt: int) -> None:
        self.pauses += 1
        name = f"{self.process.name}/pause {self.pauses}"
        self.process.rest(us(self.dice.between(name, 0, min(0.4, 0.02 * 2**attempt))))


class Hands:
    """Everything that one run reaches the world with."""

    def __init__(self, cloud: Cloud, process: Process) -> None:
        self._cloud = cloud
        self._process = process
        self._names = 0
        self._calls = 0
        store: Any = Seen(cloud.store, process, cloud.effects)
        self.ports = Ports(
            store=store,
            pages=SqsPages(installation.PAGES),
            executions=StepFunctions(installation.MACHINE),
            clock=ProcessClock(process, cloud.dice),
            ids=self,
            alarms=WatchdogAlarms(installation.WATCHDOG),
            metrics=cloud.metrics,
            page_cap=cloud.page_cap,
        )
        self.carriers = cloud.carriers.seen_by(process, cloud.effects)
        self.door = Door(
            store, SqsEvents(installation.ALERTS), 6000, self.ports.clock, lambda: process.kernel.now / 1e6
        )

    def fresh(self) -> str:
        self._names += 1
        return blake2b(f"{self._process.name}/{self._names}".encode(), digest_size=16).hexdigest()

    def token(self) -> str:
        token = self.fresh()[:22]
        self._cloud.witness.secrets.append(token)
        return token

    def client(self, service: str) -> Any:
        return self

    # -- SQS ----------------------------------------------------------------------------------------------------

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        cloud, process = self._cloud, self._process
        queue = cloud.queues[QueueUrl.removeprefix("queue:")]
        self._calls += 1
        name = f"{process.name}/put {self._calls}"
        partial = not process.spared and cloud.weather.strikes("partial", name, cloud.kernel.now)
        refused = cloud.dice.pick(f"{name}/refused", Entries)["Id"] if partial else None

        def put() -> dict[str, Any]:
            for entry in Entries:
                if entry["Id"] == refused:
                    continue
                id = f"{process.name}/{self._calls}.{entry['Id']}"
                body, group = entry["MessageBody"], entry.get("MessageGroupId", "")
                if queue.put(id, body, group, entry.get("MessageDeduplicationId", "")):
                    cloud.witness.queued(queue.declared.name, body)
            return {"Failed": [{"Id": refused, "Code": "InternalError"}] if refused is not None else []}

        return cloud.effects(process, f"put {len(Entries)} on {queue.declared.name}", put, _CALL)

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        queue = self._cloud.queues[QueueUrl.removeprefix("queue:")]
        self._cloud.effects(
            self._process, "put back", lambda: queue.hide(ReceiptHandle, VisibilityTimeout), _CALL
        )

    # -- Step Functions, SNS ------------------------------------------------------------------------------------

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> None:
        self._cloud.effects(
            self._process, f"start {name}", lambda: self._cloud.machine.start(name, input), _CALL
        )

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> None:
        # Its metric is counted by then, and has an alarm of the template on it: SNS is only the quicker way.
        self._cloud.witness.alarmed(Subject, Message)
        self._cloud.effects(self._process, "publish an alarm", lambda: None, _CALL)

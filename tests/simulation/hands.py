"""What one run reaches the world with: its clock, and the store, queues, executions and topics as it sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from tests.simulation import installation
from tests.simulation.dice import Dice
from tests.simulation.kernel import Process, us
from tests.simulation.store import Seen
from tocsin.edge.alarms import WatchdogAlarms
from tocsin.edge.door import Door
from tocsin.edge.queues import SqsEvents, SqsPages, StepFunctions
from tocsin.engine.ports import Ports

if TYPE_CHECKING:
    from tests.simulation.cloud import Cloud

_CALL = ("crash", "error", "lost", "slow")


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
            pages=SqsPages(installation.PAGES, installation.POSTS),
            executions=StepFunctions(installation.MACHINE),
            clock=ProcessClock(process, cloud.dice),
            ids=self,
            alarms=WatchdogAlarms(installation.WATCHDOG),
            metrics=cloud.metrics,
            page_cap=cloud.page_cap,
            verified_only=cloud.verified_only,
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
        queue = cloud.queues[QueueUrl.removeprefix("https://queues/")]
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
        queue = self._cloud.queues[QueueUrl.removeprefix("https://queues/")]
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

"""The account that everything runs in: functions, queues, the state machine, the stream, the minute."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from tests.simulation import installation
from tests.simulation.carriers import Carriers
from tests.simulation.dice import Dice
from tests.simulation.effects import Effects
from tests.simulation.hands import Hands
from tests.simulation.kernel import Ended, Kernel, Process
from tests.simulation.machine import Machine
from tests.simulation.queues import Lying, Queue
from tests.simulation.store import Witnessed, World
from tests.simulation.template import QUEUES, TIMEOUTS
from tests.simulation.weather import Weather
from tests.simulation.witness import Witness
from tocsin.engine.ports import Ports
from tocsin.escalation.amended import amended
from tocsin.escalation.model import Book
from tocsin.incidents.incident import Entry
from tocsin.oncall.changes import Changes
from tocsin.store.doubles import MemoryMetrics
from tocsin.store.dynamo.incidents import EntryItem

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
            one.name: Queue(one, self.kernel, dice, weather, self._worker(one.function, one.name))
            for one in QUEUES
        }
        self.metrics = MemoryMetrics()
        self.page_cap = page_cap
        #: Whether contacts have to be verified, and the addresses that nobody has.
        self.verified_only = False
        self.unverified: frozenset[str] = frozenset()
        #: Who had push when the history began.
        self.pushed: frozenset[str] = frozenset()
        self.runs = 0
        self.running = 0
        #: From ``ended`` on (the kernel's time) nothing begins by itself any more.
        self.still = False
        self.ended = 0
        self._stream: deque[dict[str, Any]] = deque()
        self._streaming = False
        self._batches = 0
        self._topic = 0

    def book(self, revision: str) -> Book:
        """What a revision says, with the push that people had when the history began."""
        return amended(self.store.revision(revision).book, Changes(push=self.pushed))

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

    def _worker(self, function: str, queue: str) -> Callable[..., None]:
        def work(
            name: str,
            batch: Sequence[Lying],
            spared: bool,
            done: Callable[[Sequence[str] | None], None],
        ) -> None:
            event = {"Records": [self.record(message, queue) for message in batch]}

            def worked(ended: Ended) -> None:
                failed = None
                if ended.well:
                    failed = [row["itemIdentifier"] for row in ended.answer["batchItemFailures"]]
                done(failed)

            self.run(function, name, event, worked, spared)

        return work

    @staticmethod
    def record(message: Lying, queue: str) -> dict[str, Any]:
        """A message as a function gets it. A queue's name here is all of its address."""
        return {
            "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
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
        image = EntryItem.of(number, entry).serialize()
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

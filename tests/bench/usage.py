"""What a piece of work took from AWS, in the units in which AWS counts it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

STATE_MACHINE = Path(__file__).parents[2] / "statemachines" / "escalation.asl.json"

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
CARRIERS = frozenset({"pinpoint-sms-voice-v2", "connect", "sesv2"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a function.

    ``queue`` is SQS's; ``units`` are DynamoDB's, of writing or reading; ``streamed``: the table's stream hands what
    it wrote to a function.
    """

    service: str
    operation: str
    queue: str = ""
    units: float = 0
    streamed: bool = False

    @property
    def writes(self) -> bool:
        return self.service == "dynamodb" and self.operation in WRITES


@dataclass(slots=True)
class Invocation:
    """One run of a function: by HTTP, by a batch of ``queue``, or by something that costs nothing itself."""

    function: str
    http: bool = False
    queue: str = ""
    requests: list[Request] = field(default_factory=list)
    transitions: int = 0
    logged: int = 0


@dataclass(slots=True)
class Usage:
    """Everything between two moments. ``published`` are messages to an SNS topic."""

    invocations: list[Invocation] = field(default_factory=list)
    published: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.invocations + other.invocations, self.published + other.published)

    def of(self, function: str) -> Usage:
        """The part of one function."""
        return Usage([one for one in self.invocations if one.function == function])

    @property
    def way(self) -> list[tuple[str, str]]:
        """The functions, queues and carriers that messages passed, in order."""
        found = []
        for one in self.invocations:
            found.append(("function", one.function))
            for request in one.requests:
                if request.service == "sqs":
                    found.append(("queue", request.queue))
                elif request.service in CARRIERS:
                    found.append(("carrier", request.service))
        return found

    @property
    def requests(self) -> list[Request]:
        return [request for one in self.invocations for request in one.requests]

    def number(self, service: str, *operations: str) -> int:
        """How many requests a service got, of these operations if any are named."""
        return sum(
            one.service == service and (not operations or one.operation in operations)
            for one in self.requests
        )

    @property
    def writes(self) -> int:
        return sum(one.writes for one in self.requests)

    @property
    def write_units(self) -> float:
        return sum(one.units for one in self.requests if one.writes)

    @property
    def read_units(self) -> float:
        return sum(one.units for one in self.requests if not one.writes)

    @property
    def transitions(self) -> int:
        return sum(one.transitions for one in self.invocations)

    @property
    def reactions(self) -> int:
        """Invocations of the stream's function: one for each request, as when nothing else happens at that moment."""
        return sum(one.streamed for one in self.requests)

    @property
    def runs(self) -> int:
        """Invocations of all functions."""
        return len(self.invocations) + self.reactions

    @property
    def http(self) -> int:
        return sum(one.http for one in self.invocations)

    @property
    def logged(self) -> int:
        return sum(one.logged for one in self.invocations)

    def sqs(self, fifo: bool) -> int:
        """Requests to FIFO queues or to the others. A batch costs a receive and a delete beside its sending."""
        sent = (one.queue for one in self.requests if one.service == "sqs")
        worked = (one.queue for one in self.invocations if one.queue)
        return _count(sent, fifo) + 2 * _count(worked, fifo)


def _count(queues: Iterable[str], fifo: bool) -> int:
    return sum(queue.endswith(".fifo") == fifo for queue in queues)


def states_entered(again: bool) -> int:
    """State transitions from the end of a wait: to the next one, or to the execution's end."""
    machine = json.loads(STATE_MACHINE.read_text(encoding="utf-8"))
    states = machine["States"]
    name, entered = states[machine["StartAt"]]["Next"], 0
    while True:
        entered += 1
        state = states[name]
        match state["Type"]:
            case "Wait":
                return entered
            case "Succeed":
                return entered + 1
            case "Choice":
                name = state["Choices"][0]["Next"] if again else state["Default"]
            case _:
                name = state["Next"]

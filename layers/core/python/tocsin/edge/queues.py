"""The queues and the state machine, as the use cases ask for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tocsin.edge.clients import client
from tocsin.edge.log import logger
from tocsin.incidents.plan import Page
from tocsin.incidents.times import whole_seconds_up
from tocsin.store.ports import ArmingFailed, PageMessage

if TYPE_CHECKING:
    from tocsin.alerts.event import AlertEvent
    from tocsin.store.messages import OnPageQueue

#: SendMessageBatch takes ten messages and 1 MiB in all; a margin is left for attributes and the envelope.
_BATCH = 10
_BATCH_BYTES = 1_000_000


class QueueRefused(Exception):
    """A queue did not take every message."""


def _batches(bodies: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    batch: list[tuple[str, dict[str, Any]]] = []
    size = 0
    for id, entry in bodies:
        length = len(entry["MessageBody"].encode())
        if batch and (len(batch) == _BATCH or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((id, entry))
        size += length
    if batch:
        yield batch


def _put(url: str, bodies: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
    """Sends in batches and gives the ids that were not taken."""
    failed: list[str] = []
    for batch in _batches(bodies):
        entries = [{"Id": str(index), **entry} for index, (_, entry) in enumerate(batch)]
        try:
            answer = client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
        except Exception:
            logger().exception("a batch could not be put on the queue")
            failed.extend(id for id, _ in batch)
            continue
        failed.extend(batch[int(entry["Id"])][0] for entry in answer.get("Failed", ()))
    return failed


class SqsEvents:
    """The alert queue: first in, first out within one dedup key."""

    def __init__(self, url: str) -> None:
        self._url = url

    def put(self, events: Sequence[AlertEvent]) -> list[str]:
        """Puts events and gives the ids of those that the queue did not take."""
        bodies = [
            (
                event.id,
                {
                    "MessageBody": event.to_json(),
                    "MessageGroupId": event.group(),
                    "MessageDeduplicationId": event.id,
                },
            )
            for event in events
        ]
        return _put(self._url, bodies)


class SqsPages:
    """The page queue: standard, and fair between incidents. What wakes nobody has a queue of its own, ``posts``: a
    webhook that hangs holds up no page."""

    def __init__(self, url: str, posts: str = "") -> None:
        self._url = url
        self._posts = posts or url

    def put(self, messages: Sequence[OnPageQueue]) -> None:
        bodies: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        for index, message in enumerate(messages):
            url = self._posts if message.wakes_nobody else self._url
            entry = {"MessageBody": json.dumps(message.as_json()), "MessageGroupId": message.group}
            bodies.setdefault(url, []).append((str(index), entry))
        failed = [id for url, one in bodies.items() for id in _put(url, one)]
        if failed:
            raise QueueRefused(f"{len(failed)} of {len(messages)} messages were not taken by the page queue")


def read_page_message(body: str) -> OnPageQueue:
    """What was put on the page queue. Raises ValueError or KeyError for what nobody put there."""
    row = json.loads(body)
    if row["kind"] == "page":
        return PageMessage(int(row["incident"]), Page.from_json(row["page"]))
    from tocsin.store.messages import from_json  # most of what travels there are pages

    return from_json(row)


class StepFunctions:
    """Executions of the escalation state machine."""

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def start(self, name: str, incident: int, due: datetime) -> None:
        text = json.dumps({"incident": str(incident), "due": wait_until(due)})
        try:
            client("stepfunctions").start_execution(stateMachineArn=self._arn, name=name, input=text)
        except Exception as error:
            logger().warning("an execution could not be started", extra={"incident": incident}, exc_info=True)
            raise ArmingFailed(str(error)) from error


def wait_until(due: datetime) -> str:
    """A timestamp as a Wait state reads it: whole seconds, UTC, ``Z``. Rounded up: nothing wakes before its time."""
    return whole_seconds_up(due.astimezone(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")

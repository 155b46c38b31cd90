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
from tocsin.store.ports import ArmingFailed, Heard, Notice, OnPageQueue, PageMessage, Refresh, Resolved

if TYPE_CHECKING:
    from tocsin.alerts.event import AlertEvent

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
            url = self._posts if _wakes_nobody(message) else self._url
            entry = {"MessageBody": page_message(message), "MessageGroupId": _group(message)}
            bodies.setdefault(url, []).append((str(index), entry))
        failed = [id for url, one in bodies.items() for id in _put(url, one)]
        if failed:
            raise QueueRefused(f"{len(failed)} of {len(messages)} messages were not taken by the page queue")


def _wakes_nobody(message: OnPageQueue) -> bool:
    if isinstance(message, PageMessage):
        return message.page.kind == "post"
    # A notice may be the answer that somebody waits for.
    return not isinstance(message, Notice)


def _group(message: OnPageQueue) -> str:
    return "notices" if isinstance(message, Notice) else str(message.incident)


def page_message(message: OnPageQueue) -> str:
    """A page message's body."""
    if isinstance(message, Refresh):
        one = {"page": message.page} if message.page else {}
        return json.dumps({"kind": "refresh", "incident": message.incident, **one})
    if isinstance(message, Resolved):
        return json.dumps(
            {
                "kind": "resolved",
                "incident": message.incident,
                "cycle": message.cycle,
                "user": message.user,
            }
        )
    if isinstance(message, Heard):
        return json.dumps(
            {"kind": "heard", "incident": message.incident, "entry": message.entry, "user": message.user}
        )
    if isinstance(message, PageMessage):
        return json.dumps({"kind": "page", "incident": message.incident, "page": message.page.as_json()})
    row = {"kind": "notice", "id": message.id, "via": message.via, "to": message.to, "text": message.text}
    more = {
        "subject": message.subject,
        "thread": message.thread,
        "user": message.user,
        "proves": message.proves,
        "incident": message.incident,
    }
    return json.dumps(row | {name: value for name, value in more.items() if value})


def read_page_message(body: str) -> OnPageQueue:
    """The reverse of ``page_message``. Raises ValueError or KeyError for what it did not write."""
    row = json.loads(body)
    if row["kind"] == "page":
        return PageMessage(int(row["incident"]), Page.from_json(row["page"]))
    if row["kind"] == "refresh":
        return Refresh(int(row["incident"]), str(row.get("page", "")))
    if row["kind"] == "resolved":
        return Resolved(int(row["incident"]), int(row["cycle"]), str(row["user"]))
    if row["kind"] == "heard":
        return Heard(int(row["incident"]), str(row["entry"]), str(row["user"]))
    return Notice(
        row["id"],
        row["via"],
        row["to"],
        row["text"],
        row.get("subject", ""),
        row.get("thread", ""),
        row.get("user", ""),
        bool(row.get("proves", False)),
        row.get("incident"),
    )


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

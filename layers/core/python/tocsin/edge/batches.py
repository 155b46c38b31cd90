"""Batches of queue messages as Lambda hands them over, and how some of them are given back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tocsin.edge.clients import client
from tocsin.edge.log import logger
from tocsin.edge.settings import settings

if TYPE_CHECKING:
    from tocsin.engine.triage import Queued

#: Sequence numbers of a FIFO queue have 20 digits; padded further, they sort as text whatever their length.
_SEQ_DIGITS = 40
#: ChangeMessageVisibility takes at most twelve hours; no page waits nearly as long.
_LONGEST = 900


def failures(ids: Iterable[str]) -> dict[str, Any]:
    """What a handler with ReportBatchItemFailures gives back: messages that shall come again."""
    return {"batchItemFailures": [{"itemIdentifier": id} for id in ids]}


def by_group(records: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The records of a FIFO batch by group, in their order."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        groups.setdefault(record["attributes"]["MessageGroupId"], []).append(record)
    return list(groups.values())


def events_of(records: Iterable[dict[str, Any]]) -> tuple[list[Queued], list[str]]:
    """A group's events as triage takes them, and the ids of the messages that are none.

    Those come back alone until their queue gives them up: no event waits for what can never be settled.
    """
    # The page and the reply function have batches, too, and triage nothing.
    from tocsin.alerts.event import AlertEvent
    from tocsin.engine.triage import Queued

    events: list[Queued] = []
    unread: list[str] = []
    for record in records:
        try:
            event = AlertEvent.from_json(record["body"])
        except (ValueError, RecursionError):
            logger().exception("not an event", extra={"message_id": record["messageId"]})
            unread.append(record["messageId"])
            continue
        events.append(Queued(event, str(record["attributes"]["SequenceNumber"]).zfill(_SEQ_DIGITS)))
    return events, unread


def put_back(record: dict[str, Any], seconds: float) -> None:
    """Hides a message of the page or the post queue for a while. When that fails, the queue's own visibility brings it
    back."""
    here = settings()
    name = str(record.get("eventSourceARN", "")).rpartition(":")[2]
    posts = name == here.post_queue_url.rpartition("/")[2]
    try:
        client("sqs").change_message_visibility(
            QueueUrl=here.post_queue_url if posts else here.page_queue_url,
            ReceiptHandle=record["receiptHandle"],
            VisibilityTimeout=max(1, min(_LONGEST, round(seconds))),
        )
    except Exception:
        logger().warning("a message's visibility could not be changed", exc_info=True)

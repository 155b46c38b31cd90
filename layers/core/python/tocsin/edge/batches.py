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
#: Seconds after which a message that failed comes again, doubled by each receive, up to what a crash would cost it.
_SOON, _LATEST = 1, 60


def failures(ids: Iterable[str]) -> dict[str, Any]:
    """What a handler with ReportBatchItemFailures gives back: messages that shall come again."""
    return {"batchItemFailures": [{"itemIdentifier": id} for id in ids]}


def again_soon(records: Iterable[dict[str, Any]]) -> list[str]:
    """Messages whose handling failed come again in 2 s, then 4, 8, up to 60, and not only when their queue's visibility
    is over. Gives their ids."""
    failed = list(records)
    for record in failed:
        receives = int(record["attributes"]["ApproximateReceiveCount"])
        put_back(record, min(_LATEST, _SOON << min(receives, 10)))
    return [record["messageId"] for record in failed]


def by_group(records: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The records of a FIFO batch by group, in their order."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        groups.setdefault(record["attributes"]["MessageGroupId"], []).append(record)
    return list(groups.values())


def events_of(
    records: Iterable[dict[str, Any]],
) -> tuple[list[Queued], list[dict[str, Any]], list[dict[str, Any]]]:
    """A group's events as triage takes them, the records that they are of, and the records that are none.

    Those come back alone until their queue gives them up: no event waits for what can never be settled.
    """
    # The page and the reply function have batches, too, and triage nothing.
    from tocsin.alerts.event import AlertEvent
    from tocsin.engine.triage import Queued

    events: list[Queued] = []
    read: list[dict[str, Any]] = []
    unread: list[dict[str, Any]] = []
    for record in records:
        try:
            event = AlertEvent.from_json(record["body"])
        except (ValueError, RecursionError):
            logger().exception("not an event", extra={"message_id": record["messageId"]})
            unread.append(record)
            continue
        read.append(record)
        events.append(Queued(event, str(record["attributes"]["SequenceNumber"]).zfill(_SEQ_DIGITS)))
    return events, read, unread


def put_back(record: dict[str, Any], seconds: float) -> None:
    """Hides a message of one of our queues for a while. When that fails, the queue's own visibility brings it back."""
    # All our queues are of one account and region, and their addresses differ in the name alone.
    queues = settings().page_queue_url.rpartition("/")[0]
    name = record["eventSourceARN"].rpartition(":")[2]
    try:
        client("sqs").change_message_visibility(
            QueueUrl=f"{queues}/{name}",
            ReceiptHandle=record["receiptHandle"],
            VisibilityTimeout=max(1, min(_LONGEST, round(seconds))),
        )
    except Exception:
        logger().warning("a message's visibility could not be changed", exc_info=True)

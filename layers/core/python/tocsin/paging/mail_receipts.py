"""What became of a mail: the events that SES publishes to a topic, by a configuration set or by an identity.

The format: SES developer guide, "Contents of event data that Amazon SES publishes to Amazon SNS".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from tocsin.paging.channels.email import PAGE_HEADER
from tocsin.paging.receipts import Receipt, Unrecognised

#: Permanent bounces by their subtype. The others mean an address that takes no mail at all.
_BLOCKED = frozenset(("Suppressed", "OnAccountSuppressionList", "UnsubscribedRecipient"))
_EVENTS = {
    "Bounce": "bounce",
    "Complaint": "complaint",
    "Delivery": "delivery",
    "DeliveryDelay": "deliveryDelay",
    "Reject": "reject",
    "Send": "send",
}
_MOST = 1_000_000


def read(body: str) -> Receipt | Unrecognised:
    """A message of the queue that the topic fills: SNS's envelope, or its raw delivery. Never raises.

    A permanent bounce and a reject are hard. A transient bounce is not: SES counts an out-of-office reply as one, and a
    mailbox that is full may be read all the same; the plan's own wait covers those. Nor is a complaint: that mail came.
    """
    found = unwrapped(body)
    if found is None:
        return Unrecognised("not a JSON object")
    event = text(found, "eventType") or text(found, "notificationType")
    part = mapping(found, _EVENTS.get(event, ""))
    mail = mapping(found, "mail")
    provider_id = text(mail, "messageId")
    if event not in _EVENTS or not provider_id:
        return Unrecognised(f"no event of a mail: {event[:40]!r}")
    reason = ""
    if event == "Bounce" and text(part, "bounceType") == "Permanent":
        reason = "address_blocked" if text(part, "bounceSubType") in _BLOCKED else "invalid_address"
    elif event == "Reject":
        reason = "rejected"
    to = mail.get("destination")
    return Receipt(
        provider_id=provider_id,
        channel="email",
        status=event.lower(),
        hard=bool(reason),
        reason=reason,
        to=to[0] if isinstance(to, list) and len(to) == 1 and isinstance(to[0], str) else "",
        page_id=_page(mail),
        at=_instant(text(part, "timestamp") or text(mail, "timestamp")),
    )


def unwrapped(body: str) -> Mapping[str, Any] | None:
    """The JSON object within SNS's envelope, or without one; None where there is none."""
    found = _json(body)
    if isinstance(found, dict) and isinstance(found.get("Message"), str):
        found = _json(found["Message"])
    return found if isinstance(found, dict) else None


def _json(body: str) -> Any:
    if len(body) > _MOST:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def text(found: Mapping[str, Any], key: str) -> str:
    """A text in it, empty where there is none."""
    value = found.get(key)
    return value if isinstance(value, str) else ""


def mapping(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object in it, empty where there is none."""
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _page(mail: Mapping[str, Any]) -> str | None:
    """The page's id, which travels in a header of ours."""
    found = mail.get("headers")
    for one in found[:100] if isinstance(found, list) else ():
        if isinstance(one, dict) and text(one, "name").lower() == PAGE_HEADER.lower():
            return unquote(text(one, "value")[:1_000]) or None
    return None


def _instant(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None

"""Delivery receipts, as a configuration set's SNS destination gets them from End User Messaging."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from local.handset.records import Call, Text

_SAYS = {
    "TEXT_DELIVERED": "Message has been accepted by phone",
    "TEXT_TTL_EXPIRED": "Message was not delivered within its time to live",
    "TEXT_CARRIER_BLOCKED": "Carrier has blocked the message",
    "TEXT_CARRIER_UNREACHABLE": "Carrier could not reach the phone",
    "TEXT_INVALID": "Destination number is not valid",
    "TEXT_SPAM": "Carrier took the message for spam",
}


def receipt(at: datetime, item: Text | Call, event: str) -> dict[str, Any]:
    """The event's JSON. Prices are left at zero: nothing was paid."""
    status = event.partition("_")[2]
    own: dict[str, Any] = {
        "eventType": event,
        "eventVersion": "1.0",
        "eventTimestamp": _millis(at),
        "isFinal": event != "VOICE_ANSWERED",
        "originationPhoneNumber": item.sender,
        "destinationPhoneNumber": item.to,
        "isInternationalSend": not item.to.startswith("+1"),
        "isoCountryCode": "US" if item.to.startswith("+1") else None,
        "messageId": item.provider_id,
        "messageRequestTimestamp": _millis(item.at),
        "messageStatus": status,
        "messageStatusDescription": _SAYS.get(event, status.replace("_", " ").capitalize()),
        "context": dict(item.context),
    }
    if isinstance(item, Text):
        gsm = item.text.isascii()
        own |= {
            "messageEncoding": "GSM" if gsm else "Unicode",
            "messageType": item.message_type,
            "totalMessageParts": _parts(len(item.text), *((160, 153) if gsm else (70, 67))),
            "totalMessagePrice": 0.0,
            "totalCarrierFee": 0.0,
        }
    elif item.answered_at and item.ended_at:
        own["callDurationInSeconds"] = round((item.ended_at - item.answered_at).total_seconds())
    return {name: value for name, value in own.items() if value is not None}


def _millis(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _parts(length: int, single: int, part: int) -> int:
    return 1 if length <= single else -(-length // part)

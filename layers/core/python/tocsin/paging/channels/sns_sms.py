"""Text messages by Amazon SNS (``publish`` to a number): the small fallback.

It has no time to live, no context and no receipts, cannot be answered, and says nothing when a number has
opted out: SNS takes such a message and drops it. Only End User Messaging tells.
"""

from __future__ import annotations

from typing import Any

from tocsin.paging.channels.base import ChannelSettings, Message, Outcome, bad_number
from tocsin.paging.channels.errors import deliver

SERVICE = "sns"

# The number is the one thing in our request that varies enough to be invalid.
_REASONS = {"InvalidParameter": "invalid_number", "ParameterValueInvalid": "invalid_number"}


def send(client: Any, settings: ChannelSettings, message: Message) -> Outcome:
    """One transactional text."""
    if refused := bad_number(message.to):
        return refused
    attributes = {"AWS.SNS.SMS.SMSType": _text("Transactional")}
    if settings.sms_max_price:
        attributes["AWS.SNS.SMS.MaxPrice"] = _text(settings.sms_max_price)
    request = {"PhoneNumber": message.to, "Message": message.text, "MessageAttributes": attributes}
    return deliver(client.publish, request, "MessageId", _REASONS)


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}

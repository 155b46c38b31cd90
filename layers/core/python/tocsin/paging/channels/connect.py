"""Calls with keys by Amazon Connect. The flow says ``$.Attributes.say`` and hears the key."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from tocsin.paging.channels.base import ChannelSettings, Message, Outcome, bad_number
from tocsin.paging.channels.errors import deliver

SERVICE = "connect"
#: Seconds that ``RingTimeoutInSeconds`` may be; without it Connect rings for 60.
RING = range(15, 61)

# LimitExceededException (429) is the number of calls at one time: it passes, so it is not named here.
_REASONS = {
    "DestinationNotAllowedException": "country_blocked",
    "OutboundContactNotPermittedException": "number_blocked",
    "ResourceNotFoundException": "identity_not_ready",
}


def send(client: Any, settings: ChannelSettings, message: Message) -> Outcome:
    """One call. The page's id is the ``ClientToken``: a page sent again within 7 days rings once."""
    if refused := bad_number(message.to):
        return refused
    attributes = {"say": message.text, "page": message.page_id}
    if message.incident is not None:
        attributes["incident"] = str(message.incident)
    request: dict[str, Any] = {
        "InstanceId": settings.connect_instance_id,
        "ContactFlowId": settings.connect_flow_id,
        "SourcePhoneNumber": settings.connect_number,
        "DestinationPhoneNumber": message.to,
        "Attributes": attributes,
        "ClientToken": _token(message.page_id),
    }
    if message.ring in RING:
        request["RingTimeoutInSeconds"] = message.ring
    return deliver(client.start_outbound_voice_contact, request, "ContactId", _REASONS)


def _token(page_id: str) -> str:
    """The page's id as a token of at most 500 plain characters."""
    if page_id.isascii() and len(page_id) <= 500:
        return page_id
    return sha256(page_id.encode("utf-8", "surrogatepass")).hexdigest()

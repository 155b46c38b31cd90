"""Text messages by AWS End User Messaging (``send_text_message``). They take no idempotency token: the page's
claim is ours.
"""

from __future__ import annotations

from typing import Any

from tocsin.paging.channels import identity_for
from tocsin.paging.channels.base import ChannelSettings, Message, Outcome, bad_number, context
from tocsin.paging.channels.errors import END_USER_MESSAGING, deliver

SERVICE = "pinpoint-sms-voice-v2"
#: A page that waits longer than this at the carrier is no use any more, and would wake somebody for nothing
#: (default: 72 h).
TIME_TO_LIVE = 300


def send(client: Any, settings: ChannelSettings, message: Message) -> Outcome:
    """One transactional text from the configured identity, with the page's id as its context."""
    if refused := bad_number(message.to):
        return refused
    request: dict[str, Any] = {
        "DestinationPhoneNumber": message.to,
        "OriginationIdentity": identity_for(settings, message.to),
        "MessageBody": message.text,
        "MessageType": "TRANSACTIONAL",
        "TimeToLive": TIME_TO_LIVE,
        "Context": context(message),
    }
    if settings.sms_configuration_set:
        request["ConfigurationSetName"] = settings.sms_configuration_set
    if settings.sms_max_price:
        request["MaxPrice"] = settings.sms_max_price
    if settings.protect_configuration:
        request["ProtectConfigurationId"] = settings.protect_configuration
    return deliver(client.send_text_message, request, "MessageId", END_USER_MESSAGING)

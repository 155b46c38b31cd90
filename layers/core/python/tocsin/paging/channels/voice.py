"""Calls by AWS End User Messaging (``send_voice_message``): the text is read out, and no key is heard."""

from __future__ import annotations

from typing import Any

from tocsin.paging.channels.base import ChannelSettings, Message, Outcome, bad_number, context
from tocsin.paging.channels.errors import END_USER_MESSAGING, deliver

SERVICE = "pinpoint-sms-voice-v2"
TIME_TO_LIVE = 300


def send(client: Any, settings: ChannelSettings, message: Message) -> Outcome:
    """One call, read as plain text (never SSML: an alert's words must not steer the voice)."""
    if refused := bad_number(message.to):
        return refused
    request: dict[str, Any] = {
        "DestinationPhoneNumber": message.to,
        "OriginationIdentity": settings.voice_identity,
        "MessageBody": message.text,
        "MessageBodyTextType": "TEXT",
        "TimeToLive": TIME_TO_LIVE,
        "Context": context(message),
    }
    if settings.sms_configuration_set:
        request["ConfigurationSetName"] = settings.sms_configuration_set
    if settings.voice_max_price:
        request["MaxPricePerMinute"] = settings.voice_max_price
    if settings.protect_configuration:
        request["ProtectConfigurationId"] = settings.protect_configuration
    return deliver(client.send_voice_message, request, "MessageId", END_USER_MESSAGING)

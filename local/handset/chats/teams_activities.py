"""What Teams sends to a bot: an activity each, signed with Microsoft's key.

Shapes: https://github.com/microsoft/botframework-sdk (specs/botframework-activity); presses:
learn.microsoft.com, microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards.
"""

from __future__ import annotations

import html
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local.handset.chats.records import Channel, Message
from local.handset.chats.teams_tenant import NAME, Tenant
from local.handset.records import Phone

_CALL = "<at>Tocsin</at>"


def press(
    tenant: Tenant, now: datetime, phone: Phone, message: Message, action: Mapping[str, Any]
) -> dict[str, Any]:
    """``action`` as it was sent."""
    shown = ("type", "id", "title", "verb", "data")
    value = {"action": {name: action[name] for name in shown if name in action}, "trigger": "manual"}
    return {
        **_activity(tenant, now, phone, message, f"f:{uuid.uuid4()}"),
        "type": "invoke",
        "name": "adaptiveCard/action",
        "replyToId": message.provider_id,
        "value": value,
    }


def written(
    tenant: Tenant, now: datetime, phone: Phone, message: Message, text: str, *, called: bool
) -> dict[str, Any]:
    """``called``: the bot's name stands before the text."""
    words = html.escape(text, quote=False)
    bot = {"id": f"28:{tenant.app}", "name": "Tocsin"}
    mention = [{"type": "mention", "text": _CALL, "mentioned": bot}] if called else []
    return {
        **_activity(tenant, now, phone, message, message.provider_id),
        "type": "message",
        "textFormat": "plain",
        "text": f"{_CALL}&nbsp;{words}\n" if called else words,
        "entities": [*mention, {"type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web"}],
    }


def _activity(tenant: Tenant, now: datetime, phone: Phone, message: Message, id: str) -> dict[str, Any]:
    channel, member = tenant.rooms.channels[NAME, message.channel], tenant.member(phone)
    return {
        "id": id,
        "timestamp": now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "channelId": "msteams",
        "serviceUrl": f"{tenant.base}/teams/",
        "from": {"id": f"29:{phone.person.user}", "name": phone.person.name, "aadObjectId": member},
        "conversation": {"tenantId": tenant.id, **_conversation(channel, message)},
        "recipient": {"id": f"28:{tenant.app}", "name": "Tocsin"},
        "channelData": {"tenant": {"id": tenant.id}},
        "locale": "en-US",
    }


def _conversation(channel: Channel, message: Message) -> dict[str, Any]:
    if channel.user is not None:
        return {"conversationType": "personal", "id": channel.id}
    root = message.thread or message.provider_id
    kind = "channel" if channel.id.endswith("@thread.tacv2") else "groupChat"
    threaded = f"{channel.id};messageid={root}" if kind == "channel" else channel.id
    return {"isGroup": True, "conversationType": kind, "id": threaded}

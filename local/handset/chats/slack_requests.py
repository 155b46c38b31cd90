"""What Slack's servers send to an app, signed: buttons, slash commands, and events of what people write.

Shapes: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload,
https://docs.slack.dev/interactivity/implementing-slash-commands, https://docs.slack.dev/reference/events/message.
Signature: https://docs.slack.dev/authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from local.handset.chats.records import Channel, Message
from local.handset.chats.slack_blocks import unescaped
from local.handset.chats.vendor import Outgoing

TEAM, DOMAIN, APP, BOT, BOT_USER = "T0HANDSET", "handset", "A0TOCSIN", "B0TOCSIN", "U0TOCSIN"
#: Slack's verification token, which signatures have replaced: apps still get it.
_TOKEN = "handset-verification-token"


def button(
    secret: str,
    now: datetime,
    *,
    member: tuple[str, str],
    channel: Channel,
    message: Message,
    body: Mapping[str, Any],
    pressed: Mapping[str, Any],
    block: Mapping[str, Any],
    attachment: int | None,
    serial: int,
    response_url: str,
) -> Outgoing:
    """A ``block_actions`` payload; ``member`` is the id and name of whoever pressed, ``body`` the message as posted."""
    container: dict[str, Any] = {
        "type": "message" if attachment is None else "message_attachment",
        "message_ts": message.provider_id,
        "channel_id": channel.id,
        "is_ephemeral": message.only_for is not None,
    }
    if attachment is not None:
        container |= {"attachment_id": attachment, "is_app_unfurl": False}
    if message.thread:
        container["thread_ts"] = message.thread
    shown = ("type", "action_id", "text", "value", "style", "url")
    action = {name: pressed[name] for name in shown if name in pressed}
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": member[0], "username": member[1], "name": member[1], "team_id": TEAM},
        "api_app_id": APP,
        "token": _TOKEN,
        "container": container,
        "trigger_id": _trigger(now, serial),
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel.id, "name": "directmessage" if channel.user else channel.name.lstrip("#")},
        "message": {"type": "message", "user": BOT_USER, "bot_id": BOT, "ts": message.provider_id, **body},
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [{**action, "block_id": block.get("block_id", ""), "action_ts": _ts(now, serial)}],
    }
    name = unescaped(action.get("text", {}).get("text", ""))
    return _signed(secret, now, urlencode({"payload": json.dumps(payload)}).encode(), f'the button "{name}"')


def command(
    secret: str,
    now: datetime,
    *,
    member: tuple[str, str],
    user: str,
    channel: Channel,
    command: str,
    text: str,
    serial: int,
    response_url: str,
) -> Outgoing:
    form = {
        "token": _TOKEN,
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.user else channel.name.lstrip("#"),
        "user_id": member[0],
        "user_name": member[1],
        "command": command,
        "text": escaped(text),
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": _trigger(now, serial),
    }
    outgoing = _signed(secret, now, urlencode(form).encode(), f"the command {command}")
    return replace(outgoing, user=user, channel=channel.id)


def reply(
    secret: str,
    now: datetime,
    *,
    member: str,
    channel: Channel,
    parent: Message,
    message: Message,
    text: str,
    serial: int,
) -> Outgoing:
    """The event of a message that somebody wrote in a thread."""
    kind = "im" if channel.user else "channel"
    payload = {
        "token": _TOKEN,
        "team_id": TEAM,
        "api_app_id": APP,
        "event": {
            "client_msg_id": f"00000000-0000-4000-8000-{serial:012d}",
            "type": "message",
            "user": member,
            "text": escaped(text),
            "ts": message.provider_id,
            "team": TEAM,
            "thread_ts": message.thread,
            **({"parent_user_id": BOT_USER} if parent.author is None else {}),
            "channel": channel.id,
            "event_ts": message.provider_id,
            "channel_type": kind,
        },
        "type": "event_callback",
        "event_id": f"Ev0HANDSET{serial}",
        "event_time": int(now.timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-handset-{serial}",
    }
    return _signed(secret, now, json.dumps(payload).encode(), "the reply", "application/json")


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _signed(
    secret: str, now: datetime, body: bytes, what: str, kind: str = "application/x-www-form-urlencoded"
) -> Outgoing:
    stamp = str(int(now.timestamp()))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, "sha256").hexdigest()
    headers = {
        "content-type": kind,
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest}",
    }
    return Outgoing(headers, body, what)


def _ts(now: datetime, serial: int) -> str:
    return f"{int(now.timestamp())}.{serial:06d}"


def _trigger(now: datetime, serial: int) -> str:
    return f"{int(now.timestamp())}.{serial}.handset"

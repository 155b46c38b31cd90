"""What the Bot Connector sends: one activity each.

Its fields: github.com/microsoft/botframework-sdk, specs/botframework-activity; what Teams puts into them:
learn.microsoft.com, microsoftteams/platform/bots.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tocsin.paging import loose
from tocsin.paging.channels.base import ChannelSettings
from tocsin.paging.channels.teams_keys import GUID, Connector, vouched
from tocsin.paging.channels.teams_places import CHANNEL, ID, Place, service_url
from tocsin.paging.chat import Asked, Came, Forged, Headers, Ignored, Person, Pressed, Spoke, read_button

_MENTION = re.compile(r"<at[^<>]{0,200}>([^<>]{0,200})</at>")


def read(
    headers: Headers, body: bytes, settings: ChannelSettings, now: datetime, connector: Connector
) -> tuple[Came, ...]:
    """What came. ``body`` is the raw request; its id is that of the activity. ``connector`` keeps Microsoft's keys.

    A person's id is the one of Microsoft Entra where there is one, else that of Teams. Asked.channel is the ``to`` by
    which the conversation is reached. Raises Forged unless the token in the header ``authorization`` is one of the Bot
    Framework's for this bot, of this moment, and for the address that the activity wants its answers at; and NoKeys.
    """
    claims, endorsed = vouched(headers.get("authorization", ""), connector, settings, now)
    activity = loose.parse(body)
    url = loose.text(activity, "serviceUrl", 600)
    named = loose.text(claims, "serviceurl", 600) or loose.text(claims, "serviceUrl", 600)
    if not named or named.rstrip("/") != url.rstrip("/"):
        raise Forged("the token is for another service url than the activity")
    channel = loose.text(activity, "channelId", 100)
    if channel not in endorsed:
        raise Forged("the key of the token does not vouch for the activity's channel")
    service = service_url(url, settings)
    if channel != "msteams" or service is None:
        return (Ignored("an activity of another chat than Teams, or of an unknown host"),)
    return (_read(activity, service, settings),)


def _read(activity: Mapping[str, Any], service: str, settings: ChannelSettings) -> Came:
    conversation = loose.inside(activity, "conversation")
    name, identity = loose.text(conversation, "id", 400), loose.text(activity, "id", 400)
    if not re.fullmatch(ID, name) or not re.fullmatch(ID, identity):
        return Ignored("an activity without an id, or of no conversation")
    tenant = loose.text(conversation, "tenantId", 100) or loose.text(
        loose.inside(activity, "channelData", "tenant"), "id", 100
    )
    if GUID.fullmatch(settings.teams_tenant) and tenant.lower() != settings.teams_tenant.lower():
        return Ignored("an activity of another tenant")
    kind, where = loose.text(activity, "type", 40), Place(service, name)
    person = _person(loose.inside(activity, "from"))
    if kind == "invoke":
        return _pressed(activity, identity, person, where)
    if kind != "message":
        # The conversation is what somebody who sets this up looks for.
        return Ignored(f"{kind or 'an activity of no type'} in {_channel(where)}")
    if person is None:
        return Ignored("written by no person")
    return _written(activity, identity, person, where)


def _pressed(activity: Mapping[str, Any], identity: str, person: Person | None, where: Place) -> Came:
    action = loose.inside(activity, "value", "action")
    button = read_button(loose.text(loose.inside(action, "data"), "value", 64))
    if loose.text(activity, "name", 60) != "adaptiveCard/action" or person is None or button is None:
        return Ignored("a press of no person, or of no button of ours")
    return Pressed(
        identity,
        person,
        *button,
        message=_message(where, loose.text(activity, "replyToId", 400)),
        reply_to=str(where),
    )


def _written(activity: Mapping[str, Any], identity: str, person: Person, where: Place) -> Came:
    text, called = _words(activity)
    if not text:
        return Ignored("a message without a text")
    found = CHANNEL.fullmatch(where.conversation)
    thread = f"{found[1]}/{found[2]}" if found and found[2] and found[2] != identity else ""
    alone = loose.text(loose.inside(activity, "conversation"), "conversationType", 40) == "personal"
    if called or alone:
        return Asked(identity, person, text, _channel(where), str(where), thread)
    if thread:
        # Only where the team lets the bot read what does not call it.
        return Spoke(identity, person, text, thread, _channel(where))
    return Ignored("neither a call of the bot nor an answer")


def _words(activity: Mapping[str, Any]) -> tuple[str, bool]:
    """The text without the call of the bot, other names without their marks, and whether the bot was called."""
    text, called = loose.text(activity, "text"), False
    bot = loose.text(loose.inside(activity, "recipient"), "id", 400)
    for entity in loose.items(activity, "entities"):
        mentioned = loose.text(loose.inside(entity, "mentioned"), "id", 400)
        if loose.text(entity, "type", 40) == "mention" and bot and mentioned == bot:
            called = True
            mark = loose.text(entity, "text", 400)
            text = text.replace(mark, " ") if mark else text
    text = html.unescape(_MENTION.sub(r"\1", text)).replace("\xa0", " ").replace("\0", "")
    lines = (" ".join(line.split()) for line in text.encode("utf-8", "ignore").decode().splitlines())
    return "\n".join(line for line in lines if line), called


def _person(account: Mapping[str, Any]) -> Person | None:
    number = loose.text(account, "aadObjectId", 100) or loose.text(account, "id", 200)
    # A bot's id begins with 28, a user's with 29.
    if not number or loose.text(account, "id", 200).startswith("28:"):
        return None
    # Entra's ids are numbers in hexadecimal: one is the same in small letters.
    number = number.lower() if GUID.fullmatch(number) else number
    return Person("teams", number, loose.text(account, "name", 100))


def _message(where: Place, name: str) -> str:
    """A message of ours by the provider's id: the first one of a thread is called by its channel."""
    found = CHANNEL.fullmatch(where.conversation)
    if not re.fullmatch(ID, name):
        return ""
    return f"{found[1] if found and found[2] == name else where.conversation}/{name}"


def _channel(where: Place) -> str:
    """The ``to`` of a conversation: of a channel's thread, the channel."""
    found = CHANNEL.fullmatch(where.conversation)
    return str(Place(where.service, found[1]) if found else where)

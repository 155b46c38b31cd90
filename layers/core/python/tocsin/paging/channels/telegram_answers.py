"""What Telegram sends to the webhook: one Update each (core.telegram.org/bots/api#update)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tocsin.paging import loose
from tocsin.paging.channels.base import ChannelSettings
from tocsin.paging.chat import Asked, Came, Forged, Headers, Ignored, Person, Pressed, Spoke, read_button

TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}")
HEADER = "x-telegram-bot-api-secret-token"

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,32}))?(?:\s+(.*))?", re.DOTALL)
#: The name of a bot ends in "bot": another name behind a command belongs to what was written.
_NAMED = re.compile(r"(?<=[0-9])@([A-Za-z][A-Za-z0-9_]{0,28}bot)$", re.IGNORECASE)
#: A command of ours has the command itself behind it, as in the other chats.
_OWN = "tocsin"


def read(headers: Headers, body: bytes, settings: ChannelSettings, now: datetime) -> tuple[Came, ...]:
    """What came. ``body`` is the raw request; its id is Telegram's ``update_id``, the same when it comes again.

    A person's id is Telegram's number of the user. Raises Forged unless the header holds the secret that ``setWebhook``
    was given. ``now`` is not looked at: Telegram signs no time, and an update may be up to a day late.
    """
    if not settings.telegram_secret:
        raise Forged("no secret of the Telegram webhook is set up")
    given = headers.get(HEADER, "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(given, settings.telegram_secret.encode()):
        raise Forged(f"the header {HEADER} is missing or wrong")
    update = loose.parse(body)
    number = loose.number(update, "update_id")
    if number is None:
        return (Ignored("no update of Telegram"),)
    if query := loose.inside(update, "callback_query"):
        return (_pressed(str(number), query),)
    if message := loose.inside(update, "message"):
        return (_written(str(number), message, settings),)
    kinds = sorted(str(key)[:40] for key in update if key != "update_id")
    return (Ignored(f"an update of another kind: {kinds[:3]}"),)


def _pressed(update: str, query: Mapping[str, Any]) -> Came:
    person = _person(loose.inside(query, "from"))
    button = read_button(loose.text(query, "data", 64))
    if person is None or button is None:
        return Ignored("a press of no person, or of no button of ours")
    return Pressed(
        update,
        person,
        *button,
        message=_place(loose.inside(query, "message")),
        reply_to=loose.text(query, "id", 64),
    )


def _written(update: str, message: Mapping[str, Any], settings: ChannelSettings) -> Came:
    person = _person(loose.inside(message, "from"))
    text, place = loose.text(message, "text").strip(), _place(message)
    chat = place.partition("/")[0]
    if person is None or message.get("sender_chat") is not None:
        return Ignored(f"written by no person, in the chat {chat}")
    if message.get("forward_origin") is not None or message.get("via_bot") is not None:
        return Ignored("somebody else's words, forwarded")
    if not text or not place:
        return Ignored(f"a message without a text, in the chat {chat}")
    thread = _ours(loose.inside(message, "reply_to_message"), settings)
    if found := _COMMAND.fullmatch(text):
        return _command(update, person, found, place, thread, settings.telegram_bot)
    if thread:
        return Spoke(update, person, text, thread, chat)
    if loose.text(loose.inside(message, "chat"), "type") == "private":
        return Asked(update, person, text, chat, place)
    return Ignored(f"neither a command nor an answer, in the chat {chat}")


def _command(
    update: str, person: Person, found: re.Match[str], place: str, thread: str, bot: str
) -> Asked | Ignored:
    """``/ack@TocsinBot 1042`` and ``/ack 1042@TocsinBot`` are the text "ack 1042"."""
    name, rest = found[1].lower(), (found[3] or "").strip()
    addressed = found[2] or ""
    if not addressed and (named := _NAMED.search(rest)):
        addressed, rest = named[1], rest[: named.start()]
    if addressed and bot and addressed.lower() != bot.lower():
        return Ignored("a command to another bot")
    text = rest if name == _OWN else f"{name} {rest}".strip()
    return Asked(update, person, text, place.partition("/")[0], place, thread)


def _person(user: Mapping[str, Any]) -> Person | None:
    """A human; bots, and groups that write in their own name, are none."""
    number = loose.number(user, "id")
    if number is None or user.get("is_bot") is not False:
        return None
    names = (loose.text(user, "first_name", 80), loose.text(user, "last_name", 80))
    return Person("telegram", str(number), " ".join(name for name in names if name))


def _place(message: Mapping[str, Any]) -> str:
    """ "<chat>/<message>", as a message of ours is called; empty where one of them is missing."""
    chat, number = loose.number(loose.inside(message, "chat"), "id"), loose.number(message, "message_id")
    return "" if chat is None or number is None else f"{chat}/{number}"


def _ours(message: Mapping[str, Any], settings: ChannelSettings) -> str:
    """The place of the message that is answered, where the bot itself wrote it."""
    author = loose.number(loose.inside(message, "from"), "id")
    return _place(message) if author is not None and author == _bot_id(settings) else ""


def _bot_id(settings: ChannelSettings) -> int | None:
    """The number of the bot's own user, which its token begins with."""
    return (
        int(settings.telegram_token.partition(":")[0]) if TOKEN.fullmatch(settings.telegram_token) else None
    )

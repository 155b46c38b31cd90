"""What Telegram on loopback remembers beside the rooms: chats, their messages as sent, presses that want an answer.

A person is known by the number that ``tocsin.yaml`` has for them, or by one that is made from their name; all of them
have written to the bot before. A group is there as soon as it is written to. Messages are counted in each chat.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.handset.chats import telegram_text
from local.handset.chats.records import Channel, Message, Part, Section, Service, Span, said
from local.handset.chats.rooms import Rooms
from local.handset.records import Phone

NAME = "telegram"
SERVICE = Service(
    NAME,
    "Telegram",
    "",
    {
        "blocked": "Bot is blocked by the person",
        "chat_not_found": "Chat not found",
        "kicked": "Bot was removed from the group",
        "no_rights": "Bot may not write in the group",
        "unauthorized": "Token revoked",
        "too_many": "Rate limited",
        "internal": "Internal error",
        "lost": "Takes it, answer lost",
        "down": "Down",
    },
    threads=False,
)
#: How long a press waits for its answer. Telegram names no time; bots report refusals after some seconds to a minute.
ANSWER_TIME = timedelta(minutes=1)
_NUMBER = re.compile(r"-?[0-9]{1,16}")
_PUBLIC = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}")


@dataclass(slots=True)
class Press:
    """A button that was pressed: the bot owes an answer, or the button shows for ever that it waits."""

    channel: str
    user: str
    until: datetime
    answered: bool = False


class ApiError(Exception):
    """``{"ok": false, "error_code": code, "description": words, …}``."""

    def __init__(self, code: int, words: str, **parameters: int) -> None:
        super().__init__(words)
        self.code = code
        self.body: dict[str, Any] = {"ok": False, "error_code": code, "description": words}
        if parameters:
            self.body["parameters"] = parameters


class Chats:
    """One of these behind Telegram's API and behind what people do there."""

    def __init__(
        self, rooms: Rooms, clock: Callable[[], datetime], groups: Mapping[str, str], bot: int, name: str
    ) -> None:
        self.rooms = rooms
        self.clock = clock
        self.bot: dict[str, Any] = {"id": bot, "is_bot": True, "first_name": "Tocsin", "username": name}
        self._groups = groups
        self._serial = 0
        self._counted: dict[str, int] = {}
        self.start_over()

    def start_over(self) -> None:
        """Nothing is written; those whom the file knows by number have the bot's chat before them.

        Numbers of messages go on counting: the app may still know older ones.
        """
        self.sent: dict[str, dict[str, Any]] = {}
        self.presses: dict[str, Press] = {}
        for number in self._groups:
            self.chat(number)
        for phone in self.rooms.network.phones.values():
            if NAME in phone.person.chats:
                self.chat(phone.person.chats[NAME])

    # -- who and where -------------------------------------------------------------------------------------

    def chat(self, id: str) -> Channel | None:
        """By its number, or by the name of a public group."""
        if known := self.rooms.channel(NAME, id):
            return known
        for phone in self.rooms.network.phones.values():
            if phone.known and id == self.number(phone):
                return self.rooms.open(Channel(id, NAME, phone.person.name, phone.person.user))
        if _PUBLIC.fullmatch(id):
            number = f"-100{zlib.crc32(id.lower().encode()):010d}"
            return self.rooms.open(Channel(number, NAME, id))
        if _NUMBER.fullmatch(id) and id.startswith("-"):
            return self.rooms.open(Channel(id, NAME, self._groups.get(id, id)))
        return None

    def number(self, phone: Phone) -> str:
        person = phone.person
        return person.chats.get(NAME) or str(5_000_000_000 + zlib.crc32(person.user.encode()))

    def user(self, phone: Phone) -> dict[str, Any]:
        """https://core.telegram.org/bots/api#user"""
        first, _, last = phone.person.name.partition(" ")
        named = {"first_name": first or phone.person.user} | ({"last_name": last} if last else {})
        return {"id": int(self.number(phone)), "is_bot": False, **named, "language_code": "en"}

    def described(self, channel: Channel) -> dict[str, Any]:
        """https://core.telegram.org/bots/api#chat"""
        if channel.user is not None:
            user = self.user(self.rooms.network.phone(channel.user))
            return {name: user[name] for name in ("id", "first_name", "last_name") if name in user} | {
                "type": "private"
            }
        more = {"username": channel.name[1:]} if channel.name.startswith("@") else {}
        kind = "supergroup" if re.fullmatch(r"-100\d{10}", channel.id) else "group"
        return {"id": int(channel.id), "title": channel.name, "type": kind, **more}

    # -- what stands there ---------------------------------------------------------------------------------

    def find(self, channel: Channel, number: object) -> Message | None:
        return self.rooms.find(NAME, channel.id, str(number))

    def post(self, channel: Channel, asked: Mapping[str, Any], answered: Message | None) -> Message:
        """The bot writes. Raises telegram_text.BadRequest."""
        sections = telegram_text.read(asked)
        return self._write(channel, asked, sections, None, answered)

    def write(self, channel: Channel, phone: Phone, text: str, answered: Message | None = None) -> Message:
        """A person writes."""
        return self._write(channel, {"text": text}, said(text), phone, answered)

    def edit(self, message: Message, asked: Mapping[str, Any]) -> None:
        """Raises telegram_text.BadRequest."""
        sections = telegram_text.read(asked)
        if content(asked) == content(self.sent[message.id]):
            raise telegram_text.BadRequest(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        self.sent[message.id] = content(asked)
        self.rooms.edit(self.clock(), message, sections)

    def tell(self, press: Press, words: str) -> None:
        """A notice at the top of the presser's chat, which passes."""
        now = self.clock()
        section = Section((Part("text", ((Span(words),),)),))
        name = self.rooms.network.next_id("m")
        notice = Message(name, NAME, press.channel, f"notice-{self.next()}", None, (section,), now)
        notice.only_for = press.user
        self.rooms.write(now, notice)

    def described_message(self, message: Message, answers: bool = True) -> dict[str, Any]:
        """https://core.telegram.org/bots/api#message; what it answers is in it, and not what that answers."""
        channel = self.rooms.channels[NAME, message.channel]
        network = self.rooms.network
        author = self.bot if message.author is None else self.user(network.phone(message.author))
        shown = {
            "message_id": int(message.provider_id),
            "from": author,
            "chat": self.described(channel),
            "date": int(message.at.timestamp()),
            **({"edit_date": int(message.edited_at.timestamp())} if message.edited_at else {}),
            **self.sent[message.id],
        }
        answered = self.find(channel, message.thread) if message.thread and answers else None
        if answered is not None:
            shown["reply_to_message"] = self.described_message(answered, answers=False)
        return shown

    def next(self) -> int:
        self._serial += 1
        return self._serial

    def _write(
        self,
        channel: Channel,
        asked: Mapping[str, Any],
        sections: tuple[Section, ...],
        who: Phone | None,
        answered: Message | None,
    ) -> Message:
        now = self.clock()
        number = self._counted[channel.id] = self._counted.get(channel.id, 0) + 1
        author = who.person.user if who else None
        name, under = self.rooms.network.next_id("m"), answered.provider_id if answered else ""
        message = Message(name, NAME, channel.id, str(number), author, sections, now, under)
        self.sent[name] = content(asked)
        return self.rooms.write(now, message, who)


def content(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What of a request is the message itself."""
    return {name: asked[name] for name in ("text", "entities", "reply_markup") if asked.get(name)}

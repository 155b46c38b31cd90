"""What Slack on loopback remembers beside the rooms: who its members are, messages as posted, answers still owed.

A channel is there as soon as it is written to by its name; everybody of the file is a member, by the id that it has for
them, or by one with their name in it (U00000ANA).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.handset.chats import slack_blocks
from local.handset.chats.records import Channel, Message, Section, Service
from local.handset.chats.rooms import Rooms
from local.handset.records import Phone

NAME = "slack"
SERVICE = Service(
    NAME,
    "Slack",
    "/tocsin",
    {
        "channel_not_found": "Channel does not exist",
        "is_archived": "Channel is archived",
        "not_in_channel": "App is not in the channel",
        "missing_scope": "App lacks a scope",
        "token_revoked": "Token revoked",
        "invalid_blocks": "Blocks not understood",
        "ratelimited": "Rate limited",
        "internal_error": "Internal error",
        "lost": "Takes it, answer lost",
        "down": "Down",
    },
)
#: Characters of a text.
LONGEST = 40_000
#: What a response_url serves: https://docs.slack.dev/interactivity/handling-user-interaction.
ANSWERS, ANSWER_TIME = 5, timedelta(minutes=30)
_CHANNEL = re.compile(r"#?([a-z0-9][a-z0-9_-]{0,79})")


@dataclass(slots=True)
class Answering:
    """What a response_url stands for. ``message``: the one whose button was pressed."""

    channel: str
    user: str
    until: datetime
    left: int = ANSWERS
    message: str = ""


class SlackError(Exception):
    """``{"ok": false, "error": word, …}``."""

    def __init__(self, word: str, **more: Any) -> None:
        super().__init__(word)
        self.body = {"ok": False, "error": word, **more}


class Workspace:
    """One of these behind Slack's API and behind what people do there."""

    def __init__(
        self, rooms: Rooms, clock: Callable[[], datetime], channels: Iterable[str], members: Mapping[str, str]
    ) -> None:
        self.rooms = rooms
        self.clock = clock
        #: The root under which the app calls us: the only host that it answers to.
        self.base = ""
        self._given = tuple(channels)
        self._members = members
        self._serial = 0
        self.start_over()

    def start_over(self) -> None:
        self.bodies: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, Answering] = {}
        for name in self._given:
            self.channel(name)

    def respond_with(self, answering: Answering, asked: Mapping[str, Any]) -> None:
        original = self.rooms.messages.get(answering.message)
        if asked.get("replace_original") is True and original is not None:
            sections, self.bodies[original.id] = content(asked)
            self.rooms.edit(self.clock(), original, sections)
            return
        channel = self.rooms.channels[NAME, answering.channel]
        alone = asked.get("response_type") != "in_channel"
        self.write(channel, asked, only_for=answering.user if alone else None)

    def write(
        self, channel: Channel, asked: Mapping[str, Any], thread: str = "", only_for: str | None = None
    ) -> Message:
        sections, body = content(asked)
        now = self.clock()
        name = self.rooms.network.next_id("m")
        message = Message(name, NAME, channel.id, self.ts(now), None, sections, now, thread, only_for)
        self.bodies[message.id] = body
        return self.rooms.write(now, message)

    def channel(self, name: str) -> Channel | None:
        """By its id, by a name (opened with that), or by a member's id: then it is their direct messages."""
        known = self.rooms.channel(NAME, name)
        if known is not None:
            return known
        for phone in self.rooms.network.phones.values():
            member = self.member(phone)[0]
            if phone.known and name in (member, f"D{member[1:]}"):
                user = phone.person
                return self.rooms.open(Channel(f"D{member[1:]}", NAME, user.name, user.user))
        found = _CHANNEL.fullmatch(name)
        if found is None:
            return None
        for channel in self.rooms.channels.values():
            if channel.vendor == NAME and channel.name == f"#{found[1]}":
                return channel
        channel_id = _id("C", found[1])
        while self.rooms.channel(NAME, channel_id) is not None:
            channel_id += "0"
        return self.rooms.open(Channel(channel_id, NAME, f"#{found[1]}"))

    def member(self, phone: Phone) -> tuple[str, str]:
        user = phone.person.user
        return self._members.get(user) or phone.person.chats.get(NAME) or _id("U", user), user

    def response_url(self, now: datetime, base: str, phone: Phone, channel: str, message: str = "") -> str:
        key = secrets.token_urlsafe(12)
        self.answers[key] = Answering(channel, phone.person.user, now + ANSWER_TIME, message=message)
        # The app only answers to the host that it calls itself.
        return f"{self.base or base}/slack/respond/{key}"

    def ts(self, now: datetime) -> str:
        return f"{int(now.timestamp())}.{self.next():06d}"

    def next(self) -> int:
        self._serial += 1
        return self._serial


def _id(letter: str, name: str) -> str:
    """As long as Slack's are: nine characters or more."""
    return letter + re.sub("[^A-Z0-9]", "", name.upper()).rjust(8, "0")


def content(asked: Mapping[str, Any]) -> tuple[tuple[Section, ...], dict[str, Any]]:
    """The sections of a message and its body as Slack keeps it. Raises SlackError."""
    text = asked.get("text") or ""
    if not isinstance(text, str):
        raise SlackError(
            "invalid_arguments", response_metadata={"messages": ["[ERROR] text must be a string"]}
        )
    if len(text) > LONGEST:
        raise SlackError("msg_too_long")
    body = {"text": text, "blocks": asked.get("blocks") or [], "attachments": asked.get("attachments") or []}
    try:
        sections = slack_blocks.read(text, body["blocks"], body["attachments"])
    except slack_blocks.InvalidBlocks as error:
        raise SlackError("invalid_blocks", response_metadata={"messages": [str(error)]}) from error
    if not sections:
        raise SlackError("no_text")
    return sections, body

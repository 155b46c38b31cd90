"""What Teams on loopback remembers beside the rooms: its members, conversations, activities as sent, and its keys.

A person is known by the id that ``tocsin.yaml`` has for them, or by one that is made from their name; the app is there
for all of them. A channel is there as soon as it is written to.
"""

from __future__ import annotations

import json
import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from local.handset.chats import teams_cards
from local.handset.chats.records import Channel, Message, Part, Section, Service, Span, said
from local.handset.chats.rooms import Rooms
from local.handset.records import Phone

NAME = "teams"
SERVICE = Service(
    NAME,
    "Teams",
    "@Tocsin",
    {
        "not_in_roster": "App is not in the team or chat",
        "blocked": "App is blocked by the person",
        "disabled": "App is disabled by the administrator",
        "not_found": "Conversation not found",
        "unauthorized": "Bot is not registered",
        "conflict": "Changed by another at once",
        "too_many": "Rate limited",
        "internal": "Internal error",
        "lost": "Takes it, answer lost",
        "down": "Down",
    },
)
#: A channel with a thread or without, and any conversation of several.
CONVERSATION = re.compile(r"(19:[^;/\s]{1,300})(?:;messageid=(\d{1,20}))?")
_MEMBERS = uuid.UUID("7d1f7c50-0000-4000-8000-000000000000")


class Keys:
    """The key by which Microsoft signs what it sends, new for every run: the app fetches its public half."""

    def __init__(self, app: str) -> None:
        self._app = app
        self._key = rsa.generate_private_key(65_537, 2_048)
        self._id = secrets.token_urlsafe(16)

    def public(self) -> dict[str, Any]:
        key = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        return {**key, "use": "sig", "kid": self._id, "x5t": self._id, "endorsements": ["msteams"]}

    def authorization(self, now: datetime, service: str) -> str:
        """The header of a request, good for an hour."""
        claims = {
            "iss": "https://api.botframework.com",
            "aud": self._app,
            "nbf": int((now - timedelta(minutes=5)).timestamp()),
            "exp": int((now + timedelta(hours=1)).timestamp()),
            "serviceurl": service,
        }
        return "Bearer " + jwt.encode(claims, self._key, "RS256", {"kid": self._id})


class Tenant:
    """One of these behind the Bot Connector and behind what people do there."""

    def __init__(
        self, rooms: Rooms, clock: Callable[[], datetime], channels: Mapping[str, str], app: str, tenant: str
    ) -> None:
        self.rooms = rooms
        self.clock = clock
        self.app = app
        self.id = tenant
        #: The root under which the app calls us: the only one that it answers to.
        self.base = ""
        self._channels = channels
        self._last = 0
        self.start_over()

    def start_over(self) -> None:
        """Nothing is written; those whom the file knows have the bot's chat before them."""
        self.sent: dict[str, dict[str, Any]] = {}
        for name in self._channels:
            self.conversation(name)
        for phone in self.rooms.network.phones.values():
            if NAME in phone.person.chats:
                self.alone(self.member(phone))

    # -- who and where -------------------------------------------------------------------------------------

    def member(self, phone: Phone) -> str:
        """Whom Microsoft Entra knows the person as."""
        known = phone.person.chats.get(NAME, "").lower()
        return known or str(uuid.uuid5(_MEMBERS, phone.person.user))

    def alone(self, member: str) -> Channel | None:
        """The conversation of the bot and one person; None for somebody whom nobody knows."""
        for phone in self.rooms.network.phones.values():
            if phone.known and self.member(phone) == member.lower():
                person = phone.person
                return self.rooms.open(Channel(f"a:{self.member(phone)}", NAME, person.name, person.user))
        return None

    def conversation(self, id: str) -> tuple[Channel, str] | None:
        """It and the message whose thread is meant (empty: none); None where there is no such conversation."""
        if id.startswith("a:"):
            channel = self.alone(id[2:])
            return (channel, "") if channel is not None else None
        found = CONVERSATION.fullmatch(id)
        if found is None:
            return None
        name = self._channels.get(found[1]) or found[1][3:].partition("@")[0]
        return self.rooms.open(Channel(found[1], NAME, name)), found[2] or ""

    # -- what stands there ---------------------------------------------------------------------------------

    def post(self, channel: Channel, activity: dict[str, Any], thread: str) -> Message:
        """The bot writes. Raises teams_cards.ConnectorError."""
        if thread and self.rooms.find(NAME, channel.id, thread) is None:
            raise teams_cards.ConnectorError(404, "ConversationNotFound", "Conversation not found.")
        return self._write(channel, teams_cards.read(activity), None, thread, activity)

    def write(self, channel: Channel, phone: Phone, text: str, thread: str = "") -> Message:
        """A person writes."""
        return self._write(channel, said(text), phone, thread, {})

    def edit(self, message: Message, activity: dict[str, Any]) -> None:
        """Raises teams_cards.ConnectorError."""
        sections = teams_cards.read(activity)
        self.sent[message.id] = activity
        self.rooms.edit(self.clock(), message, sections)

    def tell(self, user: str, channel: str, words: str) -> None:
        """A word on the card, to whoever pressed."""
        now = self.clock()
        section = Section((Part("text", ((Span(words),),)),))
        name = self.rooms.network.next_id("m")
        self.rooms.write(now, Message(name, NAME, channel, self.next(), None, (section,), now, only_for=user))

    def next(self) -> str:
        """The id of an activity: the millisecond of its coming, none twice."""
        self._last = max(self._last + 1, int(self.clock().timestamp() * 1000))
        return str(self._last)

    def _write(
        self,
        channel: Channel,
        sections: tuple[Section, ...],
        who: Phone | None,
        thread: str,
        activity: dict[str, Any],
    ) -> Message:
        now, name = self.clock(), self.rooms.network.next_id("m")
        author = who.person.user if who else None
        message = Message(name, NAME, channel.id, self.next(), author, sections, now, thread)
        self.sent[name] = activity
        return self.rooms.write(now, message, who)

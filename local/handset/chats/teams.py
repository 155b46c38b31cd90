"""Microsoft Teams as a chat of the handset: the Bot Connector on one side, and on the other what people do there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from starlette.routing import BaseRoute

from local.handset.chats import teams_activities, teams_cards
from local.handset.chats.records import Channel, Message
from local.handset.chats.rooms import Rooms
from local.handset.chats.teams_api import Api
from local.handset.chats.teams_tenant import NAME, SERVICE, Keys, Tenant
from local.handset.chats.vendor import Outgoing
from local.handset.network import Refusal
from local.handset.records import Phone

__all__ = ["APP", "NAME", "PASSWORD", "SERVICE", "TENANT", "Teams"]

APP, TENANT = "7d1f7c50-0000-4000-8000-00000000000a", "7d1f7c50-0000-4000-8000-00000000000b"
PASSWORD = "handset-app-password"
#: What answers a press: another card, or a word.
_WORDS = "application/vnd.microsoft.activity.message"


class Teams:
    """``chats.vendor.Vendor``. ``hook`` is the bot's messaging endpoint; ``channels`` are there from the start: their
    names, by the id of the conversation."""

    def __init__(
        self,
        rooms: Rooms,
        clock: Callable[[], datetime],
        *,
        hook: str = "/v1/teams",
        app: str = APP,
        tenant: str = TENANT,
        password: str = PASSWORD,
        channels: Mapping[str, str] | None = None,
    ) -> None:
        self.service = SERVICE
        self.hook = hook
        self.tenant = Tenant(rooms, clock, channels or {}, app, tenant)
        self._keys = Keys(app)
        self._api = Api(self.tenant, self._keys, password)

    def routes(self) -> list[BaseRoute]:
        return self._api.routes()

    def start_over(self) -> None:
        self.tenant.start_over()

    def press(self, now: datetime, base: str, phone: Phone, message: Message, button: str) -> Outgoing | None:
        action = teams_cards.pressed(self.tenant.sent.get(message.id, {}), button)
        if action is None:
            raise Refusal("the message has no such button any more", missing=True)
        if action["type"] == "Action.OpenUrl":
            # Teams opens it, and tells nobody.
            return None
        self.tenant.base = self.tenant.base or base
        activity = teams_activities.press(self.tenant, now, phone, message, action)
        what = f'the button "{action["title"]}"'
        return self._signed(now, activity, what, phone.person.user, message.channel)

    def reply(self, now: datetime, base: str, phone: Phone, message: Message, text: str) -> Outgoing | None:
        """In a channel all stand in the first one's thread, and a team can let the bot read them; elsewhere there are
        no threads."""
        channel = self.tenant.rooms.channels[NAME, message.channel]
        thread = "" if channel.user else message.thread or message.provider_id
        return self._written(now, base, phone, channel, text, thread=thread)

    def ask(self, now: datetime, base: str, phone: Phone, channel: Channel, text: str) -> Outgoing | None:
        """In a channel the bot is called by its name."""
        return self._written(now, base, phone, channel, text, called=channel.user is None)

    def heard(self, now: datetime, outgoing: Outgoing, body: bytes) -> None:
        """The answer to a press: a card, which has to be one that Teams shows, or a word to whoever pressed."""
        if not outgoing.user:
            return
        try:
            answer = json.loads(body)
            if answer["statusCode"] != 200:
                raise Refusal(f"Teams shows what went wrong: {answer['statusCode']}")
            if answer["type"] == _WORDS:
                self.tenant.tell(outgoing.user, outgoing.channel, answer["value"])
            elif answer["type"] == teams_cards.CARD:
                list(teams_cards.card(answer["value"]))
            else:
                raise Refusal(f"Teams does not show the answer: {answer['type']}")
        except (ValueError, KeyError, TypeError, teams_cards.ConnectorError) as error:
            raise Refusal(f"Teams does not show the answer: {type(error).__name__} {error}") from error

    def _written(
        self,
        now: datetime,
        base: str,
        phone: Phone,
        channel: Channel,
        text: str,
        *,
        thread: str = "",
        called: bool = False,
    ) -> Outgoing:
        if not text.strip():
            raise Refusal("there is nothing to send")
        self.tenant.base = self.tenant.base or base
        shown = f"{SERVICE.command} {text}" if called else text
        message = self.tenant.write(channel, phone, shown, thread)
        activity = teams_activities.written(self.tenant, now, phone, message, text, called=called)
        return self._signed(now, activity, "the message")

    def _signed(
        self, now: datetime, activity: Mapping[str, Any], what: str, user: str = "", channel: str = ""
    ) -> Outgoing:
        authorization = self._keys.authorization(now, activity["serviceUrl"])
        headers = {"content-type": "application/json; charset=utf-8", "authorization": authorization}
        return Outgoing(headers, json.dumps(activity).encode(), what, user, channel)

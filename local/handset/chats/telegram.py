"""Telegram as a chat of the handset: the Bot API on one side, and on the other what people press and write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.routing import BaseRoute

from local.handset.chats import telegram_text, telegram_updates
from local.handset.chats.records import Channel, Message
from local.handset.chats.rooms import Rooms
from local.handset.chats.telegram_api import Api
from local.handset.chats.telegram_chats import ANSWER_TIME, NAME, SERVICE, Chats, Press
from local.handset.chats.vendor import Outgoing
from local.handset.network import Refusal
from local.handset.records import Phone

__all__ = ["BOT", "NAME", "SECRET", "SERVICE", "TOKEN", "Telegram"]

#: A token begins with the number of the bot's own user.
TOKEN, SECRET, BOT = "7000000001:handset", "handset-webhook-secret", "TocsinBot"
#: The number of the first update: from there they count up.
FIRST = 700_000_000


class Telegram:
    """``chats.vendor.Vendor``. ``hook`` is what ``setWebhook`` was given; ``groups`` are there from the start: their
    titles, by number."""

    def __init__(
        self,
        rooms: Rooms,
        clock: Callable[[], datetime],
        *,
        hook: str = "/v1/telegram",
        token: str = TOKEN,
        secret: str = SECRET,
        bot: str = BOT,
        groups: Mapping[str, str] | None = None,
    ) -> None:
        self.service = SERVICE
        self.hook = hook
        self.chats = Chats(rooms, clock, groups or {}, int(token.partition(":")[0]), bot)
        self._api = Api(self.chats, token)
        self._secret = secret

    def routes(self) -> list[BaseRoute]:
        return self._api.routes()

    def start_over(self) -> None:
        self.chats.start_over()

    def press(self, now: datetime, base: str, phone: Phone, message: Message, button: str) -> Outgoing | None:
        pressed = telegram_text.pressed(self.chats.sent.get(message.id, {}), button)
        if pressed is None:
            raise Refusal("the message has no such button any more", missing=True)
        if "callback_data" not in pressed:
            # Who follows a link is nobody's business.
            return None
        query = f"{now.timestamp():.0f}{self.chats.next():06d}"
        self.chats.presses[query] = Press(message.channel, phone.person.user, now + ANSWER_TIME)
        return telegram_updates.press(
            self._secret,
            self._update(),
            query=query,
            user=self.chats.user(phone),
            message=self.chats.described_message(message),
            pressed=pressed,
        )

    def reply(self, now: datetime, base: str, phone: Phone, message: Message, text: str) -> Outgoing | None:
        channel = self.chats.rooms.channels[NAME, message.channel]
        return self._written(now, phone, self.chats.write(channel, phone, text, message))

    def ask(self, now: datetime, base: str, phone: Phone, channel: Channel, text: str) -> Outgoing | None:
        if not text.strip():
            raise Refusal("there is nothing to send")
        return self._written(now, phone, self.chats.write(channel, phone, text))

    def heard(self, now: datetime, outgoing: Outgoing, body: bytes) -> None:
        """A press that the app took and did not answer shows that it waits, for as long as the message is there."""
        query = json.loads(outgoing.body).get("callback_query", {}).get("id")
        if query is not None and not self.chats.presses[query].answered:
            self.chats.rooms.network.record(
                now,
                "chat_waits",
                None,
                "The button goes on waiting",
                "the app took the press, and did not answer it (answerCallbackQuery)",
                trouble=True,
            )

    def _written(self, now: datetime, phone: Phone, message: Message) -> Outgoing | None:
        described = self.chats.described_message(message)
        if telegram_updates.told(described, self.chats.bot):
            return telegram_updates.written(self._secret, self._update(), described)
        self.chats.rooms.network.record(
            now,
            "chat_untold",
            phone,
            "The bot does not hear of it",
            "in a group Telegram tells it commands, and answers to its own messages",
            message.id,
        )
        return None

    def _update(self) -> int:
        return FIRST + self.chats.next()

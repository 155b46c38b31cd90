"""Slack as a chat of the handset: its API on one side, and on the other what people press, answer and ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from starlette.routing import BaseRoute

from local.handset.chats import slack_blocks, slack_requests
from local.handset.chats.records import Channel, Message, said
from local.handset.chats.rooms import Rooms
from local.handset.chats.slack_api import Api
from local.handset.chats.slack_workspace import NAME, SERVICE, Answering, SlackError, Workspace
from local.handset.chats.vendor import Outgoing
from local.handset.network import Refusal
from local.handset.records import Phone

__all__ = ["NAME", "SERVICE", "SIGNING_SECRET", "TOKEN", "Slack"]

TOKEN, SIGNING_SECRET = "xoxb-handset", "handset-signing-secret"


class Slack:
    """``chats.vendor.Vendor``. ``hook`` is the app's request URL; ``members`` gives some users an id of their own."""

    def __init__(
        self,
        rooms: Rooms,
        clock: Callable[[], datetime],
        *,
        hook: str = "/v1/slack",
        token: str = TOKEN,
        signing_secret: str = SIGNING_SECRET,
        channels: Iterable[str] = ("#incidents",),
        members: Mapping[str, str] | None = None,
    ) -> None:
        self.service = SERVICE
        self.hook = hook
        self.space = Workspace(rooms, clock, channels, members or {})
        self._api = Api(self.space, token)
        self._secret = signing_secret

    def routes(self) -> list[BaseRoute]:
        return self._api.routes()

    def start_over(self) -> None:
        self.space.start_over()

    def press(self, now: datetime, base: str, phone: Phone, message: Message, button: str) -> Outgoing:
        body = self.space.bodies.get(message.id, {})
        found = [
            one
            for one in slack_blocks.elements(body.get("blocks"), body.get("attachments"))
            if one[0] == button
        ]
        if not found:
            raise Refusal("the message has no such button any more", missing=True)
        _, element, block, attachment = found[0]
        return slack_requests.button(
            self._secret,
            now,
            member=self.space.member(phone),
            channel=self.space.rooms.channels[NAME, message.channel],
            message=message,
            body=body,
            pressed=element,
            block=block,
            attachment=attachment,
            serial=self.space.next(),
            response_url=self.space.response_url(now, base, phone, message.channel, message.id),
        )

    def reply(self, now: datetime, base: str, phone: Phone, message: Message, text: str) -> Outgoing:
        channel = self.space.rooms.channels[NAME, message.channel]
        root = message.thread or message.provider_id
        parent = self.space.rooms.find(NAME, channel.id, root) or message
        written = Message(
            self.space.rooms.network.next_id("m"),
            NAME,
            channel.id,
            self.space.ts(now),
            phone.person.user,
            said(text),
            now,
            root,
        )
        self.space.rooms.write(now, written, phone)
        return slack_requests.reply(
            self._secret,
            now,
            member=self.space.member(phone)[0],
            channel=channel,
            parent=parent,
            message=written,
            text=text,
            serial=self.space.next(),
        )

    def ask(self, now: datetime, base: str, phone: Phone, channel: Channel, text: str) -> Outgoing:
        return slack_requests.command(
            self._secret,
            now,
            member=self.space.member(phone),
            user=phone.person.user,
            channel=channel,
            command=self.service.command,
            text=text,
            serial=self.space.next(),
            response_url=self.space.response_url(now, base, phone, channel.id),
        )

    def heard(self, now: datetime, outgoing: Outgoing, body: bytes) -> None:
        """What a command's own answer says is shown to whoever asked."""
        if not outgoing.channel or not body.strip():
            return
        text = body.decode(errors="replace")
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        asked = answer if isinstance(answer, dict) else {"text": text}
        if any(asked.get(name) for name in ("text", "blocks", "attachments")):
            answering = Answering(outgoing.channel, outgoing.user, now)
            try:
                self.space.respond_with(answering, asked)
            except SlackError as error:
                raise Refusal(f"Slack does not show the answer: {error}") from error

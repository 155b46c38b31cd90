"""Who brings what people do in a chat to the app, and tells what came of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import urllib3
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from local.handset.chats import slack, teams, telegram
from local.handset.chats.records import Channel, Message
from local.handset.chats.rooms import Rooms
from local.handset.chats.vendor import Outgoing, Vendor
from local.handset.network import Network, Refusal
from local.handset.records import Phone, plain
from local.handset.stack import StackError

log = logging.getLogger("handset")

Clock = Callable[[], datetime]
#: Seconds that vendors wait for an app; the handset waits longer, for functions that start cold, and says so.
VENDORS_PATIENCE, PATIENCE = 3.0, 25.0
#: A vendor's module: its service, and what makes it from ``Rooms``, the clock and its settings.
MODULES: Mapping[str, tuple[Any, Callable[..., Vendor]]] = {
    slack.NAME: (slack.SERVICE, slack.Slack),
    telegram.NAME: (telegram.SERVICE, telegram.Telegram),
    teams.NAME: (teams.SERVICE, teams.Teams),
}


class Chats:
    """All vendors that are set up: ``settings`` has each one's own, by its name. ``app`` is the app's own root."""

    def __init__(
        self,
        network: Network,
        clock: Clock,
        pool: urllib3.PoolManager,
        app: str,
        settings: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.network = network
        self.clock = clock
        self.pool = pool
        self.app = app.rstrip("/")
        self.rooms = Rooms(network, [MODULES[name][0] for name in settings])
        self.vendors: dict[str, Vendor] = {
            name: MODULES[name][1](self.rooms, clock, **options) for name, options in settings.items()
        }

    def routes(self) -> list[BaseRoute]:
        return [route for vendor in self.vendors.values() for route in vendor.routes()]

    def start_over(self) -> None:
        self.rooms.start_over()
        for vendor in self.vendors.values():
            vendor.start_over()

    def state(self) -> dict[str, Any]:
        return {
            "services": [plain(one) for one in self.rooms.services.values()],
            "channels": [plain(one) for one in self.rooms.channels.values()],
            "messages": [plain(one) for one in self.rooms.messages.values()],
        }

    # -- what people do: each gives the app's answer's status (None: it is not told), or raises Refusal or StackError

    async def press(self, vendor: str, base: str, user: str, message_id: str, button: str) -> int | None:
        phone, message = self._hand(vendor, user), self._seen(vendor, user, message_id)
        outgoing = self.vendors[vendor].press(self.clock(), base, phone, message, button)
        if outgoing is None:
            return None
        self._record("chat_press", phone, f"{phone.person.first_name} presses {outgoing.what}", message.id)
        return await self._bring(vendor, outgoing)

    async def reply(self, vendor: str, base: str, user: str, message_id: str, text: str) -> int | None:
        phone, message = self._hand(vendor, user), self._seen(vendor, user, message_id)
        return await self._bring(vendor, self.vendors[vendor].reply(self.clock(), base, phone, message, text))

    async def ask(self, vendor: str, base: str, user: str, channel_id: str, text: str) -> int | None:
        phone = self._hand(vendor, user)
        channel = self.rooms.channel(vendor, channel_id)
        if channel is None:
            raise Refusal(f"there is no channel {channel_id!r}", missing=True)
        self._admitted(channel, user)
        command = self.rooms.service(vendor).command
        if command.startswith("/"):
            # Where there is no such command, what they write is a message, and told as one.
            self._record(
                "chat_ask", phone, f"{phone.person.first_name} types {command} {text}".rstrip(), None
            )
        return await self._bring(vendor, self.vendors[vendor].ask(self.clock(), base, phone, channel, text))

    def _hand(self, vendor: str, user: str) -> Phone:
        """Whoever acts, at a vendor that is there."""
        service = self.rooms.service(vendor)
        if service.refuses == "down":
            raise Refusal(f"{service.label} is down: nothing can be pressed or written there")
        return self.network.phone(user)

    def _seen(self, vendor: str, user: str, message_id: str) -> Message:
        message = self.rooms.message(vendor, message_id)
        self._admitted(self.rooms.channels[vendor, message.channel], user)
        if message.only_for not in (None, user):
            raise Refusal("only somebody else sees that message")
        return message

    def _admitted(self, channel: Channel, user: str) -> None:
        if channel.user not in (None, user):
            raise Refusal(f"these are {channel.name}'s direct messages")

    async def _bring(self, vendor: str, outgoing: Outgoing | None) -> int | None:
        if outgoing is None:
            return None
        began = time.monotonic()
        try:
            status, body = await run_in_threadpool(self._post, self._address(vendor), outgoing)
        except StackError as error:
            self._trouble("The app did not hear it", str(error))
            raise
        took = time.monotonic() - began
        if took > VENDORS_PATIENCE:
            label = self.rooms.service(vendor).label
            self._trouble(f"The app took {took:.1f} s", f"{label} gives up after {VENDORS_PATIENCE:.0f} s")
        if not 200 <= status < 300:
            says = f"the app answered {status} to {outgoing.what}"
            self._trouble("The app did not take it", says)
            raise StackError(says)
        self.vendors[vendor].heard(self.clock(), outgoing, body)
        return status

    def _post(self, address: str, outgoing: Outgoing) -> tuple[int, bytes]:
        """Blocks. Raises StackError when there is no answer."""
        try:
            answer = self.pool.request(
                "POST",
                address,
                body=outgoing.body,
                headers=dict(outgoing.headers),
                redirect=False,
                retries=False,
                timeout=PATIENCE,
            )
        except urllib3.exceptions.HTTPError as error:
            raise StackError(f"the app does not answer: {type(error).__name__}") from error
        return answer.status, answer.data

    def _address(self, vendor: str) -> str:
        hook = self.vendors[vendor].hook
        return self.app + hook if hook.startswith("/") else hook

    def _record(self, kind: str, phone: Phone, text: str, about: str | None) -> None:
        self.network.record(self.clock(), kind, phone, text, about=about)

    def _trouble(self, text: str, detail: str) -> None:
        log.warning("%s: %s", text, detail)
        self.network.record(self.clock(), "trouble", None, text, detail, trouble=True)

"""The handset at work: the network of phones, the stack it answers to, and what goes on in between."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool

from local.handset import calls, mails, power, texts, whatsapp
from local.handset.chats.desk import Chats
from local.handset.demo import Demo
from local.handset.hub import Hub
from local.handset.network import Network, Timing
from local.handset.people import read_people
from local.handset.records import Call, plain
from local.handset.refusals import KINDS
from local.handset.stack import SentMail, SentText, Stack, StackError

log = logging.getLogger("handset")

Clock = Callable[[], datetime]
TICK_SECONDS = 0.1
#: Events through the same door with the same answer make one line in this time.
BURST = timedelta(seconds=5)


class Desk:
    """One of these behind the whole app. Its state is touched by the event loop's thread alone."""

    def __init__(
        self,
        stack: Stack,
        config_path: Path,
        clock: Clock,
        *,
        timing: Timing,
        poll: float,
        demo_key: str,
        app: str = "",
        mail_reply_to: str = "",
        chats: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.stack = stack
        self.config_path = config_path
        self.clock = clock
        self.poll = poll
        self.mail_reply_to = mail_reply_to
        self.hub = Hub()
        self.demo = Demo(demo_key)
        self.network = Network(read_people(config_path), self, timing)
        self.chats = Chats(self.network, clock, stack.pool, app, chats or {})
        self.health: dict[str, Any] = {"reachable": None, "error": None}
        self._receipts: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self._seen: set[str] = set()
        self._looking = asyncio.Lock()
        self._passed: tuple[str, int, datetime] = ("", 0, clock())

    # -- what the network reaches --------------------------------------------------------------------------

    def receipt(self, payload: Mapping[str, Any]) -> None:
        self._receipts.put_nowait(payload)

    def changed(self, kind: str, item: object) -> None:
        self.hub.changed(kind, item)

    # -- what people do that the stack must hear -----------------------------------------------------------

    async def reply(self, user: str, body: str, answering: str | None) -> str | None:
        """The inbound message's id, or None when the carrier kept the text.

        Raises:
            StackError: the stack did not take it.
        """
        payload = texts.reply(self.network, self.clock(), user, body, answering)
        if payload is None:
            return None
        await self._bring(self.stack.bring_reply, payload)
        return payload["inboundMessageId"]

    async def reply_to_mail(self, mail_id: str, body: str, sender: str = "", forged: bool = False) -> str:
        """The answer's id, as SES gives it.

        Raises:
            StackError: the stack did not take it.
        """
        payload = mails.reply(
            self.network, self.clock(), mail_id, body, self.mail_reply_to, sender=sender, forged=forged
        )
        await self._bring(self.stack.bring_mail, payload)
        return str(payload["mail"]["messageId"])

    async def write_whatsapp(self, user: str, body: str, answering: str = "") -> None:
        """Raises StackError: the stack did not take it."""
        await self._bring(
            self.stack.bring_whatsapp, whatsapp.write(self.network, self.clock(), user, body, answering)
        )

    async def press_whatsapp(self, user: str, message: str, label: str) -> None:
        """Raises StackError: the stack did not take it."""
        await self._bring(
            self.stack.bring_whatsapp, whatsapp.press(self.network, self.clock(), user, message, label)
        )

    async def press(self, user: str, digit: str, call_id: str | None) -> Call:
        """The call, after the reply function's answer was said.

        Raises:
            StackError: the function did not answer; the flow goes on with its text.
        """
        call = calls.find(self.network, user, call_id, "answered")
        if calls.press(self.network, self.clock(), user, digit, call.id) is None:
            return call
        event = calls.contact_event(call, digit, self.stack.region)
        says: str | None = None
        try:
            says = await self._bring(self.stack.ask_reply_function, event)
        finally:
            calls.heard(self.network, self.clock(), call, says)
        return call

    async def start_over(self) -> None:
        """Read the file again and forget everything that came before.

        Raises:
            ConfigError: the file is no longer valid; nothing is forgotten then.
        """
        people = read_people(self.config_path)
        async with self._looking:
            try:
                sent_mails, sent_texts = await run_in_threadpool(self._sent)
                self._seen.update(mail.message_id for mail in sent_mails)
                self._seen.update(text.message_id for text in sent_texts)
            except StackError as error:
                log.warning("%s", error)
        self.network.start_over(people)
        self.chats.start_over()
        self.demo.open.clear()
        self._passed = ("", 0, self.clock())
        self.hub.changed("reset", self.state())

    async def _bring(self, how: Callable[..., Any], what: Mapping[str, Any]) -> Any:
        try:
            return await run_in_threadpool(how, what)
        except StackError as error:
            log.warning("%s", error)
            self.network.record(
                self.clock(), "trouble", None, "The stack did not hear it", str(error), trouble=True
            )
            raise

    def passed(self, method: str, path: str, status: int) -> None:
        """A sender's request went through to the stack: worth a line, unless it is like the one before."""
        if method != "POST" or not path.startswith(("/v1/events/", "/v2/enqueue")):
            return
        now, door = self.clock(), "/v1/events" if path.startswith("/v1") else "/v2/enqueue"
        if (door, status) == self._passed[:2] and now - self._passed[2] < BURST:
            return
        self._passed = (door, status, now)
        says = "An event comes in" if status < 300 else "An event is turned away"
        self.network.record(now, "event", None, says, f"{door} answered {status}", trouble=status >= 300)

    # -- what runs by itself -------------------------------------------------------------------------------

    async def run(self) -> None:
        """Everything that goes on without anybody asking, until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tick())
                tasks.create_task(self._bring_receipts())
                if self.poll > 0:
                    tasks.create_task(self._look())
        except ExceptionGroup:
            log.critical("the handset has stopped: phones neither ring nor get mail", exc_info=True)
            raise

    async def _tick(self) -> None:
        while True:
            power.tick(self.network, self.clock())
            await asyncio.sleep(TICK_SECONDS)

    async def _bring_receipts(self) -> None:
        while True:
            payload = await self._receipts.get()
            try:
                await self._bring(self.stack.bring_receipt, payload)
            except StackError:
                continue

    async def _look(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self.poll)

    async def look(self) -> None:
        """Fetch what SES and SNS have sent since the last look."""
        async with self._looking:
            try:
                sent_mails, sent_texts = await run_in_threadpool(self._sent)
            except StackError as error:
                self._healthy(False, str(error))
                return
            except Exception as error:  # whatever an emulator answers, phones go on
                log.exception("what SES and SNS have sent cannot be read")
                self._healthy(False, f"what SES and SNS have sent cannot be read: {error}")
                return
            self._healthy(True, None)
            now = self.clock()
            for mail in sent_mails:
                if self._new(mail.message_id):
                    for to in mail.to:
                        mails.take(self.network, now, to, mail)
            for text in sent_texts:
                if self._new(text.message_id):
                    texts.send(
                        self.network, now, text.number, text.body, carrier="sns", provider_id=text.message_id
                    )

    def _sent(self) -> tuple[list[SentMail], list[SentText]]:
        return self.stack.mails(), self.stack.texts()

    def _new(self, message_id: str) -> bool:
        if message_id in self._seen:
            return False
        self._seen.add(message_id)
        return True

    def _healthy(self, reachable: bool, error: str | None) -> None:
        if self.health["reachable"] != reachable:
            self.health = {"reachable": reachable, "error": error}
            self.hub.changed("stack", self.health)

    # -- what there is to see ------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        network = self.network
        return {
            "revision": self.hub.revision,
            "now": plain(self.clock()),
            "stack": self.health,
            "demo": self.demo.as_json(),
            "mail_reply_to": self.mail_reply_to,
            "refusals": {name: kind.label for name, kind in KINDS.items()},
            "phones": [plain(phone) for phone in network.phones.values()],
            "texts": [plain(text) for text in network.texts.values()],
            "calls": [plain(call) for call in network.calls.values()],
            "mails": [plain(mail) for mail in network.mails.values()],
            **self.chats.state(),
            "log": [plain(entry) for entry in network.log],
        }

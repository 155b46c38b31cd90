"""Carriers and the phones behind them: they take, refuse, cannot just now, or leave one in doubt."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from typing import Any

from tests.simulation.chats import SETTINGS, Chats
from tests.simulation.dice import Dice
from tests.simulation.effects import Effects
from tests.simulation.installation import PUBLIC_URL, WHATSAPP_NUMBER
from tests.simulation.kernel import Kernel, Process
from tests.simulation.receivers import SECRET, Receivers
from tests.simulation.weather import Weather
from tests.simulation.witness import Taken, Tried, Witness
from tocsin.paging import channels
from tocsin.paging.channels import CHATS
from tocsin.paging.channels.base import ChannelSettings, Later, Message, Outcome, Refused, Sent
from tocsin.paging.channels.http import HttpAnswer
from tocsin.paging.texts import Facts

_SEND = ("crash", "slow")
_CHANNELS = {
    "sms": "sms",
    "voice": "connect",
    "email": "email",
    "whatsapp": "whatsapp",
    "webhook": "webhook",
    "push": "push",
    **{chat: chat for chat in CHATS},
}
#: Channels whose own module speaks with the carrier: what it makes of a message matters.
_OWN_WORDS = frozenset({"whatsapp", "email", "webhook"})
#: How a carrier's ids begin.
_IDS = {"email": "0102018f3c2a4b5e"}
_REFUSALS = ("invalid_number", "number_blocked", "country_blocked")


@cache
def _settings(answered: bool) -> ChannelSettings:
    return ChannelSettings(
        sms_identity="+12025550100",
        mail_from="tocsin@example.com",
        mail_reply_to="ack@in.example.com" if answered else "",
        whatsapp_phone_number_id=WHATSAPP_NUMBER,
        whatsapp_template="tocsin_page",
        webhook_secrets=(SECRET,),
        **SETTINGS,
    )


class Carriers:
    """All carriers of a history. ``off`` are the ways that this installation has not set up.

    ``dead`` are addresses that no carrier takes. ``mail_answers``: whether mails can be answered. ``arrived`` hears of
    every message that reaches somebody.
    """

    def __init__(self, kernel: Kernel, dice: Dice, weather: Weather, witness: Witness) -> None:
        self.kernel = kernel
        self.dice = dice
        self.weather = weather
        self.witness = witness
        self.off: frozenset[str] = frozenset()
        self.dead: frozenset[str] = frozenset()
        #: Endpoints of browsers that their push services know no more.
        self.gone: set[str] = set()
        self.mail_answers = False
        self.receivers = Receivers(dice, weather, witness)
        self.chats = Chats(self)
        self.arrived: Callable[[str, str, Message], None] = lambda channel, id, message: None

    def seen_by(self, process: Process, effects: Effects) -> Seen:
        return Seen(self, process, effects)


class Seen:
    """The carriers as one run of the page function sees them. See ``tocsin.engine.deliver.Carriers``."""

    def __init__(self, carriers: Carriers, process: Process, effects: Effects) -> None:
        self._all = carriers
        self._process = process
        self.effects = effects
        #: The message that is being handed over.
        self.sending: Message | None = None

    def client(self, service: str) -> Any:
        """What a chat is reached by, whoever speaks: by its ``SERVICE``."""
        return self._all.chats.client(service)

    def settings(self) -> ChannelSettings:
        return _settings(self._all.mail_answers)

    def channel(self, via: str) -> str | None:
        return None if via in self._all.off else _CHANNELS.get(via)

    def takes_replies(self, channel: str, to: str) -> bool:
        return channel == "sms"

    def compose(self, channel: str, page_id: str, to: str, facts: Facts) -> Message:
        return channels.compose(
            channel, _settings(self._all.mail_answers), page_id=page_id, to=to, facts=facts
        )

    def link(self, token: str) -> str:
        return f"{PUBLIC_URL}/l/{token}"

    def send_each(self, channel: str, messages: Sequence[Message]) -> list[Outcome]:
        return [self.send(channel, message) for message in messages]

    def send(self, channel: str, message: Message) -> Outcome:
        process = self._process
        if channel == "push":
            return self._push(message)
        if channel not in _OWN_WORDS | CHATS:
            return self._hand_over(channel, message)
        settings = self.settings()
        now = process.kernel.instant() + timedelta(microseconds=process.skew)
        self.sending = replace(message, at=now)
        vendor = self.client(channel) if channel in CHATS else _Vendor(self, channel, message)
        try:
            return channels.channel(channel).send(vendor, settings, self.sending)
        except _Said as said:
            return said.outcome
        finally:
            self.sending = None

    def _push(self, message: Message) -> Outcome:
        """To one browser: its person sees what it says, and the link that a tap opens."""
        carriers, process = self._all, self._process
        endpoint = str(json.loads(message.to)["endpoint"])
        link = f" {message.card.link}" if message.card is not None else ""
        shown = replace(message, to=endpoint, text=message.text + link)
        gone = endpoint in carriers.gone
        if gone:
            refuse = partial(self._refuse, shown, "subscription_gone")
            outcome = self.effects(process, "send by push", refuse, _SEND)
        else:
            outcome = self._hand_over("push", shown)
        about = message.incident if message.page_id.startswith(f"{message.incident}-") else None
        carriers.witness.tried.append(
            Tried(
                carriers.kernel.now,
                process.name,
                process.began,
                message.page_id,
                about,
                endpoint,
                isinstance(outcome, Sent),
                gone,
            )
        )
        return outcome

    def _hand_over(self, channel: str, message: Message) -> Outcome:
        carriers, process = self._all, self._process
        weather, kernel = carriers.weather, carriers.kernel
        where = f"{process.name} {channel}"
        # In the end a carrier gives a clear answer.
        if {message.to, f"{channel} of {message.to}"} & carriers.dead or (
            not process.spared and weather.strikes("refused", where, kernel.now)
        ):
            reason = carriers.dice.pick(f"{where}/reason", _REFUSALS)
            return self.effects(process, f"send by {channel}", lambda: self._refuse(message, reason), _SEND)
        if not process.spared and weather.strikes("busy", where, kernel.now):
            seconds = carriers.dice.pick(f"{where}/seconds", (None, 2, 40))
            return self.effects(process, f"send by {channel}", lambda: Later("throttled", seconds), _SEND)
        doubt = not process.spared and weather.strikes("doubt", where, kernel.now)
        taken = self.effects(process, f"send by {channel}", lambda: self._take(channel, message), _SEND)
        return Later("no_answer", maybe_sent=True) if doubt else taken

    def _refuse(self, message: Message, reason: str) -> Outcome:
        self._all.witness.refused.add(message.page_id)
        self._all.witness.say("carrier", f"refuses {message.page_id}: {reason}")
        return Refused(reason)

    def _take(self, channel: str, message: Message) -> Outcome:
        carriers, process = self._all, self._process
        if not message.page_id.startswith(f"{message.incident}-"):
            # A mail about an end stands in its incident's thread, and is no page that could be answered.
            message = replace(message, incident=None)
        id = f"{_IDS.get(channel, 'm')}-{message.page_id}-{len(carriers.witness.taken)}"
        carriers.witness.taken.append(
            Taken(
                carriers.kernel.now,
                process.name,
                process.began,
                channel,
                message.to,
                message.page_id,
                message.incident,
                message.text,
            )
        )
        carriers.witness.say("carrier", f"takes {message.page_id} to {message.to} by {channel}")
        carriers.arrived(channel, id, message)
        return Sent(id)


class _Said(Exception):
    """A vendor does not take it. Of no carrier's kind, so that the channel hands it on as it is."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class _Vendor:
    """The client of a channel's module, for one message."""

    def __init__(self, seen: Seen, channel: str, message: Message) -> None:
        self._seen, self._channel, self._message = seen, channel, message

    def send_whatsapp_message(
        self, *, originationPhoneNumberId: str, message: bytes, metaApiVersion: str
    ) -> dict[str, Any]:
        content = json.loads(message)
        words = content["text"]["body"] if content["type"] == "text" else json.dumps(content["template"])
        return {"messageId": self._taken(replace(self._message, to=content["to"], text=words))}

    def send_email(
        self,
        *,
        FromEmailAddress: str,
        Destination: dict[str, list[str]],
        Content: dict[str, Any],
        ReplyToAddresses: Sequence[str] = (),
    ) -> dict[str, Any]:
        (to,), simple = Destination["ToAddresses"], Content["Simple"]
        words, subject = simple["Body"]["Text"]["Data"], simple["Subject"]["Data"]
        reply_to = next(iter(ReplyToAddresses), "")
        sent = replace(self._message, to=to, text=words, subject=subject, reply_token=reply_to)
        return {"MessageId": self._taken(sent)}

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        seen = self._seen
        return seen._all.receivers.request(seen._process, seen.effects, url, body or b"", headers or {})

    def _taken(self, message: Message) -> str:
        outcome = self._seen._hand_over(self._channel, message)
        if isinstance(outcome, Sent):
            return outcome.provider_id
        raise _Said(outcome)

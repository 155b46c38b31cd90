"""The people on the other side: they answer by text, by key, by link, by WhatsApp, by mail; late, twice, at the same
instant, or never.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tests.functions import lambda_events as events
from tests.simulation.chatting import Chatting
from tests.simulation.cloud import Cloud
from tests.simulation.kernel import SECOND, Ended, us
from tests.simulation.mails import Mails
from tests.simulation.whatsapp import WhatsApp
from tests.simulation.witness import Act
from tocsin.paging.channels import CHATS
from tocsin.paging.channels.base import Message

#: In nobody's file.
STRANGER = "+12025559999"
ANSWERS = "arn:aws:sns:us-east-1:123456789012:tocsin-answers"
RECEIPTS = "arn:aws:sns:us-east-1:123456789012:tocsin-receipts"

_CODE = re.compile(r"\b(\d+)a ack\b")
_JOIN = re.compile(r"Reply (\d+)y to join")
_KEEP = re.compile(r"Reply (\d+)k,")
_LINK = re.compile(r"https://tocsin\.example(/l/\S+)")
_NUMBER = re.compile(r"#(\d+)|Incident ((?:\d )*\d)\b")
_SEEN = re.compile(r'name="seen" value="(\d+)"')
_KEYS = {"ack": "4", "resolve": "6", "escalate": "9"}
_HARD = ("TEXT_INVALID", "TEXT_BLOCKED")
_FORMS = {"ack": "acknowledge", "resolve": "resolve", "escalate": "escalate"}


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody answers: how often at all, how quickly (seconds), how often once more, and how often oddly."""

    answers: float
    soonest: float
    latest: float
    twice: float
    odd: float


DEAF = Habits(0, 0, 0, 0, 0)
HABITS = (
    DEAF,
    Habits(0.3, 20, 900, 0.1, 0.1),
    Habits(0.6, 3, 60, 0.4, 0.2),
    Habits(0.9, 30, 1500, 0.2, 0.0),
)


class People:
    """Everybody. ``names`` says whose an address is."""

    def __init__(self, cloud: Cloud, names: Mapping[str, str]) -> None:
        self._cloud = cloud
        self._names = names
        dice = cloud.dice
        self._habits = {user: dice.pick(f"habits of {user}", HABITS) for user in sorted(set(names.values()))}
        self._opts_out = dice.pick("people/opt out", (0.0, 0.0, 0.03))
        self._whatsapp, self._mails = WhatsApp(cloud), Mails(cloud)
        self._chatting = Chatting(cloud)
        self._count: dict[str, int] = {}
        self.over = False
        cloud.carriers.arrived = self.arrived

    def stranger(self, name: str) -> None:
        """Somebody whom we never wrote to sends a text to our number."""
        body = self._cloud.dice.pick(
            f"{name}/body", ("ack", "1a", "res 1001", "help", "who is this?", "STOP")
        )
        self._cloud.publish(name, "replies", events.two_way_text(STRANGER, body, "", name), ANSWERS)

    def arrived(self, channel: str, id: str, message: Message) -> None:
        """A carrier took a message: it reports, and somebody may read it."""
        if channel == "sms" and message.incident is not None:
            self._report(id, message)
        who = self._names.get(message.to, "")
        if channel == "whatsapp" and message.incident is not None:
            self._whatsapp.report(id, who, message)
        if channel == "email" and message.incident is not None and self._cloud.carriers.mail_answers:
            self._mails.report(id, message)
        if self.over or message.incident is None:
            return
        habits = self._habits.get(who, DEAF)
        self._count[message.page_id] = self._count.get(message.page_id, 0) + 1
        name = f"{who} on {message.page_id} ({self._count[message.page_id]})"
        if not self._cloud.dice.happens(f"answer: {name}", habits.answers):
            return
        delay = self._delay(name, habits)
        self._act_later(name, who, channel, id, message, delay)
        if self._cloud.dice.happens(f"again: {name}", habits.twice):
            more = self._cloud.dice.pick(f"{name}/more", (0.0, 0.05, 1.0, 30.0))
            self._act_later(f"{name} again", who, channel, id, message, delay + us(more))

    def _delay(self, name: str, habits: Habits) -> int:
        """Some answer at the very instant at which something is due, or at a full minute, as others do."""
        dice, kernel = self._cloud.dice, self._cloud.kernel
        delay = us(dice.between(f"{name}/delay", habits.soonest, habits.latest))
        if dice.roll(f"{name}/sharp") < 0.35:
            minute = 60 * SECOND
            at = (kernel.now + delay) // minute * minute + minute
            return max(0, at - kernel.now + us(dice.between(f"{name}/beside", -0.3, 1.3)))
        return delay

    def _act_later(self, name: str, who: str, channel: str, id: str, message: Message, delay: int) -> None:
        cloud = self._cloud
        cloud.kernel.at(cloud.kernel.now + delay, lambda: self._act(name, who, channel, id, message))

    def _act(self, name: str, who: str, channel: str, id: str, message: Message) -> None:
        if self.over:
            return
        dice = self._cloud.dice
        if channel == "whatsapp":
            self._whatsapp.answer(name, who, id, message)
            return
        if channel in CHATS:
            self._chatting.answer(name, who, id)
            return
        if channel == "email" and message.reply_token and dice.roll(f"{name}/by mail") < 0.75:
            self._mails.answer(name, who, id, message)
            return
        wish = dice.pick(f"{name}/wish", ("ack", "ack", "ack", "ack", "resolve", "escalate"))
        if channel == "sms" and (kept := _KEEP.search(message.text)) is not None:
            self.say(name, who, (f"{kept[1]}k", f"{kept[1]} K.", "keep"), message)
            return
        if "asks you to join" in message.text:
            self.join(name, who, channel, id, message)
            return
        link = _LINK.search(message.text)
        if channel == "push" and link is not None and "Still on #" in message.text:
            self.tap(name, who, link[1], "keep", message)
            return
        self._cloud.witness.say(who, f"answers {message.page_id} by {channel}: {wish}")
        if channel == "connect" and dice.roll(f"{name}/writes") < 0.15:
            self.text(name, who, "", message, wish)
        elif channel == "connect":
            self.press(name, who, id, message, _KEYS[wish])
        elif channel == "sms" and (link is None or dice.roll(f"{name}/link") < 0.6):
            self.text(name, who, id, message, wish)
        elif link is not None:
            self.tap(name, who, link[1], _FORMS[wish], message)

    def text(self, name: str, who: str, id: str, message: Message, wish: str) -> None:
        dice = self._cloud.dice
        letter, word = ("r", "res") if wish == "resolve" else ("a", "ack")
        code, number = _CODE.search(message.text), _NUMBER.search(message.text)
        bare = [word, f"{word.upper()}."]
        named: list[str] = []
        if code is not None:
            named += [f"{code[1]}{letter}", f"{code[1]} {letter.upper()}", f"{code[1]}{letter}"]
        if number is not None:
            said = number[1] or number[2].replace(" ", "")
            named += [f"{word} {said}", f"#{said} {word}"]
        # Who was called knows the number only, and is nobody's stranger by that alone.
        called = code is None
        body = dice.pick(f"{name}/form", named if called else bare + named)
        if not called and dice.roll(f"{name}/odd") < self._habits[who].odd:
            body = dice.pick(f"{name}/odd form", ("what?", "9a", "ack 1999", "?", "7r"))
        if not called and dice.happens(f"opts out: {name}", self._opts_out):
            body = dice.pick(f"{name}/opts", ("STOP", "START"))
        answering = id if dice.roll(f"{name}/answering") < 0.5 else ""
        sms = f"sms {name}"
        self._did(who, "sms", body, sms, message, meant=body in named)
        self._cloud.publish(sms, "replies", events.two_way_text(message.to, body, answering, sms), ANSWERS)

    def say(self, name: str, who: str, forms: Sequence[str], message: Message) -> None:
        """A text in one of these forms: the answer to what was no page."""
        body = self._cloud.dice.pick(f"{name}/form", forms)
        sms = f"sms {name}"
        self._cloud.witness.say(who, f"answers {message.page_id}: {body}")
        self._did(who, "sms", body, sms, message, meant=False)
        self._cloud.publish(sms, "replies", events.two_way_text(message.to, body, "", sms), ANSWERS)

    def join(self, name: str, who: str, channel: str, id: str, message: Message) -> None:
        """The answer to being asked: by a text, by a key, or by the button of a link."""
        joins = self._cloud.dice.roll(f"{name}/joins") < 0.6
        code, link = _JOIN.search(message.text), _LINK.search(message.text)
        if channel == "connect":
            self.press(name, who, id, message, "4" if joins else "6")
        elif code is not None:
            word = "accept" if joins else "decline"
            letter = "y" if joins else "n"
            self.say(name, who, (f"{code[1]}{letter}", f"{word} {message.incident}", word), message)
        elif link is not None:
            self.tap(name, who, link[1], "accept" if joins else "decline", message)

    def _did(self, who: str, surface: str, wish: str, id: str, message: Message, meant: bool = True) -> Act:
        act = Act(self._cloud.kernel.now, who, surface, wish, id, message.incident or 0, meant)
        self._cloud.witness.acts.append(act)
        return act

    def press(self, name: str, who: str, id: str, message: Message, digit: str) -> None:
        """A key. A call that says nothing is pressed at again."""
        attributes = {"page": message.page_id, "incident": str(message.incident)}
        event = events.key_press(id, message.to, attributes, digit)
        act = self._did(who, "call", digit, id, message)
        self._call(f"reply({name} presses {digit})", act, event, 2)

    def tap(self, name: str, who: str, path: str, action: str, message: Message) -> None:
        """A link is opened, looked at, and its button pressed."""
        look = self._did(who, "look", "", path, message)
        delay = self._cloud.dice.between(f"{name}/looks", 0.1, 15)

        def seen(page: str) -> None:
            version = _SEEN.search(page)
            if version is None:
                return
            form = f"seen={version[1]}&action={action}"

            def push() -> None:
                act = self._did(who, "link", action, path, message)
                self._call(f"reply({name} taps {action})", act, self._link(path, form), 2)

            self._cloud.kernel.later(delay, push)

        self._call(f"reply({name} opens the link)", look, self._link(path, None), 2, seen)

    def _call(
        self,
        name: str,
        act: Act,
        event: dict[str, object],
        left: int,
        seen: Callable[[str], None] = lambda page: None,
    ) -> None:
        """A request that is made again when it is not answered. ``seen`` gets the page that it brought."""
        cloud = self._cloud

        def done(ended: Ended) -> None:
            if ended.well:
                answer = ended.answer
                act.told = answer["say"] if act.surface == "call" else str(answer["statusCode"])
                seen(answer.get("body", ""))
            elif left > 1 and not self.over:
                cloud.kernel.later(3, lambda: self._call(f"{name}'", act, event, left - 1, seen))

        if cloud.weather.strikes("throttled", name, cloud.kernel.now):
            done(Ended(died=True))
        else:
            cloud.run("reply", name, event, done)

    @staticmethod
    def _link(path: str, form: str | None) -> dict[str, object]:
        headers = {"content-type": "application/x-www-form-urlencoded"} if form is not None else {}
        token = path.removeprefix("/l/")
        method = "POST" if form is not None else "GET"
        return events.http(
            method, path, form, headers, parameters={"token": token}, route=f"{method} /l/{{token}}"
        )

    def _report(self, id: str, message: Message) -> None:
        """A carrier's receipt: some never come, some come twice, some say that it never arrived."""
        cloud = self._cloud
        dice = cloud.dice
        if dice.roll(f"{id}/receipt") < 0.4:
            return
        bad = cloud.weather.strikes("refused", f"receipt of {id}", cloud.kernel.now)
        kind = dice.pick(f"{id}/kind", (*_HARD, "TEXT_UNREACHABLE")) if bad else "TEXT_DELIVERED"
        at = cloud.kernel.instant() + timedelta(seconds=1)
        body = events.receipt(kind, id, message.to, at, message.page_id)
        if kind in _HARD:
            cloud.witness.bounced.append((cloud.kernel.now, message.page_id, message.incident or 0))
        for copy in range(1 + (dice.roll(f"{id}/copies") < 0.2)):
            wait = dice.between(f"{id}/{copy}/receipt comes", 0.2, 90)
            name = f"receipt {id}{chr(39) * copy}"
            cloud.kernel.later(wait, lambda name=name: cloud.publish(name, "replies", body, RECEIPTS))  # type: ignore[misc]

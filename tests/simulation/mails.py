"""Mail boxes: what people answer to a page, what others write in their name, and what becomes of our own mails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tests.functions import lambda_events as events
from tests.simulation.cloud import Cloud
from tests.simulation.kernel import us
from tests.simulation.teams import PEOPLE
from tests.simulation.witness import Act
from tocsin.paging.channels.base import Message

ANSWERS = "arn:aws:sns:us-east-1:123456789012:tocsin-mails"
RECEIPTS = "arn:aws:sns:us-east-1:123456789012:tocsin-receipts"
#: In nobody's file.
STRANGER = "zoe@example.net"

_WORDS = {"acknowledge": "ack", "resolve": "res", "escalate": "esc", "keep": "keep"}
_PLAIN = ("acknowledge", "acknowledge", "acknowledge", "resolve", "escalate")
_FAILED = ("FAIL", "GRAY", "PROCESSING_FAILED")
#: Whom SES does not vouch for, and who wrote nothing: none of them may change anything, nor is any answered.
_UNHEARD = ("spfVerdict", "dkimVerdict", "dmarcVerdict", "spam", "two faces", "stranger", "absent")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that comes in: ``to`` its recipient as SES says it, ``answers`` headers that say what it answers."""

    sender: str
    lines: tuple[str, ...]
    to: str
    subject: str
    answers: tuple[str, ...] = ()


class Mails:
    """All mail boxes."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    # -- what becomes of ours -----------------------------------------------------------------------------------

    def report(self, id: str, message: Message) -> None:
        """SES tells of a mail that it arrived, that it never will, or that it did not this time; once, or twice."""
        cloud, dice = self._cloud, self._cloud.dice
        if dice.roll(f"{id}/receipt") < 0.5:
            return
        bad = cloud.weather.strikes("refused", f"receipt of {id}", cloud.kernel.now)
        kind = dice.pick(f"{id}/kind", ("Permanent", "Permanent", "Transient")) if bad else ""
        event = events.mail_event("bounce" if bad else "delivery", id, message.to, message.page_id)
        if bad:
            event["bounce"]["bounceType"] = kind
        if kind == "Permanent":
            cloud.witness.bounced.append((cloud.kernel.now, message.page_id, message.incident or 0))
        for copy in range(1 + (dice.roll(f"{id}/copies") < 0.2)):
            wait = dice.between(f"{id}/{copy}/receipt comes", 0.2, 90)
            name = f"receipt {id}{chr(39) * copy}"
            cloud.kernel.later(wait, lambda name=name: cloud.publish(name, "replies", event, RECEIPTS))  # type: ignore[misc]

    # -- what people write --------------------------------------------------------------------------------------

    def answer(self, name: str, who: str, id: str, message: Message) -> None:
        """An answer in their own name, or something that must do nothing."""
        dice = self._cloud.dice
        letter, act = self._written(name, who, id, message)
        how = dice.roll(f"{name}/by")
        if how < 0.8:
            self._cloud.witness.acts.append(act)
            self._send(name, self._event(name, letter))
        elif how < 0.87:
            # Paged for it as well, perhaps.
            colleague = dice.pick(f"{name}/colleague", [one for one in PEOPLE if one != who])
            self._cloud.witness.acts.append(replace(act, who=colleague, meant=False, under=""))
            self._send(name, self._event(name, replace(letter, sender=f"{colleague}@example.com")))
        else:
            self._cloud.witness.unheard.append(f"mail-{name}")
            self._send(name, self._unheard(name, letter))

    def _written(self, name: str, who: str, id: str, message: Message) -> tuple[Letter, Act]:
        dice = self._cloud.dice
        if "#accept" in message.text:
            wish = dice.pick(f"{name}/joins", ("accept", "accept", "decline"))
        else:
            wish = "keep" if "#keep" in message.text else dice.pick(f"{name}/word", _PLAIN)
        word, number = _WORDS.get(wish, wish), message.incident
        subject, to, answers = f"Re: {message.subject}", message.reply_token, self._thread(id, message)
        command = dice.pick(f"{name}/form", (f"#{word}", f"#{word}", f"#{word.upper()}.", f"#{word} please"))
        under = ""
        match dice.pick(f"{name}/named by", ("all", "address", "number", "subject", "thread", "mail")):
            case "address":
                subject, answers = "no subject", ()
            case "number":
                command = dice.pick(f"{name}/number", (f"#{word} {number}", f"#{number} {word}"))
                # Whatever else it seems to answer.
                to = "ack+1999@in.example.com"
            case "subject":
                to = "ack@in.example.com"
            case "thread":
                to, subject = "ack@in.example.com", "no subject"
            case "mail":
                to, subject, under = "ack@in.example.com", "no subject", id
                answers = answers[:1]
        own: tuple[str, ...] = (command,)
        if dice.roll(f"{name}/odd") < 0.08:
            odd = ("On it!",), ("#ack all",), ("#ack", "", "#res"), (f"ack {number}",)
            own, wish = dice.pick(f"{name}/odd lines", odd), "odd"
        greeting = dice.pick(f"{name}/greets", ((), (), ("On my way.", "")))
        letter = Letter(
            dice.pick(f"{name}/from", (f"{who}@example.com", f"{who.title()} <{who.upper()}@Example.com>")),
            (*greeting, *own, *self._below(name, message)),
            to,
            subject,
            answers,
        )
        meant = wish in _PLAIN and not under
        act = Act(self._cloud.kernel.now, who, "mail", wish, name, number or 0, meant, under=under)
        return letter, act

    def _below(self, name: str, message: Message) -> tuple[str, ...]:
        """A signature, and what is quoted: somebody else's words, whatever they say."""
        quoted = tuple(f"> {line}" for line in ("#res", *message.text.splitlines()))
        attribution = "On Mon, 23 Nov 2026 at 02:04, Tocsin <tocsin@example.com> wrote:"
        header = ("", "-----Original Message-----", "From: Tocsin", "Sent: Monday", "", "#res")
        return self._cloud.dice.pick(
            f"{name}/below",
            ((), ("", "--", "#res"), ("", attribution, *quoted), (attribution, "", *quoted), header),
        )

    @staticmethod
    def _thread(id: str, message: Message) -> tuple[str, ...]:
        ours = f"<{id}@us-east-1.amazonses.com>"
        return f"In-Reply-To: {ours}", f"References: <incident-{message.incident}@example.com> {ours}"

    def _unheard(self, name: str, letter: Letter) -> dict[str, Any]:
        dice = self._cloud.dice
        why = dice.pick(f"{name}/unheard", _UNHEARD)
        if why == "stranger":
            return self._event(name, replace(letter, sender=STRANGER))
        if why == "absent":
            return self._event(
                name, replace(letter, answers=(*letter.answers, "Auto-Submitted: auto-replied"))
            )
        if why == "spam":
            return self._event(name, letter, spamVerdict="FAIL")
        if why == "two faces":
            event = self._event(name, letter)
            event["mail"]["commonHeaders"]["from"] = [STRANGER]
            return event
        return self._event(name, letter, **{why: dice.pick(f"{name}/verdict", _FAILED)})

    @staticmethod
    def _event(name: str, letter: Letter, **verdicts: str) -> dict[str, Any]:
        event = events.received_mail(
            letter.sender, "\n".join(letter.lines), letter.subject, *letter.answers, **verdicts
        )
        event["mail"]["messageId"] = name
        event["receipt"]["recipients"] = [letter.to]
        return event

    def _send(self, name: str, event: dict[str, Any]) -> None:
        cloud = self._cloud
        cloud.witness.say(
            "mail",
            f"{name}: from {event['mail']['commonHeaders']['from']} to {event['receipt']['recipients']}",
        )
        cloud.publish(f"mail {name}", "replies", event, ANSWERS)
        if cloud.dice.happens(f"comes twice: {name}", 0.15):
            wait = us(cloud.dice.between(f"{name}/comes again", 0.05, 40))
            cloud.kernel.at(
                cloud.kernel.now + wait, lambda: cloud.publish(f"mail {name}'", "replies", event, ANSWERS)
            )

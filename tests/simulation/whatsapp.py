"""WhatsApp on people's phones: what it reports of a message, and the buttons and words with which people answer there.

It knows some numbers otherwise than they are dialled, and names its messages by ids of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.simulation.cloud import Cloud
from tests.simulation.installation import WHATSAPP_NUMBER
from tests.simulation.teams import PEOPLE, number_of, whatsapp_of
from tests.simulation.witness import Act, Reported
from tocsin.paging.channels.base import Message

TOPIC = "arn:aws:sns:us-east-1:123456789012:tocsin-whatsapp"
#: In nobody's file.
STRANGER = "+12025558888"
#: Another number of the same account, whose events come to the same topic.
_OTHER_NUMBER = "phone-number-id-00000000000000000000000000000000"
_META = "106540352242922"
#: Meta's codes of what will never arrive, and of what did not arrive this time.
_HARD, _SOFT = (131026, 131050, 132015), (131049, 130429)
_WORDS = {"acknowledge": "ack", "resolve": "res", "escalate": "esc"}
_PLAIN = ("acknowledge", "acknowledge", "acknowledge", "resolve", "escalate")


@dataclass(frozen=True, slots=True)
class Phones:
    """How each person's phone is known to WhatsApp in this history."""

    numbers: dict[str, str]

    @classmethod
    def of(cls, cloud: Cloud) -> Phones:
        dice = cloud.dice
        return cls(
            {
                person: whatsapp_of(person)
                if dice.happens(f"WhatsApp knows {person} otherwise", 0.25)
                else number_of(person)
                for person in PEOPLE
            }
        )


class WhatsApp:
    """All phones that have it."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._phones = Phones.of(cloud).numbers

    # -- what it reports ----------------------------------------------------------------------------------------

    def report(self, id: str, who: str, message: Message) -> None:
        """What became of a page: some of it never comes, some comes twice, and in any order."""
        cloud, dice = self._cloud, self._cloud.dice
        bad = cloud.weather.strikes("refused", f"receipt of {id}", cloud.kernel.now)
        code = dice.pick(f"{id}/code", (*_HARD, *_SOFT)) if bad else 0
        for status in ("sent", "failed") if bad else ("sent", "delivered", "read"):
            if dice.roll(f"{id}/{status}") < 0.25 and code not in _HARD:
                continue
            event = self._status(id, who, message, status, code)
            for copy in range(1 + (dice.roll(f"{id}/{status}/copies") < 0.2)):
                wait = dice.between(f"{id}/{status}/{copy}/comes", 0.1, 60)
                at = cloud.kernel.now + round(wait * 1e6)
                cloud.witness.reported.append(Reported(at, id, message.page_id, status))
                name = f"{status} {id}{chr(39) * copy}"
                cloud.kernel.at(at, lambda name=name, event=event: self._publish(name, event))  # type: ignore[misc]
        if code in _HARD:
            cloud.witness.bounced.append((cloud.kernel.now, message.page_id, message.incident or 0))

    def _status(self, id: str, who: str, message: Message, status: str, code: int) -> dict[str, Any]:
        row: dict[str, Any] = {
            "id": f"wamid.{id}",
            "status": status,
            "timestamp": "1795399200",
            "recipient_id": self._phones[who].removeprefix("+"),
            "biz_opaque_callback_data": message.page_id,
        }
        if status == "failed":
            row["errors"] = [{"code": code, "title": "As Meta puts it"}]
        # AWS does not always say its own id.
        aws = {"messageId": id} if self._cloud.dice.roll(f"{id}/{status}/AWS") < 0.8 else {}
        return _event({"statuses": [row]}) | aws

    # -- what people do there -----------------------------------------------------------------------------------

    def answer(self, name: str, who: str, id: str, message: Message) -> None:
        """A button of the page, or words: under it, beside it, or what must do nothing."""
        how = self._cloud.dice.roll(f"{name}/by")
        if how < 0.45:
            self._press(name, who, id, message)
        elif how < 0.85:
            self._write(name, who, id, message)
        else:
            self._nothing(name, who, message)

    def _press(self, name: str, who: str, id: str, message: Message) -> None:
        buttons = [part for part in json.loads(message.text)["components"] if part["type"] == "button"]
        payloads = [button["parameters"][0]["payload"] for button in buttons]
        payload = self._cloud.dice.pick(f"{name}/button", (payloads[0], payloads[0], *payloads))
        act = self._did(who, name, payload.partition(":")[0], message, under=id)
        row = {
            "type": "button",
            "button": {"payload": payload, "text": "As the template has it"},
            "context": {"from": "12025550100", "id": f"wamid.{id}"},
        }
        self._came(name, act.id, self._phones[who], row)

    def _write(self, name: str, who: str, id: str, message: Message) -> None:
        dice = self._cloud.dice
        wish = dice.pick(f"{name}/word", _PLAIN)
        word, number = _WORDS[wish], message.incident
        under = dice.roll(f"{name}/under") < 0.6
        bare, named = (
            (word, f"{word.upper()}."),
            (f"{word} {number}", f"{number} {word}", f"#{number} {word}"),
        )
        body = dice.pick(f"{name}/body", (*bare, *bare, *named) if under else (word, *named, *named))
        if dice.roll(f"{name}/odd") < 0.08:
            body, wish = (
                dice.pick(f"{name}/odd body", ("what?", "ack 1999", "ok", f"note {number} seen")),
                "odd",
            )
        act = self._did(who, name, wish, message, meant=body in named, under=id if under else "")
        self._came(name, act.id, self._phones[who], _words(body, act.under))

    def _nothing(self, name: str, who: str, message: Message) -> None:
        """What is somebody else's, or meant for somebody else."""
        dice = self._cloud.dice
        wish = dice.pick(f"{name}/word", ("acknowledge", "resolve"))
        row = _words(f"{_WORDS[wish]} {message.incident}")
        whose = dice.pick(f"{name}/whose", ("stranger", "forwarded", "shop", "colleague"))
        if whose != "colleague":
            self._cloud.witness.unheard.append(f"whatsapp-wamid.{name}")
        match whose:
            case "stranger":
                self._came(name, f"wamid.{name}", STRANGER, row)
            case "forwarded":
                forwarded = row | {"context": {"forwarded": True}}
                self._came(name, f"wamid.{name}", self._phones[who], forwarded)
            case "shop":
                self._came(name, f"wamid.{name}", self._phones[who], row, _OTHER_NUMBER)
            case _:
                # Paged for it as well, perhaps.
                colleague = dice.pick(f"{name}/colleague", [one for one in PEOPLE if one != who])
                act = self._did(colleague, name, wish, message, meant=False)
                self._came(name, act.id, self._phones[colleague], row)

    def _did(
        self, who: str, name: str, wish: str, message: Message, *, meant: bool = True, under: str = ""
    ) -> Act:
        act = Act(
            self._cloud.kernel.now,
            who,
            "whatsapp",
            wish,
            f"wamid.{name}",
            message.incident or 0,
            meant,
            under=under,
            sender=self._phones[who],
        )
        self._cloud.witness.acts.append(act)
        return act

    def _came(
        self, name: str, id: str, sender: str, row: dict[str, Any], number: str = WHATSAPP_NUMBER
    ) -> None:
        """Meta tells of it once, or twice."""
        cloud, own = self._cloud, sender.removeprefix("+")
        cloud.witness.say("whatsapp", f"{name}: {sender} {row}")
        message = {"from": own, "id": id, "timestamp": "1795399200", **row}
        person = {"profile": {"name": "Somebody"}, "wa_id": own}
        event = _event({"contacts": [person], "messages": [message]}, number)
        self._publish(f"whatsapp {name}", event)
        if cloud.dice.happens(f"told twice: {name}", 0.15):
            wait = cloud.dice.between(f"{name}/told again", 0.05, 40)
            cloud.kernel.later(wait, lambda: self._publish(f"whatsapp {name}'", event))

    def _publish(self, name: str, event: dict[str, Any]) -> None:
        self._cloud.publish(name, "replies", event, TOPIC)


def _words(body: str, under: str = "") -> dict[str, Any]:
    """A text, under the page whose id AWS has."""
    context = {"context": {"from": "12025550100", "id": f"wamid.{under}"}} if under else {}
    return {"type": "text", "text": {"body": body}, **context}


def _event(value: dict[str, Any], number: str = WHATSAPP_NUMBER) -> dict[str, Any]:
    """As End User Messaging Social tells it (``tests/unit/paging/recorded/whatsapp``)."""
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": _META}, **value}
    arn = f"arn:aws:social-messaging:us-east-1:123456789012:{number.replace('id-', 'id/')}"
    entry = {"id": "1234567890", "changes": [{"value": value, "field": "messages"}]}
    return {
        "context": {"MetaPhoneNumberIds": [{"metaPhoneNumberId": _META, "arn": arn}]},
        "whatsAppWebhookEntry": json.dumps(entry),
    }

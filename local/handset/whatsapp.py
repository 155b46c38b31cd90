"""WhatsApp on a phone: by a template at any time, freely for 24 hours after what its owner wrote last."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from local.handset import social
from local.handset.network import OUR_NUMBER, Network, Refusal
from local.handset.records import Phone, Text
from local.handset.refusals import WireError
from tocsin.paging.channels.base import ChannelSettings
from tocsin.paging.channels.whatsapp import template

WINDOW = timedelta(hours=24)
#: Meta's codes: the template's parameters are too few or too many; the window is closed.
_PARAMETERS, _CLOSED = "132000", "131047"


def send(network: Network, now: datetime, asked: Mapping[str, Any]) -> str:
    """``SendWhatsAppMessage``: takes it, and gives AWS's id. What fails fails later, as a status.

    Raises:
        WireError: it is no message of Meta's Cloud API.
    """
    try:
        message = json.loads(base64.b64decode(asked["message"]))
        body, buttons = _shown(message)
        to = f"+{str(message['to']).removeprefix('+')}"
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise WireError("InvalidParametersException", f"the message cannot be read: {error!r}") from error
    phone = network.phone_of(to, "numbers")
    fails = network.refused(now, phone, to, "whatsapp") or ""
    if not fails and message["type"] == "template" and "{{" in body:
        fails = _PARAMETERS
    wrote = network.wrote_at.get(to)
    if not fails and message["type"] != "template" and (wrote is None or now - wrote > WINDOW):
        fails = _CLOSED
    text = Text(
        id=network.next_id("w"),
        user=phone.person.user,
        via="whatsapp",
        carrier="social",
        direction="in",
        to=to,
        sender=OUR_NUMBER,
        text=body,
        at=now,
        status="blocked" if fails else "delivered" if phone.on else "queued",
        provider_id=str(uuid.uuid4()),
        delivered_at=now if phone.on and not fails else None,
        context={
            "number": asked["originationPhoneNumberId"],
            "callback": str(message.get("biz_opaque_callback_data", "")),
        },
        buttons=buttons,
        whatsapp_id=f"wamid.{uuid.uuid4().hex}",
    )
    network.texts[text.id] = text
    network.changed("text", text)
    who = phone.person.first_name
    if fails:
        says = f"WhatsApp to {who} fails"
        network.record(now, "blocked", phone, says, body, text.id, error=fails, trouble=True)
        network.outside.receipt(social.status(now, text, "failed", fails))
        return text.provider_id
    says = f"WhatsApp to {who}" + ("" if phone.on else " waits: the phone is off")
    network.record(now, "text" if phone.on else "queued", phone, says, body, text.id)
    for word in ("sent", "delivered") if phone.on else ("sent",):
        network.outside.receipt(social.status(now, text, word))
    return text.provider_id


def _shown(message: Mapping[str, Any]) -> tuple[str, tuple[Mapping[str, str], ...]]:
    """The words, and the buttons with what each of them carries."""
    if message["messaging_product"] != "whatsapp":
        raise ValueError("messaging_product is whatsapp")
    if message["type"] == "text":
        return str(message["text"]["body"]), ()
    if message["type"] == "interactive":
        inside = message["interactive"]
        replies = [button["reply"] for button in inside["action"]["buttons"]]
        buttons = tuple({"label": str(one["title"]), "value": str(one["id"])} for one in replies)
        return str(inside["body"]["text"]), buttons
    named = message["template"]
    approved = template(
        ChannelSettings(whatsapp_template=named["name"], whatsapp_language=named["language"]["code"])
    )
    body, quick = approved["components"][0]["text"], approved["components"][1]["buttons"]
    carried = {}
    for component in named["components"]:
        if component["type"] == "body":
            for at, one in enumerate(component["parameters"], 1):
                body = body.replace(f"{{{{{at}}}}}", str(one["text"]))
        else:
            carried[int(component["index"])] = str(component["parameters"][0]["payload"])
    return body, tuple({"label": one["text"], "value": carried[at]} for at, one in enumerate(quick))


def write(network: Network, now: datetime, user: str, body: str, answering: str = "") -> Mapping[str, Any]:
    """A person writes, below the message ``answering`` where one is named: what is published of it.

    Raises:
        Refusal: nothing to say, no such person or message, the phone is off, or it has no number.
    """
    if not body.strip():
        raise Refusal("a message needs some text")
    quoted = _found(network, user, answering) if answering else None
    text = _own(network, now, user, body)
    network.record(
        now, "reply", network.phone(user), f"{_first(network, user)} writes by WhatsApp", body, text.id
    )
    content = {"type": "text", "text": {"body": body}}
    return social.written(
        now, text, network.phone(user).person.name, content, quoted.whatsapp_id if quoted else ""
    )


def press(network: Network, now: datetime, user: str, message: str, label: str) -> Mapping[str, Any]:
    """A person presses a button of a message: what is published of it. Raises Refusal."""
    on = _found(network, user, message)
    value = next((one["value"] for one in on.buttons if one["label"] == label), None)
    if value is None:
        raise Refusal(f"no button {label!r} on that message")
    text = _own(network, now, user, label)
    network.record(
        now, "reply", network.phone(user), f"{_first(network, user)} presses {label}", on.text, text.id
    )
    of_template = on.text.startswith("Incident ")
    content: dict[str, Any] = {"type": "button", "button": {"payload": value, "text": label}}
    if not of_template:
        reply = {"type": "button_reply", "button_reply": {"id": value, "title": label}}
        content = {"type": "interactive", "interactive": reply}
    return social.written(now, text, network.phone(user).person.name, content, on.whatsapp_id)


def _found(network: Network, user: str, message: str) -> Text:
    text = network.texts.get(message)
    if text is None or (text.user, text.via) != (user, "whatsapp"):
        raise Refusal(f"no message {message!r} of WhatsApp came to {user}", missing=True)
    return text


def _own(network: Network, now: datetime, user: str, body: str) -> Text:
    phone: Phone = network.in_hand(user)
    if not phone.person.numbers:
        raise Refusal(f"{phone.person.first_name} has no number to write from")
    number = phone.person.numbers[0]
    came = [text for text in network.texts.values() if text.via == "whatsapp"]
    text = Text(
        id=network.next_id("w"),
        user=user,
        via="reply",
        carrier="social",
        direction="out",
        to=OUR_NUMBER,
        sender=number,
        text=body,
        at=now,
        status="sent",
        provider_id=str(uuid.uuid4()),
        context={"number": came[-1].context["number"] if came else "phone-number-id-local"},
        whatsapp_id=f"wamid.{uuid.uuid4().hex}",
    )
    network.wrote_at[number] = now
    network.texts[text.id] = text
    network.changed("text", text)
    return text


def _first(network: Network, user: str) -> str:
    return network.phone(user).person.first_name

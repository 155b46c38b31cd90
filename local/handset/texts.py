"""Texts: what a carrier does with one on its way to a phone, and what it does with an answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from local.handset import social
from local.handset.network import OUR_NUMBER, Network, Refusal, shown_number
from local.handset.receipts import receipt
from local.handset.records import Carrier, Phone, Text

#: SendTextMessage's own default (API 2022-03-31).
DEFAULT_TTL = timedelta(hours=72)
#: The required opt-out words; STOP and HELP count already when a text begins with them.
OPT_OUT = frozenset(
    ["ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "TD", "UNSUBSCRIBE"]
)
OPT_IN = frozenset({"START", "UNSTOP"})


def send(
    network: Network,
    now: datetime,
    to: str,
    body: str,
    *,
    sender: str | None = None,
    ttl: timedelta = DEFAULT_TTL,
    context: Mapping[str, str] | None = None,
    message_type: str = "TRANSACTIONAL",
    carrier: Carrier = "sms-voice",
    provider_id: str | None = None,
    dry_run: bool = False,
) -> str:
    """Take a text for a number; returns the provider's message id.

    Raises:
        WireError: the carrier refuses at once (never for SNS, which tells nobody).
    """
    phone = network.phone_of(to, "numbers")
    event = network.refused(now, phone, to, "text", tells=carrier != "sns", dry_run=dry_run)
    message_id = provider_id or str(uuid.uuid4())
    if dry_run:
        return message_id
    text = Text(
        id=network.next_id("t"),
        user=phone.person.user,
        via="sms",
        carrier=carrier,
        direction="in",
        to=to,
        sender=shown_number(sender),
        text=body,
        at=now,
        status="queued",
        provider_id=message_id,
        expires_at=now + ttl,
        context=dict(context or {}),
        message_type=message_type,
    )
    network.texts[text.id] = text
    who = phone.person.first_name
    if event:
        text.status = "blocked"
        network.changed("text", text)
        network.record(
            now,
            "blocked",
            phone,
            f"Text to {who} was not delivered",
            body,
            text.id,
            error=event,
            trouble=True,
        )
        _tell(network, now, text, event)
    elif phone.on:
        _deliver(network, now, phone, text)
    else:
        network.changed("text", text)
        network.record(now, "queued", phone, f"Text to {who} waits: the phone is off", body, text.id)
    return message_id


def phone_is_on(network: Network, now: datetime, phone: Phone) -> None:
    """Bring what waited, oldest first; what waited too long has expired."""
    for text in [item for item in network.texts.values() if item.user == phone.person.user]:
        if text.status == "queued" and not _expired(network, now, text):
            _deliver(network, now, phone, text)


def tick(network: Network, now: datetime) -> None:
    """Let texts expire whose time is over."""
    for text in network.texts.values():
        if text.status == "queued":
            _expired(network, now, text)


def reply(
    network: Network, now: datetime, user: str, body: str, answering: str | None = None
) -> dict[str, str] | None:
    """A person writes: the two-way payload for the stack, or None when the carrier keeps the text to itself.

    ``answering`` is the id of a text, ours or the provider's; None means the latest one on the phone, "" none
    at all. The carrier answers STOP, HELP and START itself and does not pass them on, as it does for numbers
    whose opt-outs AWS manages.

    Raises:
        Refusal: nothing to say, no such person or text, the phone is off, or it has no number.
    """
    phone = network.in_hand(user)
    if not body.strip():
        raise Refusal("a text needs some text")
    answered = _answered(network, phone, answering)
    if answered is None and not phone.person.numbers:
        raise Refusal(f"{phone.person.first_name} has no number to write from")
    text = Text(
        id=network.next_id("t"),
        user=user,
        via="reply",
        carrier="phone",
        direction="out",
        to=answered.sender if answered else OUR_NUMBER,
        sender=answered.to if answered else phone.person.numbers[0],
        text=body,
        at=now,
        status="sent",
        provider_id=str(uuid.uuid4()),
        answering=answered.provider_id if answered else None,
    )
    network.texts[text.id] = text
    network.changed("text", text)
    network.record(now, "reply", phone, f"{phone.person.first_name} writes back", body, text.id)
    if _keyword(network, now, phone, text):
        return None
    return {
        "originationNumber": text.sender,
        "destinationNumber": text.to,
        "messageKeyword": "TOCSIN",
        "messageBody": body,
        "inboundMessageId": text.provider_id,
        "previousPublishedMessageId": text.answering or "",
    }


def _answered(network: Network, phone: Phone, answering: str | None) -> Text | None:
    if answering == "":
        return None
    user = phone.person.user
    came = [
        item
        for item in network.texts.values()
        if item.user == user and item.via == "sms" and item.delivered_at
    ]
    if answering is None:
        return max(came, key=lambda text: text.delivered_at or text.at, default=None)
    for text in came:
        if answering in (text.id, text.provider_id):
            return text
    raise Refusal(f"no text {answering!r} came to {user}", missing=True)


def _keyword(network: Network, now: datetime, phone: Phone, text: Text) -> bool:
    said = text.text.strip().upper()
    first = said.split(maxsplit=1)[0]
    who = phone.person.first_name
    if said in OPT_OUT or first == "STOP":
        phone.opted_out.add(text.sender)
        answer = (
            "You have opted out and will get no more messages from this number. Reply START to opt in again."
        )
        network.record(now, "stop", phone, f"{who} opts out of texts and calls", trouble=True)
    elif said in OPT_IN:
        phone.opted_out.discard(text.sender)
        answer = "You will get messages from this number again. Reply STOP to opt out."
        network.record(now, "start", phone, f"{who} opts in again")
    elif first == "HELP":
        answer = "This number pages you about incidents. Reply STOP to opt out."
    else:
        return False
    network.changed("phone", phone)
    auto = Text(
        id=network.next_id("t"),
        user=phone.person.user,
        via="auto",
        carrier="sms-voice",
        direction="in",
        to=text.sender,
        sender=text.to,
        text=answer,
        at=now,
        status="delivered",
        provider_id=str(uuid.uuid4()),
        delivered_at=now,
    )
    network.texts[auto.id] = auto
    network.changed("text", auto)
    return True


def _deliver(network: Network, now: datetime, phone: Phone, text: Text) -> None:
    text.status, text.delivered_at = "delivered", now
    network.changed("text", text)
    network.record(now, "text", phone, f"Text to {phone.person.first_name}", text.text, text.id)
    _tell(network, now, text, "TEXT_DELIVERED")


def _expired(network: Network, now: datetime, text: Text) -> bool:
    if text.expires_at is None or now < text.expires_at:
        return False
    phone = network.phones[text.user]
    text.status = "expired"
    network.changed("text", text)
    says = f"Text to {phone.person.first_name} expired at the carrier"
    network.record(now, "expired", phone, says, text.text, text.id, trouble=True)
    _tell(network, now, text, "TEXT_TTL_EXPIRED")
    return True


def _tell(network: Network, now: datetime, text: Text, event: str) -> None:
    """SNS has no receipts but sampled logs: only End User Messaging tells."""
    if text.carrier == "sms-voice":
        network.outside.receipt(receipt(now, text, event))
    elif text.carrier == "social" and event == "TEXT_DELIVERED":
        network.outside.receipt(social.status(now, text, "delivered"))

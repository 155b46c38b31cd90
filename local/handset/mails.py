"""Mails as a phone gets them: at once, or when it is on again. A mailbox keeps them for ever. They can be answered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from local.handset import ses
from local.handset.network import Network, Refusal
from local.handset.records import Mail, Phone
from local.handset.stack import SentMail


def take(network: Network, now: datetime, to: str, mail: SentMail) -> None:
    """A mail that SES took, for one of its addresses."""
    phone = network.phone_of(to, "emails")
    bounces = network.refused(now, phone, to, "mail") is not None
    got = Mail(
        id=network.next_id("m"),
        user=phone.person.user,
        via="email",
        carrier="ses",
        to=to,
        sender=mail.sender,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        at=mail.at,
        status="bounced" if bounces else "delivered" if phone.on else "waiting",
        provider_id=mail.message_id,
        delivered_at=now if phone.on and not bounces else None,
    )
    network.mails[got.id] = got
    network.changed("mail", got)
    if bounces:
        says = f"Mail to {phone.person.first_name} bounces"
        network.record(now, "blocked", phone, says, mail.subject, got.id, error="Permanent", trouble=True)
        network.outside.receipt(ses.bounced(now, got))
        return
    says = f"Mail to {phone.person.first_name}" + ("" if phone.on else " waits: the phone is off")
    network.record(now, "mail", phone, says, mail.subject, got.id)


def phone_is_on(network: Network, now: datetime, phone: Phone) -> None:
    for mail in network.mails.values():
        if mail.user == phone.person.user and mail.status == "waiting":
            mail.status, mail.delivered_at = "delivered", now
            network.changed("mail", mail)


def find(network: Network, mail_id: str) -> Mail:
    mail = network.mails.get(mail_id)
    if mail is None:
        raise Refusal(f"no mail {mail_id!r}", missing=True)
    return mail


def read(network: Network, now: datetime, mail_id: str) -> Mail:
    """Mark a mail as opened by a person."""
    mail = find(network, mail_id)
    if mail.opened_at is None:
        mail.opened_at = now
        network.changed("mail", mail)
    return mail


def reply(
    network: Network, now: datetime, mail_id: str, body: str, to: str, sender: str = "", forged: bool = False
) -> Mapping[str, Any]:
    """A person answers a mail: what SES publishes of it. ``to`` is where answers go.

    ``sender`` is another address to write from; ``forged``: it is not whose it claims to be, and SES says so.

    Raises:
        Refusal: nothing to say, no such mail, the phone is off, or mails cannot be answered here.
    """
    answered = find(network, mail_id)
    phone = network.in_hand(answered.user)
    if not body.strip():
        raise Refusal("a mail needs some text")
    if not to:
        raise Refusal("mails cannot be answered here: deploy with MailReplyTo")
    mail = Mail(
        id=network.next_id("m"),
        user=answered.user,
        via="reply",
        carrier="phone",
        to=to,
        sender=sender or answered.to,
        subject=answered.subject if answered.subject.startswith("Re: ") else f"Re: {answered.subject}",
        text=body,
        html="",
        at=now,
        status="sent",
        provider_id=uuid.uuid4().hex,
        answering=answered.id,
    )
    network.mails[mail.id] = mail
    network.changed("mail", mail)
    network.record(now, "mail_reply", phone, f"{phone.person.first_name} answers a mail", body, mail.id)
    return ses.received(now, mail, answered, forged)

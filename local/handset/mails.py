"""Mails as a phone gets them: at once, or when it is on again. A mailbox keeps them for ever."""

from __future__ import annotations

from datetime import datetime

from local.handset.network import Network, Refusal
from local.handset.records import Mail, Phone
from local.handset.stack import SentMail


def take(network: Network, now: datetime, to: str, mail: SentMail) -> None:
    """A mail that SES took, for one of its addresses."""
    phone = network.phone_of(to, "emails")
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
        status="delivered" if phone.on else "waiting",
        provider_id=mail.message_id,
        delivered_at=now if phone.on else None,
    )
    network.mails[got.id] = got
    network.changed("mail", got)
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

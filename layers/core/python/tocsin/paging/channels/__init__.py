"""The carriers, a module each, loaded on first use. Each has ``SERVICE`` (its client) and ``send``."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, cast

from tocsin.paging.channels.base import Channel, ChannelSettings, Message, Refused

if TYPE_CHECKING:
    from tocsin.paging.chat import Card
    from tocsin.paging.texts import Facts

_MODULES = {
    "sms": "tocsin.paging.channels.sms",
    "sns_sms": "tocsin.paging.channels.sns_sms",
    "voice": "tocsin.paging.channels.voice",
    "connect": "tocsin.paging.channels.connect",
    "email": "tocsin.paging.channels.email",
    "push": "tocsin.paging.channels.push",
    "webhook": "tocsin.paging.channels.webhook",
    "slack": "tocsin.paging.channels.slack",
    "telegram": "tocsin.paging.channels.telegram",
    "teams": "tocsin.paging.channels.teams",
    "whatsapp": "tocsin.paging.channels.whatsapp",
}
NAMES = tuple(_MODULES)
CALLS = frozenset({"voice", "connect"})
#: Where an incident stands as a card that is changed in place.
CHATS = frozenset({"slack", "telegram", "teams"})
#: What shows an incident as a card, be it one that stays as it was sent.
CARDS = CHATS | {"whatsapp"}
#: Where an incident stands and is shown anew: in chats, and by a webhook, which is posted each change.
STANDING = CHATS | {"webhook"}
#: What cannot do without a secret.
SECRET = STANDING | {"push"}


def channel(name: str) -> Channel:
    """The channel of that name. Raises LookupError for an unknown one."""
    module = _MODULES.get(name)
    if module is None:
        raise LookupError(f"unknown channel {name!r}; there are {', '.join(NAMES)}")
    return cast(Channel, import_module(module))


def choose(via: str, settings: ChannelSettings) -> str | Refused:
    """The channel that serves a notification rule's ``via`` here, or ``Refused("channel_off")``.

    Texts go by End User Messaging when it has an identity, else by SNS when that is on; calls by Connect when
    it is whole (instance, flow and number), since only there keys work, else by End User Messaging.
    """
    if via == "sms" and settings.sms_identity:
        return "sms"
    if via == "sms" and settings.sns_sms:
        return "sns_sms"
    connect = (settings.connect_instance_id, settings.connect_flow_id, settings.connect_number)
    if via == "voice" and all(connect):
        return "connect"
    if via == "voice" and settings.voice_identity:
        return "voice"
    if via == "email" and settings.mail_from:
        return "email"
    if via == "push" and settings.vapid_private_key and settings.vapid_subject:
        return "push"
    if via == "webhook" and settings.webhook_secrets:
        return "webhook"
    if via == "slack" and settings.slack_token:
        return "slack"
    if via == "telegram" and settings.telegram_token:
        return "telegram"
    if via == "teams" and settings.teams_app_id and settings.teams_app_password:
        return "teams"
    if via == "whatsapp" and settings.whatsapp_phone_number_id and settings.whatsapp_template:
        return "whatsapp"
    return Refused("channel_off", f"nothing here is set up to send {via}")


def takes_replies(name: str, settings: ChannelSettings, to: str) -> bool:
    """Whether a text over this channel to this number can be answered: not by SNS, nor from a sender id."""
    return name == "sms" and not _is_sender_id(identity_for(settings, to))


def identity_for(settings: ChannelSettings, to: str) -> str:
    """What a text to this number comes from: by the longest prefix that it begins with, or else that of all others."""
    fitting = [row for row in settings.sms_identity_by_prefix if to.startswith(row[0])]
    return max(fitting, key=lambda row: len(row[0]))[1] if fitting else settings.sms_identity


def _is_sender_id(identity: str) -> bool:
    """A sender id is at most 11 characters with a letter among them, or an ARN that says so."""
    if identity.startswith("arn:"):
        return ":sender-id/" in identity
    if identity.startswith(("+", "phone-", "pool-", "rcs-")):
        return False
    return len(identity) <= 11 and any(char.isalpha() for char in identity)


def compose(
    name: str, settings: ChannelSettings, *, page_id: str, to: str, facts: Facts, ring: int | None = None
) -> Message:
    """The page as this channel carries it, rendered from the facts of this moment."""
    from tocsin.paging import texts

    if name == "push":
        from tocsin.paging import push_texts

        said = push_texts.line(facts)
        return Message(page_id, to, said, facts.number, card=_card(facts), event=facts.purpose)
    if facts.purpose != "page" and name != "webhook":
        return _aside(name, settings, page_id, to, facts, ring)
    if name == "email":
        mail = texts.email(facts, replies=bool(settings.mail_reply_to))
        return Message(
            page_id, to, mail.text, facts.number, mail.subject, mail.html, reply_token=str(facts.number)
        )
    if name == "webhook":
        return Message(page_id, to, "", facts.number, card=_card(facts))
    if name in CALLS:
        return Message(page_id, to, texts.voice(facts, keys=name == "connect"), facts.number, ring=ring)
    if not takes_replies(name, settings, to):
        facts = replace(facts, ack_code=None, resolve_code=None)
    return Message(page_id, to, texts.sms(facts), facts.number)


def _aside(
    name: str, settings: ChannelSettings, page_id: str, to: str, facts: Facts, ring: int | None
) -> Message:
    from tocsin.paging import aside_texts

    if name == "email":
        subject, text = aside_texts.mail(facts, replies=bool(settings.mail_reply_to))
        return Message(page_id, to, text, facts.number, subject, reply_token=str(facts.number))
    if name in CALLS:
        return Message(page_id, to, aside_texts.voice(facts, keys=name == "connect"), facts.number, ring=ring)
    if not takes_replies(name, settings, to):
        facts = replace(facts, ack_code=None)
    return Message(page_id, to, aside_texts.sms(facts), facts.number)


def _card(facts: Facts) -> Card:
    from tocsin.paging.chat import Card

    return Card(
        number=facts.number,
        version=0,
        service=facts.service,
        title=facts.title,
        state=facts.state,
        urgency=facts.urgency,
        severity=facts.severity,
        count=facts.count,
        opened_at=facts.opened_at,
        link=facts.link,
    )

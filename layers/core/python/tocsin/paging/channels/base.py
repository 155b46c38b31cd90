"""What all channels share: what is sent, and the three things a carrier can make of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from tocsin.paging.chat import Card


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What is set up here; an empty field is a channel that is off. Prices in US dollars, as "0.05"."""

    sms_identity: str = ""
    #: Where numbers that begin with the first (``+44``) are texted from; the longest that fits counts.
    sms_identity_by_prefix: tuple[tuple[str, str], ...] = ()
    #: "protect-…": to which countries texts and calls may go.
    protect_configuration: str = ""
    sms_configuration_set: str = ""
    sns_sms: bool = False
    voice_identity: str = ""
    connect_instance_id: str = ""
    connect_flow_id: str = ""
    connect_number: str = ""
    mail_from: str = ""
    mail_configuration_set: str = ""
    sms_max_price: str = ""
    voice_max_price: str = ""
    #: Where answers to mails go, such as ack@in.example.com: an address whose mail SES receives.
    mail_reply_to: str = ""
    #: Each "whsec_…", the newest first: more than one while a secret is rotated.
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    #: Base64url of the 32 bytes, as ``paging.webpush.private_key`` gives it.
    vapid_private_key: str = field(default="", repr=False)
    #: Whom a push service writes to when something is wrong: mailto:… or https://….
    vapid_subject: str = ""
    #: What takes the place of every push service, for a rehearsal: endpoints' paths are posted to there.
    push_url: str = ""
    slack_url: str = "https://slack.com/api"
    #: A bot's token, "xoxb-…".
    slack_token: str = field(default="", repr=False)
    slack_signing_secret: str = field(default="", repr=False)
    telegram_url: str = "https://api.telegram.org"
    #: As BotFather gives it: "<the bot's number>:<35 characters>".
    telegram_token: str = field(default="", repr=False)
    #: What ``setWebhook`` was given as secret_token: 1 to 256 of A-Z, a-z, 0-9, _ and -.
    telegram_secret: str = field(default="", repr=False)
    #: The bot's user name without the @. Where it is set, commands that name another bot are left to that one.
    telegram_bot: str = ""
    teams_app_id: str = ""
    teams_app_password: str = field(default="", repr=False)
    #: The tenant (a GUID) in which the bot is registered; "botframework.com" for a multi-tenant bot.
    teams_tenant: str = "botframework.com"
    teams_login_url: str = "https://login.microsoftonline.com"
    teams_keys_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    #: Where messages go whose ``to`` names no address of the Bot Connector.
    teams_service_url: str = "https://smba.trafficmanager.net/teams"
    #: "phone-number-id-<32 hex digits>" or its ARN, of AWS End User Messaging Social.
    whatsapp_phone_number_id: str = ""
    #: The approved template (``paging.channels.whatsapp.template`` says its form), and its language, such as "en".
    whatsapp_template: str = ""
    whatsapp_language: str = "en"
    #: Meta's, as "v20.0": one of those that AWS takes in this Region.
    whatsapp_api_version: str = "v20.0"


#: What a message is about that only tries whether it comes.
TEST = "test"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one contact. ``page_id`` also names notices; ``to`` is an E.164 number or an address.

    ``text`` is what is read or said; ``subject`` and ``html`` are a mail's; ``ring`` is how many seconds a
    call rings. ``card`` is what a chat shows; ``edits`` is the provider's id of an earlier message that it takes the
    place of, ``thread`` of one that it stands under. ``event`` is what happened, for machines ("acknowledged"), or
    the purpose of what is pushed, or ``TEST``; ``at``
    (aware) is this moment, for channels that sign with the time; ``reply_token`` says in a mail's Reply-To what it is
    about: the incident's number. It is no secret, since whoever answers is known by the address they write from.
    """

    page_id: str
    to: str = field(repr=False)
    text: str
    incident: int | None = None
    subject: str = ""
    html: str = ""
    ring: int | None = None
    card: Card | None = None
    edits: str = ""
    thread: str = ""
    event: str = ""
    at: datetime | None = None
    reply_token: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The carrier has taken it, under its own id. That is not yet a phone that rang."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It will not go, now or later: the next contact is tried at once.

    ``reason`` is one of REASONS; ``detail`` the carrier's own words.
    """

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """It did not go now: try again, after so many seconds where the carrier said so.

    ``maybe_sent``: the carrier may have taken it before the answer was lost, so that a second try may arrive
    twice.
    """

    reason: str
    after_seconds: int | None = None
    detail: str = ""
    maybe_sent: bool = False


Outcome = Sent | Refused | Later


class Channel(Protocol):
    """A channel's module. ``SERVICE`` is botocore's name of the client that ``send`` takes, or "http", or "outside":
    an ``Http`` for addresses that people wrote down (``tocsin.edge.posting``), or "teams": ``teams.Connector``.
    """

    SERVICE: str

    def send(self, client: Any, settings: ChannelSettings, message: Message) -> Outcome:
        """Hand the message to the carrier. Raises only what is a defect of ours."""
        ...


#: What a person reads on the timeline, by the reason of a Refused or a Later.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "access_denied": "the carrier does not let this installation send",
        "answer_too_late": "the vendor takes no more answers to this: its time is over, or their number",
        "address_blocked": "the address, or the person who has it, takes no mail from here",
        "address_refused": "the address is none of the open internet that may be posted to",
        "account_disabled": "the carrier has switched this account off",
        "call_waits": "the person was called less than 2 minutes ago, and takes no text: the call comes after that",
        "called_often": "the number was called for this as often as is allowed in some hours; a text was sent instead",
        "called_recently": "the person was called less than 2 minutes ago; a text was sent instead",
        "card_coming": "another step's card is on its way to this channel: it stands under that one",
        "carrier_down": "the carrier had a fault",
        "channel_off": "the channel is not set up",
        "country_blocked": "messages to this country are blocked",
        "daily_call_limit": "the number was called as often today as the carrier allows",
        "identity_not_ready": "the number or sender that messages come from is not ready to send",
        "invalid_address": "the mail address is not valid",
        "invalid_number": "the number is not valid",
        "limit_reached": "the carrier's limit is reached",
        "message_invalid": "the carrier cannot deliver this text",
        "no_connection": "the carrier could not be reached",
        "no_credentials": "no credentials for the carrier",
        "no_such_channel": "the chat channel does not exist, is archived, or does not have our app in it",
        "no_such_person": "the vendor does not know this person, or the person has blocked our messages",
        "no_reputation": "the carrier does not trust this account enough yet",
        "not_verified": "the contact is not verified with the carrier, and the account is in its sandbox",
        "number_blocked": "the number, or its carrier, blocks our messages",
        "opted_out": "the number has opted out (STOP)",
        "price_over_limit": "the message costs more than is allowed here",
        "rejected": "the carrier refused the message",
        "spend_limit": "this month's spend limit is reached",
        "subscription_gone": "the browser's subscription is gone: push has to be switched on there again",
        "subscription_invalid": "what is stored is no browser's subscription",
        "texted_often": "the phone knows of it, and was texted as often as is allowed",
        "texted_recently": "the phone was texted a moment ago: it waits, and goes with others that wait",
        "template_not_ready": "the WhatsApp template is missing, paused, not approved, or of another form",
        "throttled": "the carrier asked us to slow down",
        "timeout": "the carrier did not answer in time",
        "unverified": "nobody has verified that the contact is this person's: tocsin contact verify",
        "webhook_gone": "the webhook's receiver says that it is gone for good",
        "window_closed": "WhatsApp takes only the template here, which asks to acknowledge or resolve an incident",
    }
)

_NUMBER = re.compile(r"\+[1-9][0-9]{1,14}")
_ADDRESS = re.compile(r"[^\s@,;<>\"()\[\]\\:]+@[^\s@,;<>\"()\[\]\\:]+")


def bad_number(to: str) -> Refused | None:
    """Refused when ``to`` is not an E.164 number, before a carrier is asked."""
    if _NUMBER.fullmatch(to):
        return None
    return Refused("invalid_number", f"{to!r} is not a number in E.164 form, like +5511955550100")


def bad_address(to: str) -> Refused | None:
    """Refused when ``to`` is not one plain address: two of them would reach somebody whom nobody named."""
    if _ADDRESS.fullmatch(to) and len(to) <= 320:
        return None
    return Refused("invalid_address", f"{to!r} is not a plain mail address")


def context(message: Message) -> dict[str, str]:
    """What End User Messaging gives back with each receipt, so that it finds its page."""
    named = {"page": message.page_id[:800].strip()}
    if message.incident is not None:
        named["incident"] = str(message.incident)
    return {key: value for key, value in named.items() if value}

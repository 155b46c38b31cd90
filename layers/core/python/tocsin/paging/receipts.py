"""What carriers send back: texts and mails that people wrote, delivery events, keys pressed on a call.

Parsed permissively: fields may be absent, more may come, and what is not understood is Unrecognised with a
reason and never an exception. A receipt may shorten a wait and never lengthens one: carriers take up to 72
hours for theirs, so no escalation waits for one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tocsin.paging.mail_answers import MailAnswer, NotTaken, Stored


@dataclass(frozen=True, slots=True)
class InboundSms:
    """A text from a phone. ``answering`` is the provider's id of our message it answers, where the carrier
    knows.

    ``keyword`` is what End User Messaging matched (it may have answered HELP or STOP itself); ``to`` is our
    number.
    """

    id: str
    sender: str
    body: str
    answering: str | None = None
    to: str = ""
    keyword: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message. ``channel`` is "sms", "voice" or another kind in lower case; ``status`` such
    as "delivered".

    ``hard``: it will never arrive, so the person's next contact is due now; ``reason`` says why, in the words
    of ``channels.base.REASONS``. ``page_id`` and ``to`` only where the event carries them: find the page by
    ``provider_id`` first. ``also`` is a second id of the same message, the one that answers to it name.
    """

    provider_id: str
    channel: str
    status: str
    hard: bool = False
    reason: str = ""
    to: str = ""
    page_id: str | None = None
    at: datetime | None = None
    also: str = ""


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A flow asks what to do. ``digit``: 0 to 9, ``*``, ``#``, or "" when the time for a key ran out."""

    contact_id: str
    to: str
    digit: str
    page_id: str
    incident: int | None = None


@dataclass(frozen=True, slots=True)
class OfWhatsApp:
    """An event of a WhatsApp Business Account, to be read by ``channels.whatsapp_answers``: several may be in it."""

    body: str


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """A message that is none of these, and why."""

    reason: str


#: Events after which a message never arrives. A phone that is switched off (UNREACHABLE, TTL_EXPIRED), a
#: network's fault (CARRIER_UNREACHABLE), a missing report (UNKNOWN) and a call that was not taken
#: (VOICE_BUSY, VOICE_NO_ANSWER, VOICE_FAILED) are not among them: the plan's own wait covers those, and it is
#: the plan that people were shown.
HARD: Mapping[str, str] = {
    "INVALID": "invalid_number",
    "INVALID_MESSAGE": "message_invalid",
    "BLOCKED": "number_blocked",
    "CARRIER_BLOCKED": "number_blocked",
    "SPAM": "number_blocked",
    "PROTECT_BLOCKED": "country_blocked",
}
_CHANNELS = {"TEXT": "sms"}


Came: TypeAlias = "InboundSms | MailAnswer | Stored | NotTaken | Receipt | OfWhatsApp | Unrecognised"


def read(body: str) -> Came:
    """A message of the reply queue: an SNS envelope, SNS's raw delivery, or an EventBridge event."""
    payload = _json(body)
    envelope_id = ""
    if isinstance(payload, dict) and isinstance(payload.get("Message"), str):
        if payload.get("Type") not in (None, "Notification"):
            return Unrecognised(f"an SNS message of type {_shown(payload.get('Type'))}")
        envelope_id = _text(payload, "MessageId")
        payload = _json(payload["Message"])
    if isinstance(payload, dict) and isinstance(payload.get("detail"), dict):
        payload = payload["detail"]
    if not isinstance(payload, dict):
        return Unrecognised("not a JSON object")
    if "whatsAppWebhookEntry" in payload:
        return OfWhatsApp(body)
    if isinstance(payload.get("mail"), dict):
        return _of_mail(body, received="receipt" in payload)
    if "originationNumber" in payload or "inboundMessageId" in payload:
        return _inbound(payload, envelope_id)
    if "eventType" in payload:
        return _receipt(payload)
    return Unrecognised(f"neither a text nor a delivery event: has {_shown(sorted(map(str, payload)))}")


def _of_mail(body: str, received: bool) -> MailAnswer | Stored | NotTaken | Receipt | Unrecognised:
    """What SES says of a mail that it received, or of one that it sent. Both are rare, and their parsers large."""
    if received:
        from tocsin.paging import mail_answers

        return mail_answers.read(body)
    from tocsin.paging import mail_receipts

    return mail_receipts.read(body)


def _inbound(payload: Mapping[str, Any], envelope_id: str) -> InboundSms | Unrecognised:
    sender, identity = _text(payload, "originationNumber"), _text(payload, "inboundMessageId") or envelope_id
    if not sender or not identity:
        return Unrecognised("a text without originationNumber or without an id")
    return InboundSms(
        id=identity,
        sender=sender,
        body=_text(payload, "messageBody"),
        answering=_text(payload, "previousPublishedMessageId") or None,
        to=_text(payload, "destinationNumber"),
        keyword=_text(payload, "messageKeyword"),
    )


def _receipt(payload: Mapping[str, Any]) -> Receipt | Unrecognised:
    event = _text(payload, "eventType")
    kind, found, status = event.partition("_")
    provider_id = _text(payload, "messageId")
    if kind not in ("TEXT", "VOICE", "MEDIA", "RCS") or not found or not status:
        return Unrecognised(f"a delivery event of type {_shown(event)}")
    if not provider_id:
        return Unrecognised(f"a {event} event without messageId")
    context = payload.get("context")
    # An event that says it is not final may still be followed by a delivery.
    hard = status in HARD and payload.get("isFinal") is not False
    return Receipt(
        provider_id=provider_id,
        channel=_CHANNELS.get(kind, kind.lower()),
        status=status.lower(),
        hard=hard,
        reason=HARD[status] if hard else "",
        to=_text(payload, "destinationPhoneNumber"),
        page_id=_text(context, "page") or None if isinstance(context, Mapping) else None,
        at=_instant(payload.get("eventTimestamp")),
    )


def key_press(event: object) -> KeyPress | Unrecognised:
    """The event of a Lambda that a Connect flow invokes: ``Details.ContactData`` and, as parameter ``digit``,
    the key.
    """
    details = event.get("Details") if isinstance(event, Mapping) else None
    data = details.get("ContactData") if isinstance(details, Mapping) else None
    if not isinstance(details, Mapping) or not isinstance(data, Mapping):
        return Unrecognised("not an event of a Connect flow: Details.ContactData is missing")
    attributes, parameters, endpoint = (
        part if isinstance(part, Mapping) else {}
        for part in (data.get("Attributes"), details.get("Parameters"), data.get("CustomerEndpoint"))
    )
    contact_id, page_id = _text(data, "ContactId"), _text(attributes, "page")
    if not contact_id or not page_id:
        return Unrecognised("a Connect call without ContactId or without the attribute page")
    if "digit" not in parameters:
        return Unrecognised("a Connect flow's event without the parameter digit")
    key, incident = _text(parameters, "digit").strip(), _text(attributes, "incident")
    if key.lower() in ("", "timeout", "none"):
        key = ""
    elif len(key) != 1 or key not in "0123456789*#":
        return Unrecognised(f"no key of a phone: {_shown(key)}")
    return KeyPress(
        contact_id=contact_id,
        to=_text(endpoint, "Address"),
        digit=key,
        page_id=page_id,
        incident=int(incident) if incident.isascii() and incident.isdigit() and len(incident) <= 12 else None,
    )


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(payload: Mapping[str, Any], key: str) -> str:
    value = payload.get(key)
    return value if isinstance(value, str) else ""


def _instant(value: object) -> datetime | None:
    """Milliseconds since 1970 as an aware datetime; None when they are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."

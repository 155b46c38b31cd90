"""What comes from WhatsApp by AWS End User Messaging Social: an event of its SNS topic, with Meta's webhook inside.

AWS: "Message and event format" (social-messaging user guide). Meta: "messages webhook reference" and "Error codes"
(developers.facebook.com, business-messaging/whatsapp). A queue of ours alone may be subscribed, so nothing here is
signed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from tocsin.paging import loose
from tocsin.paging.channels.base import ChannelSettings
from tocsin.paging.chat import Asked, Ignored, Person, Pressed, Spoke, read_button
from tocsin.paging.receipts import Receipt

#: Meta's codes of a message that failed for good, and why. What is not among them passes (130429 and 131056: too many
#: at a time; 131000, 131016, 131057 and 133004: a fault; 131049: kept back today): the plan's own wait covers that.
HARD: Mapping[int, str] = MappingProxyType(
    {
        0: "access_denied",
        3: "access_denied",
        10: "access_denied",
        190: "access_denied",
        368: "account_disabled",
        130472: "number_blocked",
        130497: "country_blocked",
        131005: "access_denied",
        131008: "message_invalid",
        131009: "message_invalid",
        131021: "invalid_number",
        131026: "no_such_person",
        131030: "not_verified",
        131031: "account_disabled",
        131037: "identity_not_ready",
        131042: "account_disabled",
        131045: "identity_not_ready",
        131047: "window_closed",
        131050: "opted_out",
        131051: "message_invalid",
        132000: "template_not_ready",
        132001: "template_not_ready",
        132005: "message_invalid",
        132007: "template_not_ready",
        132012: "template_not_ready",
        132015: "template_not_ready",
        132016: "template_not_ready",
        133010: "identity_not_ready",
    }
)

_DIGITS = re.compile(r"[1-9][0-9]{1,14}", re.ASCII)
_WORD = re.compile(r"[a-z_]{1,30}", re.ASCII)
_NUMBER_ID = re.compile(r"phone-number-id[-/]([0-9a-zA-Z]+)$")

Came = Pressed | Asked | Spoke | Receipt | Ignored


def read(body: str, settings: ChannelSettings) -> tuple[Came, ...]:
    """A message of the reply queue: an SNS envelope, or SNS's raw delivery.

    A person's id is their number in E.164 form; ids of messages are WhatsApp's ("wamid.…"). A receipt's ``provider_id``
    is what ``send`` was answered with, where AWS says it, and ``also`` WhatsApp's own, which answers quote.
    """
    event = loose.parse(body)
    if isinstance(event.get("Message"), str):
        event = loose.parse(event["Message"])
    entry = event.get("whatsAppWebhookEntry")
    changes = loose.items(loose.parse(entry), "changes") if isinstance(entry, str) else []
    found: list[Came] = []
    for change in changes:
        value = loose.inside(change, "value")
        if not _ours(event, value, settings):
            found.append(Ignored("an event of another number of this account"))
            continue
        found += [_written(one, value) for one in loose.items(value, "messages")]
        found += [_receipt(one, event) for one in loose.items(value, "statuses")]
    return tuple(found) or (Ignored("no message and no status of WhatsApp"),)


def _ours(event: Mapping[str, Any], value: Mapping[str, Any], settings: ChannelSettings) -> bool:
    """All numbers of an account share one topic: whether this is the one that pages come from, as far as is told."""
    own = _NUMBER_ID.search(settings.whatsapp_phone_number_id)
    theirs = loose.text(loose.inside(value, "metadata"), "phone_number_id", 100)
    for pair in loose.items(loose.inside(event, "context"), "MetaPhoneNumberIds"):
        said = _NUMBER_ID.search(loose.text(pair, "arn", 300))
        if own and said and theirs and loose.text(pair, "metaPhoneNumberId", 100) == theirs:
            return own[1] == said[1]
    return True


def _written(message: Mapping[str, Any], value: Mapping[str, Any]) -> Came:
    identity, person = loose.text(message, "id", 300), _person(message, value)
    kind = loose.text(message, "type", 40)
    if not identity or person is None:
        return Ignored("a message without an id, or of nobody whose number is told")
    quoted = loose.text(loose.inside(message, "context"), "id", 300)
    if kind in ("button", "interactive"):
        of_template = loose.text(loose.inside(message, "button"), "payload", 64)
        button = read_button(of_template or loose.text(loose.inside(message, kind, "button_reply"), "id", 64))
        if button is None:
            return Ignored("a press of no button of ours")
        return Pressed(identity, person, *button, message=quoted, reply_to=person.id)
    text = loose.text(loose.inside(message, "text"), "body").strip()
    if kind != "text" or not text:
        return Ignored("a message of another kind than a text")
    if loose.inside(message, "context").get("forwarded"):
        return Ignored("somebody else's words, forwarded")
    if quoted:
        return Spoke(identity, person, text, quoted, person.id)
    return Asked(identity, person, text, person.id, person.id)


def _person(message: Mapping[str, Any], value: Mapping[str, Any]) -> Person | None:
    number = loose.text(message, "from", 40)
    if not _DIGITS.fullmatch(number):
        return None
    contacts = loose.items(value, "contacts")
    known = [one for one in contacts if loose.text(one, "wa_id", 40) == number] or contacts[:1]
    name = loose.text(loose.inside(known[0], "profile"), "name", 100) if known else ""
    return Person("whatsapp", f"+{number}", name)


def _receipt(status: Mapping[str, Any], event: Mapping[str, Any]) -> Receipt | Ignored:
    own, word = loose.text(status, "id", 300), loose.text(status, "status", 40)
    identity = loose.text(event, "messageId", 100) or own
    if not identity or not _WORD.fullmatch(word):
        return Ignored("a status without an id or without a word")
    code = next((loose.number(error, "code") for error in loose.items(status, "errors")), None)
    reason = HARD.get(code, "") if word == "failed" and code is not None else ""
    to = loose.text(status, "recipient_id", 40)
    return Receipt(
        provider_id=identity,
        channel="whatsapp",
        status=word,
        hard=bool(reason),
        reason=reason,
        to=f"+{to}" if _DIGITS.fullmatch(to) else "",
        page_id=loose.text(status, "biz_opaque_callback_data", 600) or None,
        at=_instant(loose.text(status, "timestamp", 20)),
        also=own,
    )


def _instant(seconds: str) -> datetime | None:
    """Seconds since 1970, as text."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 11):
        return None
    return datetime.fromtimestamp(int(seconds), UTC)

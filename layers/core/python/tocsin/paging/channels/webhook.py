"""An incident as JSON to a team's own address, signed as Standard Webhooks has it.

Headers, secret and signature: specification 1.0.0 of https://github.com/standard-webhooks/standard-webhooks. Payload:
docs/webhooks.md.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tocsin.paging.channels.base import ChannelSettings, Message, Outcome, Refused, Sent
from tocsin.paging.channels.foreign import OUTSIDE, post
from tocsin.paging.channels.http import Http, HttpAnswer
from tocsin.paging.plain import cut, one_line

if TYPE_CHECKING:
    from tocsin.paging.chat import Card

SERVICE = OUTSIDE
PREFIX = "whsec_"
#: Bytes of a secret: from the specification, which says base64 of 24 to 64.
SECRET_BYTES = range(24, 65)
#: Characters: the specification would have a payload smaller than 20 kB, whatever alphabet it is in.
_TITLE, _LINE, _NAME, _LINK = 500, 500, 100, 2_000
_REASONS = {410: "webhook_gone"}
_WORD = re.compile(r"[a-z][a-z0-9_.]{0,59}")


def send(client: Http, settings: ChannelSettings, message: Message) -> Outcome:
    """One message to the address in ``message.to``, under an id that stays the same when it is tried again.

    Raises ValueError for a message without ``at``.
    """
    if message.at is None:
        raise ValueError("a webhook's message needs the time of its sending")
    name = message_id(message.page_id)
    at = int(message.at.timestamp())
    body = payload(message, message.at)
    try:
        signatures = sign(settings.webhook_secrets, name, at, body)
    except ValueError as error:
        return Refused("channel_off", str(error))
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(at),
        "webhook-signature": signatures,
    }
    outcome = post(client, message.to, body, headers, _REASONS)
    return Sent(name) if isinstance(outcome, HttpAnswer) else outcome


def secrets_of(text: str) -> tuple[str, ...]:
    """The secrets of a text with one of them, or two with a blank between while one takes the other's place.

    Raises ValueError, without the secret, where it is anything else.
    """
    found = tuple(text.split())
    if len(found) not in (1, 2):
        raise ValueError("there is one webhook secret, or two with a blank between, the newest first")
    for secret in found:
        _key(secret)
    return found


def message_id(page_id: str) -> str:
    """The webhook's id of a page or notice: plain, without a full stop, which the signed text is divided by."""
    return "msg_" + sha256(page_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def sign(secrets: Sequence[str], name: str, at: int, body: bytes) -> str:
    """The header ``webhook-signature``: "v1,<base64>" for each secret, a blank between them.

    Raises ValueError, without the secret, where there is none or one is not "whsec_" and base64 of 24 to 64 bytes.
    """
    if not secrets:
        raise ValueError("no webhook secret is set up")
    signed = f"{name}.{at}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode() for secret in secrets
    )


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or len(key) not in SECRET_BYTES:
        raise ValueError("a webhook secret is not whsec_ with base64 of 24 to 64 bytes after it")
    return key


def payload(message: Message, at: datetime) -> bytes:
    """The body: ASCII JSON ``{"type", "timestamp", "data"}``. A notice, which has no card, has its text as data."""
    card = message.card
    kind = message.event or (card.state if card is not None else "notice")
    kind = kind if _WORD.fullmatch(kind) else "changed"
    if card is None:
        data: dict[str, Any] = {"text": cut(one_line(message.text), _LINE)}
        kind = f"notice.{kind}" if message.event else "notice"
    else:
        data = {"incident": _incident(card)}
        kind = f"incident.{kind}"
    body = {"type": kind, "timestamp": _time(at), "data": data}
    return json.dumps(body, separators=(",", ":")).encode()


def _incident(card: Card) -> dict[str, Any]:
    return {
        "number": card.number,
        "version": card.version,
        "service": cut(one_line(card.service), _NAME),
        "title": cut(one_line(card.title), _TITLE),
        "state": card.state,
        "urgency": card.urgency,
        "severity": cut(one_line(card.severity), _NAME),
        "alerts": card.count,
        "opened_at": _time(card.opened_at),
        "happened": cut(one_line(card.line), _LINE),
        "link": _link(card.link),
        "runbook": _link(card.runbook),
    }


def _link(link: str) -> str | None:
    return link if re.fullmatch(r"https://[!-~]+", link) and len(link) <= _LINK else None


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")

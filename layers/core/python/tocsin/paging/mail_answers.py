"""What somebody answers to a mail of ours, as Amazon SES receives it: ``#ack``, ``#res``, ``#snooze 2h`` on a line of
its own. The words are those of text messages (``docs/answers.md``), with a ``#`` before them.

The formats: SES developer guide, "Contents of notifications for Amazon SES email receiving". An answer is taken only
where SES vouches for its sender: SPF, DKIM and DMARC all PASS, and neither spam nor a virus was found.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message
from email.utils import getaddresses
from typing import Any

from tocsin.paging import mail_text, replies
from tocsin.paging.channels.base import bad_address
from tocsin.paging.mail_receipts import mapping, text, unwrapped
from tocsin.paging.plain import cut, one_line
from tocsin.paging.replies import Kind, Reply


@dataclass(frozen=True, slots=True)
class MailAnswer:
    """An answer whose sender is vouched for: the address alone, in lower case. ``id`` is SES's, and the same when it
    comes again.

    ``kind`` is one of COMMANDS, or UNKNOWN where no command was found, or several that differ; ``span`` and ``text``
    are as in ``replies.Reply``. Which incident is meant, in this order: what ``token`` (of our Reply-To address, as it
    was given) stands for; ``number`` (of the command, then there is no token; else of the subject or of the thread);
    what one of the mails ``answering`` is about, by the ids that SES gave to mails of ours.
    """

    id: str
    sender: str
    kind: Kind
    number: int | None = None
    token: str = ""
    answering: tuple[str, ...] = ()
    span: timedelta | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """The mail lies in a bucket: fetch it, and read again with its bytes."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """No answer, or none that may act; ``reason`` is for the log."""

    reason: str


#: What a mail can ask for: of one incident, which is never named by a phone's code.
COMMANDS = frozenset(
    (
        Kind.ACK,
        Kind.RESOLVE,
        Kind.ESCALATE,
        Kind.KEEP,
        Kind.SNOOZE,
        Kind.UNACK,
        Kind.ACCEPT,
        Kind.DECLINE,
        Kind.NOTE,
    )
)
_PASS = ("spfVerdict", "dkimVerdict", "dmarcVerdict")
_NOT_FAIL = ("spamVerdict", "virusVerdict")
_PRECEDENCE = frozenset(("bulk", "junk", "list", "auto_reply"))
_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Tocsin-Page")
_TOKEN = re.compile(r"[^@+]{1,64}\+([A-Za-z0-9_-]{1,60})@[^@]+")
_SUBJECT = re.compile(r"\[#(\d{1,12})\]", re.ASCII)
_THREAD = re.compile(r"<incident-(\d{1,12})@[^<>@\s]{1,255}>", re.ASCII)
_SES_ID = re.compile(r"<([0-9A-Za-z-]{20,100})@(?:[a-z0-9-]{1,30}\.)?amazonses\.com>")


def read(body: str, raw: bytes | None = None) -> MailAnswer | Stored | NotTaken:
    """A receipt event of SES: within SNS's envelope or without, or a Lambda action's. Never raises.

    ``raw`` is the mail itself where the event has none: it was stored by an S3 action.
    """
    found = unwrapped(body)
    if found is None:
        return NotTaken("not a JSON object")
    records = found.get("Records")
    if isinstance(records, list) and len(records) == 1 and isinstance(records[0], dict):
        found = mapping(records[0], "ses")
    receipt, mail = mapping(found, "receipt"), mapping(found, "mail")
    name = text(mail, "messageId")
    if not name or not receipt:
        return NotTaken("no event of a mail that was received")
    if why := _not_vouched(receipt) or _null_path(mail):
        return NotTaken(why)
    data = raw if raw is not None else _content(found, receipt)
    if data is None:
        return _stored(receipt)
    came = mail_text.parse(data)
    if came is None:
        return NotTaken("the mail cannot be parsed")
    if why := _automatic(came):
        return NotTaken(why)
    sender = _sender(came, mail)
    if sender is None:
        return NotTaken("not from exactly one address")
    reply = _command(mail_text.own_lines(came))
    about = " ".join(
        one for header in ("In-Reply-To", "References") for one in mail_text.headers(came, header)
    )
    number = reply.number or _subject(came) or _number(_THREAD.findall(about))
    return MailAnswer(
        id=name,
        sender=sender,
        kind=reply.kind,
        number=number,
        token="" if reply.number else _token(receipt),
        answering=tuple(dict.fromkeys(_SES_ID.findall(about)))[:10],
        span=reply.span,
        text=reply.text,
    )


def _not_vouched(receipt: Mapping[str, Any]) -> str:
    """Which verdict speaks against the mail. One that is missing, GRAY or could not be made vouches for nothing."""
    for name in _PASS:
        if (status := text(mapping(receipt, name), "status")) != "PASS":
            return f"{name} is {cut(one_line(status), 40) or 'missing'}"
    for name in _NOT_FAIL:
        if text(mapping(receipt, name), "status") == "FAIL":
            return f"{name} is FAIL"
    return ""


def _null_path(mail: Mapping[str, Any]) -> str:
    return "a bounce: its return path is empty" if text(mail, "source").strip(" <>") == "" else ""


def _content(found: Mapping[str, Any], receipt: Mapping[str, Any]) -> bytes | None:
    """The mail of an SNS action, None where there is none; in base64 where the action says so."""
    content = found.get("content")
    if not isinstance(content, str):
        return None
    if text(mapping(receipt, "action"), "encoding").upper() == "BASE64":
        try:
            return base64.b64decode(content)
        except (binascii.Error, ValueError):
            return b""
    return content.encode("utf-8", "replace")


def _stored(receipt: Mapping[str, Any]) -> Stored | NotTaken:
    action = mapping(receipt, "action")
    bucket, key = text(action, "bucketName"), text(action, "objectKey")
    return Stored(bucket, key) if bucket and key else NotTaken("the event has no content")


def _automatic(came: Message) -> str:
    """Why nobody wrote this mail: RFC 3834 has Auto-Submitted, older programs have headers of their own."""
    submitted = mail_text.headers(came, "Auto-Submitted")
    if any(value.partition(";")[0].strip().lower() != "no" for value in submitted):
        return "Auto-Submitted says that nobody wrote it"
    for name in _AUTOMATIC:
        if mail_text.headers(came, name):
            return f"{name} says that nobody wrote it"
    if any(value.lower() in _PRECEDENCE for value in mail_text.headers(came, "Precedence")):
        return "its Precedence says that nobody wrote it"
    if any(value.strip("<> ") == "" for value in mail_text.headers(came, "Return-Path")):
        return "a bounce: its return path is empty"
    if came.get_content_type() == "multipart/report":
        return "a report of a mail server"
    return ""


def _sender(came: Message, mail: Mapping[str, Any]) -> str | None:
    """The one address it is from, as the mail and SES both say. DMARC vouches for no second one."""
    stated = came.get_all("From", [])
    seen = mapping(mail, "commonHeaders").get("from")
    if isinstance(seen, list) and [_address(seen)] != [_address(stated)]:
        return None
    return _address(stated)


def _address(values: list[Any]) -> str | None:
    if len(values) != 1 or len(str(values[0])) > 1_000:
        return None
    found = getaddresses([str(values[0])])
    address = found[0][1].lower() if len(found) == 1 else ""
    return address if address.isascii() and bad_address(address) is None else None


def _token(receipt: Mapping[str, Any]) -> str:
    """Of the address that the mail was received at, which only SES says: To and Cc are the sender's."""
    at = receipt.get("recipients")
    for one in at[:50] if isinstance(at, list) else ():
        if isinstance(one, str) and (found := _TOKEN.fullmatch(one[:400])):
            return found[1]
    return ""


def _subject(came: Message) -> int | None:
    """The last number in brackets: what stands before it may be the alert's own words."""
    return _number([one for value in mail_text.headers(came, "Subject") for one in _SUBJECT.findall(value)])


def _number(found: list[str]) -> int | None:
    return int(found[-1]) or None if found else None


def _command(lines: list[str]) -> Reply:
    """What somebody's own lines ask for. Two commands that differ are none: a wrong resolve silences a page."""
    asked = {reply for line in lines if (reply := _meaning(line)) is not None}
    return asked.pop() if len(asked) == 1 else Reply(Kind.UNKNOWN)


def _meaning(line: str) -> Reply | None:
    if not line.startswith("#"):
        return None
    reply = replies.read(line)
    known = reply.kind in COMMANDS or reply.span is not None
    return reply if known and reply.code is None and not reply.all else None

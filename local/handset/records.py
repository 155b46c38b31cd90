"""What the network remembers: phones, texts, calls, mails and a log, and how each is written as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Any, Literal

from local.handset.people import Person

#: Who carried it; a person's own text was carried by the phone.
Carrier = Literal["sms-voice", "connect", "sns", "ses", "social", "push", "phone"]


@dataclass(slots=True)
class Phone:
    """One person's phone. ``refuses``: a kind of ``refusals.KINDS``, for ``refusals_left`` sends or all."""

    person: Person
    known: bool = True
    on: bool = True
    refuses: str | None = None
    refusals_left: int | None = None
    opted_out: set[str] = field(default_factory=set)

    def as_json(self) -> dict[str, Any]:
        own = {f.name: plain(getattr(self.person, f.name)) for f in fields(self.person)}
        rest = ("known", "on", "refuses", "refusals_left")
        return own | {name: getattr(self, name) for name in rest} | {"opted_out": sorted(self.opted_out)}


@dataclass(slots=True)
class Text:
    """A text. ``direction``: "in" to the phone, "out" from it; ``via`` "auto": the carrier's own words.

    One of WhatsApp (``carrier`` social) has WhatsApp's own id, and ``buttons``: each a ``label`` and a ``value``. A
    notification of a browser (``carrier`` push) has them too, and in ``context`` its tag, url and urgency.

    ``status``: queued (the phone is off), delivered, expired, blocked; a notification's also answered, and replaced by
    a later one; for a person's own text sent.
    """

    id: str
    user: str
    via: Literal["sms", "auto", "reply", "whatsapp", "push"]
    carrier: Carrier
    direction: Literal["in", "out"]
    to: str
    sender: str
    text: str
    at: datetime
    status: str
    provider_id: str
    expires_at: datetime | None = None
    delivered_at: datetime | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    message_type: str = "TRANSACTIONAL"
    answering: str | None = None
    buttons: tuple[Mapping[str, str], ...] = ()
    whatsapp_id: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said on a call: by the ``voice``, or a ``key`` the person pressed."""

    at: datetime
    who: Literal["voice", "key"]
    text: str


@dataclass(slots=True)
class Call:
    """A call. ``status``: ringing, answered, completed, no_answer, declined, failed; ``keypad``: on Connect.

    ``timer``: when the present state ends by itself, the ringing or the silence after what was said;
    ``again``: the text is being said for the last time; ``asking``: the reply function was asked and has not
    answered; ``last_words``: its answer is being said.
    """

    id: str
    user: str
    via: Literal["voice"]
    carrier: Carrier
    to: str
    sender: str
    text: str
    at: datetime
    status: str
    provider_id: str
    keypad: bool
    timer: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    lines: list[Line] = field(default_factory=list)
    again: bool = False
    asking: bool = False
    last_words: bool = False
    context: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    instance: str = ""


@dataclass(slots=True)
class Mail:
    """A mail as SES took it; ``status`` waiting while the phone is off, bounced when the address takes none.

    A person's own is ``via`` "reply", and ``answering`` the id of the mail that it answers; its ``status`` is sent.
    """

    id: str
    user: str
    via: Literal["email", "reply"]
    carrier: Carrier
    to: str
    sender: str
    subject: str
    text: str
    html: str
    at: datetime
    status: str
    provider_id: str
    delivered_at: datetime | None = None
    opened_at: datetime | None = None
    answering: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log. ``about`` is the id of the text, call or mail; ``trouble`` marks what went wrong."""

    id: str
    at: datetime
    kind: str
    user: str | None
    text: str
    detail: str = ""
    about: str | None = None
    error: str | None = None
    trouble: bool = False


def plain(value: Any) -> Any:
    """A record as JSON; times as ISO 8601 with a numeric offset."""
    if isinstance(value, Phone):
        return value.as_json()
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value

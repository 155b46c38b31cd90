"""Whether a contact is its person's: proved by a code of 6 digits that was sent there, or vouched for by somebody."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from tocsin.incidents.times import from_iso, iso

#: The kinds of contact that somebody can verify, and the ways to them. A chat knows its people itself.
PROVED, WAYS = ("phone", "email"), ("sms", "voice", "email")
#: How long a code holds, how often it may be wrong, and how many are sent to one address in any ``HOUR``.
LIFE = timedelta(minutes=15)
MOST_TRIES = 5
MOST_CODES = 3
HOUR = timedelta(hours=1)
DIGITS = 6

How = Literal["code", "vouched"]
Verdict = Literal["right", "wrong", "expired", "too_many", "none"]

_CODE = re.compile(r"\s*([0-9]{3})[ -]?([0-9]{3})\s*\.?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Verified:
    """Since ``at`` (aware UTC), by a code or because ``by`` vouched for it. ``request`` is what brought it about."""

    at: datetime
    how: How
    by: str
    request: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"at": iso(self.at), "how": self.how, "by": self.by, "request": self.request}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Verified:
        return cls(
            from_iso(row["at"]), "code" if row["how"] == "code" else "vouched", row["by"], row["request"]
        )


@dataclass(frozen=True, slots=True)
class Pending:
    """A code that was sent to prove that an address is ``user``'s. Only its salted hash is kept."""

    user: str
    salt: str
    hash: str
    expires_at: datetime
    tries: int = 0
    request: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "user": self.user,
            "salt": self.salt,
            "hash": self.hash,
            "expires_at": iso(self.expires_at),
            "tries": self.tries,
            "request": self.request,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Pending:
        return cls(
            row["user"],
            row["salt"],
            row["hash"],
            from_iso(row["expires_at"]),
            int(row["tries"]),
            row["request"],
        )


def code_from(token: str) -> str:
    """The code of a secret token of at least 128 random bits: all codes are as likely, to one part in 2^100."""
    return f"{int(sha256(token.encode()).hexdigest(), 16) % 10**DIGITS:0{DIGITS}d}"


def code_in(text: str) -> str | None:
    """The code that a text is, alone: ``123456``, ``123 456``. None for any other text."""
    found = _CODE.fullmatch(text[:100])
    return found[1] + found[2] if found else None


def pending(user: str, code: str, salt: str, now: datetime, request: str) -> Pending:
    return Pending(user, salt, _hash(salt, code), now + LIFE, 0, request)


def judge(waiting: Pending | None, code: str, now: datetime) -> Verdict:
    """What a code is against the one that was sent. After too many wrong ones the right one does not count either."""
    if waiting is None:
        return "none"
    if now >= waiting.expires_at:
        return "expired"
    if waiting.tries >= MOST_TRIES:
        return "too_many"
    return "right" if hmac.compare_digest(_hash(waiting.salt, code), waiting.hash) else "wrong"


def wrong(waiting: Pending) -> Pending:
    """The code after one more wrong try."""
    return replace(waiting, tries=waiting.tries + 1)


def recent(now: datetime, sent: Iterable[datetime]) -> tuple[datetime, ...]:
    """The codes that still count towards the limit, the oldest first. At exactly an hour one no longer counts."""
    return tuple(sorted(at for at in sent if now < at + HOUR))[-MOST_CODES:]


def may_send_at(now: datetime, sent: Iterable[datetime]) -> datetime | None:
    """When the next code may be sent to the address; None: now."""
    known = recent(now, sent)
    return known[0] + HOUR if len(known) >= MOST_CODES else None


def _hash(salt: str, code: str) -> str:
    return sha256(f"{salt}:{code}".encode()).hexdigest()

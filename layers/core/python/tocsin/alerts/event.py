"""The alert event: one message from a sender, in the words that everything behind the door understands.

``Parsed`` is what a payload says; a parser makes it. ``AlertEvent`` is what travels on the alert queue. All
instants are aware UTC datetimes; as text they carry ``+00:00``.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"


class Action(StrEnum):
    """What the sender asks for."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class Severity(StrEnum):
    """How bad the sender says it is. ``UNKNOWN`` when it says nothing, or a word that we do not know."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Link:
    """An http or https address worth opening during an incident, and what to call it."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one message says.

    ``dedup_key`` is empty only for a PagerDuty trigger that brings none: the door then gives it a random one.
    ``occurred_at`` is when the sender says it happened, None when unknown. ``parsed`` is False when the
    message was not understood; ``raw`` then holds its text (at most 64 KiB, a cut is marked). ``details``
    is plain JSON for people to read. ``came_at`` is set only where the sender's own stamp counts as the
    moment of arrival (CloudWatch's state change). ``delivery_id`` is the sender's id of this delivery.
    """

    action: Action
    dedup_key: str
    title: str
    severity: Severity
    occurred_at: datetime | None
    parsed: bool = True
    details: Mapping[str, JSON] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    raw: str | None = None
    came_at: datetime | None = None
    delivery_id: str | None = None

    def as_json(self) -> dict[str, JSON]:
        """The row that ``tocsin parse`` prints. From ``details`` on, what is empty is left out."""
        row: dict[str, JSON] = {
            "action": self.action.value,
            "dedup_key": self.dedup_key,
            "title": self.title,
            "severity": self.severity.value,
            "occurred_at": _iso(self.occurred_at),
            "parsed": self.parsed,
        }
        if self.details:
            row["details"] = dict(self.details)
        if self.links:
            row["links"] = [{"href": link.href, "text": link.text} for link in self.links]
        if self.raw is not None:
            row["raw"] = self.raw
        if self.came_at is not None:
            row["came_at"] = _iso(self.came_at)
        if self.delivery_id is not None:
            row["delivery_id"] = self.delivery_id
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, JSON]) -> Parsed:
        """The reverse of ``as_json``; unknown fields are ignored. Raises ValueError for anything else."""
        details = row.get("details", {})
        links = row.get("links", [])
        if not isinstance(details, dict) or not isinstance(links, list):
            raise ValueError("an event's details are an object and its links a list")
        return cls(
            action=Action(_text(row, "action")),
            dedup_key=_text(row, "dedup_key"),
            title=_text(row, "title"),
            severity=_severity(row.get("severity")),
            occurred_at=_instant(row, "occurred_at"),
            parsed=row.get("parsed") is not False,
            details=details,
            links=tuple(
                Link(_text(one, "href"), _text(one, "text")) for one in links if isinstance(one, dict)
            ),
            raw=_optional(row, "raw"),
            came_at=_instant(row, "came_at"),
            delivery_id=_optional(row, "delivery_id"),
        )


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """What travels on the alert queue.

    ``id`` is 32 hex digits, the same for every delivery of one message. ``integration`` is empty when none is
    known. ``source`` names the parser. ``came_at`` is the door's stamp, or the sender's
    where that counts.
    """

    id: str
    integration: str
    source: str
    came_at: datetime
    parsed: Parsed

    def to_json(self) -> str:
        """One line of ASCII: a queue refuses some characters that JSON can only carry escaped."""
        return json.dumps(
            {
                "id": self.id,
                "integration": self.integration,
                "source": self.source,
                "came_at": _iso(self.came_at),
                "parsed": self.parsed.as_json(),
            },
            separators=(",", ":"),
            allow_nan=False,
        )

    @classmethod
    def from_json(cls, text: str) -> AlertEvent:
        """Reads what any version wrote: unknown fields are ignored. Raises ValueError for no event."""
        row = json.loads(text)
        if not isinstance(row, dict) or not isinstance(row.get("parsed"), dict):
            raise ValueError("an alert event is an object with an object 'parsed'")
        came_at = _instant(row, "came_at")
        if came_at is None:
            raise ValueError("an alert event says when it came")
        return cls(
            id=_text(row, "id"),
            integration=_text(row, "integration"),
            source=_text(row, "source"),
            came_at=came_at,
            parsed=Parsed.from_json(row["parsed"]),
        )

    def group(self) -> str:
        """The FIFO group: everything about one alert is handled in order, and nothing else waits for it."""
        return key_hash(self.integration, self.parsed.dedup_key)


def key_hash(integration: str, dedup_key: str) -> str:
    """One alert's name in the queue and in the store: 32 hex digits, unambiguous whatever the two contain."""
    return _hex(json.dumps([integration, dedup_key]))


def event_id(delivery_id: str | None, index: int) -> str:
    """The id of the ``index``-th event of a delivery, the same each time it is repeated: 32 hex digits.

    Random where the sender gives its deliveries no id.
    """
    return os.urandom(16).hex() if delivery_id is None else _hex(json.dumps([delivery_id, index]))


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _instant(row: Mapping[str, JSON], name: str) -> datetime | None:
    text = _optional(row, name)
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{name} has no offset")
    return at.astimezone(UTC)


def _text(row: Mapping[str, JSON], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is missing or not text")
    return value


def _optional(row: Mapping[str, JSON], name: str) -> str | None:
    return None if row.get(name) is None else _text(row, name)


def _severity(value: JSON) -> Severity:
    try:
        return Severity(value)  # type: ignore[arg-type]
    except ValueError:
        return Severity.UNKNOWN

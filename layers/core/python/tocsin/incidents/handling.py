"""What people made of an incident beside taking and ending it. Only data: ``tocsin.escalation`` decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from tocsin.incidents.plan import Page
from tocsin.incidents.times import from_iso, iso


@dataclass(frozen=True, slots=True)
class Handling:
    """``assigned`` are the people before whom the policy waits. ``responders`` are those asked to join, by what they
    answered (asked, joined, declined); ``asks`` the pages to them that are not due yet; ``requests`` counts the
    askings. ``links`` are (title, address). ``kept`` counts how often an ack was prolonged. ``merged_into`` names the
    incident that has its alerts now. ``subscribers`` hear of what becomes of it. None of its alerts is muted beyond
    ``muted_until`` (aware UTC).
    """

    assigned: tuple[str, ...] = ()
    responders: Mapping[str, str] = field(default_factory=dict)
    asks: tuple[Page, ...] = ()
    requests: int = 0
    links: tuple[tuple[str, str], ...] = ()
    kept: int = 0
    merged_into: int | None = None
    subscribers: tuple[str, ...] = ()
    muted_until: datetime | None = None

    def as_json(self) -> dict[str, Any] | None:
        """What is not as it was at the beginning; None when everything is."""
        found: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if value != getattr(UNTOUCHED, each.name):
                found[each.name] = _plain(value)
        return found or None

    @classmethod
    def from_json(cls, row: Mapping[str, Any] | None) -> Handling:
        if not row:
            return UNTOUCHED
        return cls(
            assigned=tuple(row.get("assigned", ())),
            responders=dict(row.get("responders", {})),
            asks=tuple(Page.from_json(page) for page in row.get("asks", ())),
            requests=int(row.get("requests", 0)),
            links=tuple((str(title), str(url)) for title, url in row.get("links", ())),
            kept=int(row.get("kept", 0)),
            merged_into=row.get("merged_into"),
            subscribers=tuple(row.get("subscribers", ())),
            muted_until=from_iso(row["muted_until"]) if row.get("muted_until") else None,
        )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, tuple):
        return [one.as_json() if isinstance(one, Page) else one for one in value]
    return value


#: An incident with which nobody did anything.
UNTOUCHED = Handling()

"""The alert: the events with one dedup key from one integration, and what became of each event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Alert:
    """What is known of one dedup key of one integration.

    ``key`` is the hash of both. ``incident`` is the latest incident it belongs to, None before the first. ``came_at``
    is when its latest trigger came to the door, ``resolve_came_at`` when the sender's latest resolve did. ``last_seq``
    is the sequence number of the latest counted event on the alert queue, zero-padded so that it sorts. While it is
    closed nothing opens for it before ``muted_until``. Instants are aware UTC.
    """

    key: str
    integration: str
    dedup_key: str
    open: bool
    incident: int | None = None
    title: str = ""
    severity: str = "unknown"
    count: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    came_at: datetime | None = None
    resolve_came_at: datetime | None = None
    last_seq: str = ""
    muted_until: datetime | None = None

    def muted(self, now: datetime) -> bool:
        """Whether a trigger of it opens nothing now."""
        return not self.open and self.muted_until is not None and now < self.muted_until


class FateKind(StrEnum):
    """What an accepted event ended as. ``DROPPED`` names the rule that dropped it."""

    INCIDENT = "incident"
    REPEAT = "repeat"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    LATE = "late"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the event ``event``: at most one is ever written for an event id."""

    event: str
    kind: FateKind
    at: datetime
    integration: str
    alert: str
    incident: int | None = None
    rule: str | None = None

"""What is known of revisions, and of what keys and other secrets open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Applied:
    """That a revision became current at an instant. ``before`` is the one until then, None for the first.

    Absences before ``settled`` are in the orders that it carries on.
    """

    revision: str
    at: datetime
    by: str
    before: str | None = None
    settled: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An integration key, known by its hash. ``revoked_at`` None while it works."""

    hash: str
    integration: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What a secret opens, known by its hash: the API (``subject`` empty to read, ``act`` to change incidents, too), or
    one calendar (``subject``: ``user:ana``, ``schedule:primary``, ``team:payments``).

    ``revoked_at`` is None while it works.

    ``alarms`` are a calendar's reminders, each so many seconds before a shift.
    """

    hash: str
    kind: Literal["api", "calendar"]
    subject: str
    name: str
    created_at: datetime
    created_by: str
    alarms: tuple[int, ...] = ()
    revoked_at: datetime | None = None

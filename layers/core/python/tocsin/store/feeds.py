"""How feeds fare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FeedState:
    """How a feed fares. ``tried_at`` is the last attempt, ``last_ok`` the last that found it readable, or unchanged.

    ``etag`` and ``last_modified`` name the content that was taken over, for what question (``read_as``), and ``shifts``
    is how many it had to come. Since ``failing_since`` it fails, ``failures`` times so far, with ``error``; people were
    alarmed at ``alarmed_at``. Since ``empty_since`` it has suddenly nothing. ``problems`` is what could not be used.
    """

    tried_at: datetime | None = None
    last_ok: datetime | None = None
    etag: str = ""
    last_modified: str = ""
    read_as: str = ""
    shifts: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    error: str = ""
    alarmed_at: datetime | None = None
    empty_since: datetime | None = None
    problems: tuple[str, ...] = ()

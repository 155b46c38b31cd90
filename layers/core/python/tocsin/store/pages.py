"""What is known of a page, of a text that came in, and of what a carrier's message id stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tocsin.incidents.plan import Page


class PageState(StrEnum):
    SENDING = "sending"
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    CANCELLED = "cancelled"


#: The states of a page about which nothing more will be done.
FINAL = frozenset({PageState.SENT, PageState.REFUSED, PageState.CANCELLED})
#: A receipt that nothing takes the place of: WhatsApp may tell of the delivery later.
READ = "read"


@dataclass(frozen=True, slots=True)
class PageRecord:
    """A page as the store knows it. ``lease_until`` counts while it is ``sending``; ``tries`` counts the claims.

    ``shown`` is the version of the incident that a message in a chat shows.
    """

    incident: int
    id: str
    page: Page
    state: PageState
    lease_until: datetime
    tries: int = 1
    maybe_twice: bool = False
    provider_id: str | None = None
    channel: str | None = None
    reason: str | None = None
    receipt: str | None = None
    at: datetime | None = None
    shown: int = 0


class NoticeClaim(StrEnum):
    WON = "won"
    HELD = "held"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class BoundText:
    """What a text that came in means, None for no incident; and what it was answered, None before it was.

    ``others`` are the incidents of one that means many. No words: it gets no answer.
    """

    incident: int | None
    words: str | None = None
    others: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """What a carrier's message id stands for."""

    provider_id: str
    incident: int
    page: str
    user: str
    to: str

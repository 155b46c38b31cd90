"""How often a person may be called. Nobody takes two calls at once, and carriers count the calls to one
number.

End User Messaging ends calls to a number for the day after five (``DAILY_DESTINATION_CALL_LIMIT``), so they
are counted here: the sixth page goes to the next contact at once instead of being refused later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

#: One call per person in this time; what is held back becomes a text message to the same number.
CALL_GAP = timedelta(minutes=2)
DAY = timedelta(hours=24)
END_USER_MESSAGING_CALLS_A_DAY = 5
CONNECT_CALLS_A_DAY = 20
#: Calls to one number about incidents that it was called for before: as many as GoAlert allows to a contact.
WINDOWS = ((timedelta(minutes=15), 3), (timedelta(hours=1), 7), (timedelta(hours=3), 15))


@dataclass(frozen=True, slots=True)
class Called:
    """A call that was begun: ``at`` (aware UTC) for the page with this id."""

    at: datetime
    page_id: str


@dataclass(frozen=True, slots=True)
class Call:
    """Call now."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Do not call: send the page as a text to the same number. The next call may come at ``until``."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class OverLimit:
    """Do not call this number any more today: a hard refusal, the person's next contact is tried now."""

    reason: str
    limit: int


def daily_limit(channel: str, connect_limit: int = CONNECT_CALLS_A_DAY) -> int:
    """Calls to one number in 24 hours, by channel (``connect`` or ``voice``)."""
    return connect_limit if channel == "connect" else END_USER_MESSAGING_CALLS_A_DAY


def judge(
    now: datetime, page_id: str, person: Called | None, number: Iterable[Called], limit: int
) -> Call | HeldBack | OverLimit:
    """Whether this page may call now.

    ``person``: the last call to the person, on any number. ``number``: the calls to this number, older ones
    than 24 h included or not. A call that was counted for this very page (its function died before it had the
    answer) does not stand in its own way. At exactly two minutes, or 24 hours, the earlier call no longer
    counts. What the number was not called for before is held back by those two alone, by no window.
    """
    day = [call for call in trimmed(now, number) if call.page_id != page_id]
    if len(day) >= limit:
        return OverLimit("daily_call_limit", limit)
    if person and person.page_id != page_id and now < person.at + CALL_GAP:
        return HeldBack("called_recently", person.at + CALL_GAP)
    if any(_incident(call.page_id) == _incident(page_id) for call in day):
        for span, most in WINDOWS:
            inside = [call.at for call in day if now < call.at + span]
            if len(inside) >= most:
                return HeldBack("called_often", inside[-most] + span)
    return Call()


def _incident(page_id: str) -> str:
    """A page's id begins with its incident's number."""
    return page_id.partition("-")[0]


def trimmed(now: datetime, number: Iterable[Called]) -> tuple[Called, ...]:
    """The calls that still count, oldest first."""
    return tuple(sorted((call for call in number if now < call.at + DAY), key=lambda call: call.at))


def counted(now: datetime, page_id: str, number: Iterable[Called]) -> tuple[Called, ...]:
    """The calls to a number with this one among them, once, however often it is counted; stored before
    calling.
    """
    others = [call for call in number if call.page_id != page_id]
    return (*trimmed(now, others), Called(now, page_id))

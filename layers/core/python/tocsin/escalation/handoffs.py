"""Who is told of a handoff, and when: the people who come and go, and the schedule's channels.

Everything is a pure function of what is in force and of a stretch of time, so that a tick that comes twice or late
tells the same, under the same ids. A stretch is (after ``since``, up to ``now``]: what is due exactly at its end is in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tocsin.escalation.model import Book, User
from tocsin.oncall.model import Gap, Schedule, Span
from tocsin.oncall.timeline import timeline

_TICK = timedelta(microseconds=1)
#: So far ahead the end of a shift is looked for: near first, for most are over soon.
_AHEAD = (timedelta(days=2), timedelta(days=100))

Parts = tuple[list[Span], list[Gap]]
#: Gives a schedule's timeline: of several eras where an apply lies between.
Timeline = Callable[[Schedule, datetime, datetime], Parts]


@dataclass(frozen=True, slots=True)
class Handoff:
    """At ``at`` (aware UTC) the people on call change from ``before`` to ``after`` (sorted; nobody: empty)."""

    schedule: str
    at: datetime
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """One message: to ``user`` (None: a channel of the schedule's) at the address ``to``, ``lead`` before a handoff.

    ``comes``: the user is on call from then on; else they are not any more. ``until`` (aware; None: beyond 100 days) is
    when the shift that begins ends. ``id`` is the same whenever the same is told again.
    """

    id: str
    via: str
    to: str
    handoff: Handoff
    lead: timedelta
    user: str | None
    comes: bool
    until: datetime | None


def handoffs_of(
    schedule: Schedule, since: datetime, now: datetime, look: Timeline = timeline
) -> list[Handoff]:
    """The handoffs after ``since`` and up to ``now``."""
    if now <= since:
        return []
    spans, gaps = look(schedule, since, now + _TICK)
    parts: list[Span | Gap] = sorted([*spans, *gaps], key=lambda part: part.start)
    return [
        Handoff(schedule.name, later.start, _users(earlier), _users(later))
        for earlier, later in pairwise(parts)
    ]


def words(book: Book, since: datetime, now: datetime, look: Timeline = timeline) -> list[Word]:
    """Everything to be told in a stretch. ``look`` is asked for handoffs that are in it, not for those to come."""
    return [
        word
        for schedule in book.schedules.values()
        for word in _of_schedule(book, schedule, since, now, look)
    ]


def _of_schedule(
    book: Book, schedule: Schedule, since: datetime, now: datetime, look: Timeline
) -> Iterator[Word]:
    leads = {rule.before for user in book.users.values() for rule in user.handoff}
    leads |= {rule.before for rule in schedule.handoff}
    for lead in sorted(leads):
        asked = look if not lead else timeline
        for handoff in handoffs_of(schedule, since + lead, now + lead, asked):
            yield from _to_people(book, schedule, handoff, lead)
            yield from _to_channels(schedule, handoff, lead)


def _to_people(book: Book, schedule: Schedule, handoff: Handoff, lead: timedelta) -> Iterator[Word]:
    for id in sorted({*handoff.before} ^ {*handoff.after}):
        user = book.users.get(id)
        comes = id in handoff.after
        for via, to in _ways(user, lead) if user is not None else ():
            until = _until(schedule, handoff.at, id) if comes else None
            name = f"{_id(handoff, lead)}-{id}-{'in' if comes else 'out'}-{via}-{to}"
            yield Word(name, via, to, handoff, lead, id, comes, until)


def _to_channels(schedule: Schedule, handoff: Handoff, lead: timedelta) -> Iterator[Word]:
    for rule in schedule.handoff:
        via, to = ("email", rule.email) if rule.email is not None else ("slack", rule.slack)
        if rule.before == lead and to is not None:
            name = f"{_id(handoff, lead)}-{to}"
            yield Word(name, via, to, handoff, lead, None, bool(handoff.after), None)


def _ways(user: User, lead: timedelta) -> list[tuple[str, str]]:
    """The user's own rules for this lead, each address once."""
    found: dict[tuple[str, str], None] = {}
    for rule in user.handoff:
        contact = user.contact_for(rule) if rule.before == lead else None
        if contact is not None:
            found[rule.via, contact.address] = None
    return list(found)


def _until(schedule: Schedule, at: datetime, user: str) -> datetime | None:
    """When the person's time on call that begins at ``at`` is over; None for later than anybody wants to know."""
    for ahead in _AHEAD:
        spans, _ = timeline(schedule, at, at + ahead)
        end = at
        for span in spans:
            if span.start != end or user not in span.users:
                break
            end = span.end
        if end < at + ahead:
            return end
    return None


def _id(handoff: Handoff, lead: timedelta) -> str:
    at = handoff.at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return f"handoff-{handoff.schedule}-{at}-{int(lead.total_seconds())}"


def _users(part: Span | Gap) -> tuple[str, ...]:
    return part.users if isinstance(part, Span) else ()

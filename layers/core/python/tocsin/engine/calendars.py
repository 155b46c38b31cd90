"""Calendars of shifts for whoever holds their secret address, and the accesses that secrets open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.config.history import Era, timeline_of
from tocsin.engine.history import eras_of
from tocsin.escalation.model import Book
from tocsin.oncall.calendars.writing import Shift, calendar_of
from tocsin.oncall.changes import Changes, Cover
from tocsin.store.configuration import Access
from tocsin.store.ports import Store

#: How far a calendar reaches.
BACK, AHEAD = timedelta(days=30), timedelta(days=180)
#: Shifts at the edges are told whole: so far beyond them they are followed.
_EDGE = timedelta(days=70)


@dataclass(frozen=True, slots=True)
class Calendar:
    """An iCalendar object, UTF-8, and the name of the file that it would be."""

    data: bytes
    name: str


def calendar(store: Store, access: Access, realm: str, now: datetime) -> Calendar | None:
    """The calendar that an access opens; None when its person, schedule or team is gone.

    The same bytes come out until something changes: the configuration, a change of people's, or the day.
    """
    kind, _, subject = access.subject.partition(":")
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = today - BACK, today + AHEAD
    # A shift that is cut is another one to whoever subscribes: it is cut in the same place for a year.
    first, last = (start - _EDGE).replace(month=1, day=1), end + _EDGE
    eras = eras_of(store, first, last)
    if not eras:
        return None
    book = eras[-1].book
    if subject not in {"user": book.users, "schedule": book.schedules, "team": book.teams}[kind]:
        return None
    people = {subject} if kind == "user" else set(book.teams[subject]) if kind == "team" else None
    names = [subject] if kind == "schedule" else list(book.schedules)
    shifts = [shift for name in names for shift in _shifts(eras, name, (first, last), (start, end), people)]
    data = calendar_of(
        sorted(shifts, key=lambda shift: (shift.start, shift.schedule)),
        names={id: user.name for id, user in book.users.items()},
        name=_title(kind, subject, book),
        now=_changed_at(store, eras),
        zone=_zone(kind, subject, book),
        alarms=[timedelta(seconds=seconds) for seconds in access.alarms],
        person=subject if kind == "user" else None,
        realm=realm,
    )
    return Calendar(data, f"{subject}.ics")


def _shifts(
    eras: list[Era],
    schedule: str,
    followed: tuple[datetime, datetime],
    shown: tuple[datetime, datetime],
    people: set[str] | None,
) -> Iterator[Shift]:
    spans, _ = timeline_of(eras, schedule, *followed)
    for span in spans:
        seen = span.end > shown[0] and span.start < shown[1]
        if seen and (people is None or people & {*span.users}):
            yield Shift(schedule, span.users, span.start, span.end, span.source)


def _title(kind: str, subject: str, book: Book) -> str:
    if kind == "user":
        return f"On call: {book.users[subject].name}"
    return f"On call: {subject}"


def _zone(kind: str, subject: str, book: Book) -> str:
    if kind == "schedule":
        return book.schedules[subject].timezone
    return book.users[subject].timezone if kind == "user" else "UTC"


def _changed_at(store: Store, eras: list[Era]) -> datetime:
    """When what calendars show was changed last."""
    return max([eras[-1].start, *_moments(store.changes())])


def _moments(changes: Changes) -> Iterator[datetime]:
    for row in changes.rows:
        yield row.made.at
        if row.made.cancelled_at is not None:
            yield row.made.cancelled_at
        if isinstance(row, Cover):
            yield from (part.at for part in row.parts)

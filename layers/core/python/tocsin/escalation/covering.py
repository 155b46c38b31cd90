"""Who is told of time on call that somebody gives away: those who could take it, and who gives it.

Pure, as the handoffs are, and of the same stretches of time. Those who could take it are told when it is asked, and
reminded the nearer it comes, in their own working hours alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from tocsin.escalation.model import Book, User
from tocsin.oncall.changes import Changes, Cover, Part, Span
from tocsin.oncall.model import Schedule, Window
from tocsin.oncall.walltime import instant_number
from tocsin.oncall.windows import in_windows, next_start

#: How long before its beginning open time is told of again.
REMINDERS = tuple(timedelta(hours=hours) for hours in (12, 24, 48, 72, 7 * 24, 14 * 24, 21 * 24, 28 * 24))
#: When people want to hear of such things, on their own wall clock.
WORKING_HOURS = (Window(frozenset(range(5)), 9 * 60, 17 * 60),)

What = Literal["asked", "taken", "expired"]


@dataclass(frozen=True, slots=True)
class CoverWord:
    """One message about ``cover``: to ``user`` at the address ``to``. ``open`` is what is still to be taken; ``part``
    what was just taken. ``id`` is the same whenever the same is told again."""

    id: str
    via: str
    to: str
    user: str
    what: What
    cover: Cover
    open: tuple[Span, ...] = ()
    part: Part | None = None


def cover_words(book: Book, changes: Changes, since: datetime, now: datetime) -> list[CoverWord]:
    """Everything to be told after ``since`` and up to ``now`` (aware)."""
    found: list[CoverWord] = []
    for row in changes.rows:
        if isinstance(row, Cover) and row.schedule in book.schedules and not row.made.cancelled:
            found.extend(_asked(book, row, since, now))
            found.extend(_taken(book, row, since, now))
            found.extend(_expired(book, row, since, now))
    return found


def _asked(book: Book, cover: Cover, since: datetime, now: datetime) -> Iterator[CoverWord]:
    left = tuple(cover.open(now))
    if not left or _too_late(cover, now):
        return
    reminders = (cover.start - lead for lead in REMINDERS)
    times = [cover.made.at, *(due for due in reminders if due > cover.made.at)]
    for user in _who_could(book, cover, now):
        # Several may have waited for one morning: they are one.
        for at in sorted({_in_working_hours(user, due) for due in times}):
            if since < at <= now:
                name = f"cover-{cover.made.id}-{at.astimezone(UTC):%Y%m%dT%H%M%S}"
                yield from _to(user, name, "asked", cover, left)


def _too_late(cover: Cover, now: datetime) -> bool:
    """Whether nobody is asked any more: its time has begun, and had not when it was asked. A swap is of whole times."""
    if cover.swap is not None:
        return now >= min(cover.start, cover.swap.start)
    return cover.made.at < cover.start <= now


def _in_working_hours(user: User, at: datetime) -> datetime:
    """The instant itself, or the next morning."""
    if in_windows(WORKING_HOURS, user.timezone, at):
        return at
    return next_start(WORKING_HOURS, user.timezone, at) or at


def _taken(book: Book, cover: Cover, since: datetime, now: datetime) -> Iterator[CoverWord]:
    user = book.users.get(cover.user)
    for index, part in enumerate(cover.parts):
        if user is not None and since < part.at <= now:
            name = f"cover-{cover.made.id}-taken-{index}"
            yield from _to(user, name, "taken", cover, tuple(cover.open(now)), part)


def _expired(book: Book, cover: Cover, since: datetime, now: datetime) -> Iterator[CoverWord]:
    user = book.users.get(cover.user)
    left = tuple(cover.open(cover.start))
    if user is not None and left and since < cover.start <= now and cover.made.at < cover.start:
        yield from _to(user, f"cover-{cover.made.id}-expired", "expired", cover, left)


def _who_could(book: Book, cover: Cover, now: datetime) -> list[User]:
    """The schedule's other people who are there then; of a swap the one it is offered to."""
    others = _members(book.schedules[cover.schedule]) - {cover.user}
    names = {cover.swap.user} if cover.swap is not None else others
    begins = instant_number(max(cover.start, now))
    there = [name for name in sorted(names) if not book.away.passed_over(name, begins)]
    return [book.users[name] for name in there if name in book.users]


def _members(schedule: Schedule) -> set[str]:
    return {user for layer in schedule.layers for group in layer.users for user in group}


def _to(
    user: User, name: str, what: What, cover: Cover, left: tuple[Span, ...], part: Part | None = None
) -> Iterator[CoverWord]:
    """By the first way in which the person hears of handoffs."""
    for rule in user.handoff:
        contact = user.contact_for(rule)
        if contact is not None:
            yield CoverWord(f"{name}-{user.id}", rule.via, contact.address, user.id, what, cover, left, part)
            return

"""Calendars elsewhere as changes from day to day: what a feed says, and what of that is news.

What a feed says is taken as who has which time, not as events: events that touch, unite or come under new names each
time say the same. Only what is still to come is looked at, and so the past stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from typing import Literal

from tocsin.oncall.calendars.reading import Event, FeedError, Limits, People, people_of, shifts_of
from tocsin.oncall.calendars.text import one_line
from tocsin.oncall.changes import FEED, Change, LeaveMade, Made, OverrideMade, TemporaryMade, over
from tocsin.oncall.model import FeedKind, Shift

#: The most occurrences of one feed: more than four months of three shifts a day.
MOST = 500
#: So far ahead a feed is followed, in months from the first of this one: what is known grows once a month.
AHEAD = 4
#: What reaches further ends here, until it comes nearer: no change is made for longer than two years.
FURTHEST = 23
#: So many problems of a feed are kept, each of so many characters.
PROBLEMS, LONGEST = 20, 200
#: A feed is read in a second on a small machine; a year of two hundred repeating events fits in.
_LIMITS = Limits(occurrences=50_000, steps=100_000)
#: What the layers are called that a feed replaces.
NAME = "feed"

Users = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Source:
    """A feed of the configuration: of the schedule or, ``away``, the user ``of``. ``zone`` (IANA) is where days begin
    for which the feed names no zone. ``url`` is a secret."""

    of: str
    kind: FeedKind | Literal["away"]
    url: str
    zone: str

    @property
    def name(self) -> str:
        """``schedule:primary`` or ``user:ana``."""
        return f"{'user' if self.kind == 'away' else 'schedule'}:{self.of}"

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.of}'s time off" if self.kind == "away" else f"schedule {self.of}"

    @property
    def by(self) -> str:
        """By whom its changes are made."""
        return FEED + self.name


@dataclass(frozen=True, slots=True)
class Said:
    """What a feed says of the time from now on. ``rows`` have no ids yet; ``shifts`` is how many occurrences of it
    were understood; ``problems`` are lines for people."""

    rows: tuple[Change, ...]
    shifts: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Taken:
    start: datetime
    end: datetime
    people: tuple[str, ...]
    level: int = 0


def month(now: datetime, ahead: int) -> datetime:
    """The first moment of a month, UTC: of this one, and so many ahead."""
    year, number = divmod(now.year * 12 + now.month - 1 + ahead, 12)
    return datetime(year, number + 1, 1, tzinfo=UTC)


def said(source: Source, data: bytes, users: Users, now: datetime) -> Said:
    """What a feed says. ``users`` are id → (name, e-mail). Raises FeedError when it is to be refused as a whole."""
    until = month(now, AHEAD)
    feed = shifts_of(data, now, until, default_zone=source.zone, limits=_LIMITS)
    if feed.missing:
        raise FeedError(feed.missing)
    if len(feed.events) > MOST:
        raise FeedError(f"it has {len(feed.events):,} events until {until:%Y-%m-%d}: {MOST} are the most")
    told = [_line(one.summary, one.reason) for one in feed.problems]
    if source.kind == "away":
        taken = [_Taken(one.start, one.end, (source.of,)) for one in feed.events]
    else:
        taken = list(_taken(feed.events, users, told))
    furthest = until if source.kind == "schedule" else month(now, FURTHEST)
    return Said(_rows(source, _stretches(taken, now, furthest), now, until), len(taken), _told(told))


def _taken(events: Iterable[Event], users: Users, told: list[str]) -> Iterator[_Taken]:
    """The events that name somebody; of the others it is told."""
    known: dict[object, People] = {}
    for event in events:
        key = event.summary, event.attendees
        if key not in known:
            known[key] = people_of(event.summary, users, event.attendees)
        named = known[key]
        if named.people:
            yield _Taken(event.start, event.end, named.people, named.level)
            told.extend(_line(event.summary, f"nobody is known as {one}") for one in named.unknown)
        else:
            told.append(_line(event.summary, "left out: it names nobody that is known"))


def _line(summary: str, reason: str) -> str:
    return one_line(f"{one_line(summary, 80)!r}: {reason}" if summary else reason, LONGEST)


def _told(lines: Sequence[str]) -> tuple[str, ...]:
    once = list(dict.fromkeys(lines))
    more = len(once) - PROBLEMS
    return tuple(once) if more <= 0 else (*once[: PROBLEMS - 1], f"… and {more + 1} more")


def _stretches(taken: Sequence[_Taken], start: datetime, end: datetime) -> tuple[Shift, ...]:
    """Who has which time in [start, end), in order: those of the highest level together, as long as they stay."""
    edges = sorted({max(start, min(end, edge)) for one in taken for edge in (one.start, one.end)})
    coming = sorted(taken, key=lambda one: one.start, reverse=True)
    here: list[_Taken] = []
    found: list[Shift] = []
    for opens, closes in pairwise(edges):
        while coming and coming[-1].start <= opens:
            here.append(coming.pop())
        here = [one for one in here if one.end > opens]
        if not here:
            continue
        level = max(one.level for one in here)
        people = tuple(sorted({user for one in here if one.level == level for user in one.people}))
        if found and found[-1].end == opens and found[-1].users == people:
            found[-1] = replace(found[-1], end=closes)
        else:
            found.append(Shift(people, opens, closes))
    return tuple(found)


def _rows(source: Source, shifts: tuple[Shift, ...], now: datetime, until: datetime) -> tuple[Change, ...]:
    made = Made("", now, source.by)
    if source.kind == "overrides":
        return tuple(OverrideMade(made, source.of, one.users, one.start, one.end) for one in shifts)
    if source.kind == "away":
        return tuple(LeaveMade(made, source.of, one.start, one.end) for one in shifts)
    # Without a shift to come it would leave nobody on call, and the layers are better than nobody.
    return (TemporaryMade(made, source.of, NAME, now, until, shifts),) if shifts else ()


def difference(
    rows: Iterable[Change], by: str, wanted: Iterable[Change], now: datetime
) -> tuple[list[Change], list[Change]]:
    """What to write for a feed's changes to be the ``wanted`` ones from ``now`` on: its rows that are taken back, and
    the new ones, with their ids. Once that is written, there is no difference.

    What somebody has taken back by hand is not made again, as long as the feed says the same.
    """
    here = [row for row in rows if row.made.by == by and over(row) > now]
    active = {_content(row, now): row for row in here if not row.made.cancelled}
    refused = {_content(row, now) for row in here if row.made.cancelled and row.made.cancelled_by != by}
    asked = {_content(row, now) for row in wanted if over(row) > now}
    back = [_taken_back(row, by, now) for content, row in active.items() if content not in asked]
    new = [_made(content, by, now) for content in asked if content not in active and content not in refused]
    return sorted(back, key=_order), sorted(new, key=_order)


def _order(row: Change) -> tuple[datetime, datetime, str]:
    return row.start, row.end, row.made.id


def _content(row: Change, now: datetime) -> Change:
    """What a change says of the time from ``now`` on, whoever made it when."""
    start = max(row.start, now)
    bare = Made("", now, "")
    if isinstance(row, TemporaryMade):
        shifts = tuple(replace(one, start=max(one.start, now)) for one in row.shifts if one.end > now)
        return replace(row, made=bare, start=start, shifts=shifts)
    return replace(row, made=bare, start=start)


def _made(content: Change, by: str, now: datetime) -> Change:
    # The moment is part of the id: what comes, goes and comes again is another change each time.
    id = sha256("\0".join((by, now.isoformat(), repr(content))).encode()).hexdigest()[:12]
    return replace(content, made=Made(id, now, by))


def _taken_back(row: Change, by: str, now: datetime) -> Change:
    made = replace(row.made, cancelled_at=now, cancelled_by=by)
    if isinstance(row, TemporaryMade):
        # Those that never came to be in force need not be kept.
        shifts = tuple(one for one in row.shifts if one.start < now and one.end > made.at)
        return replace(row, made=made, shifts=shifts)
    return replace(row, made=made)


def weight(rows: Iterable[Change], now: datetime) -> int:
    """What changes that are not over take of the room for all: one for each, and for each shift."""
    return sum(
        1 + (len(row.shifts) if isinstance(row, TemporaryMade) else 0) for row in rows if over(row) > now
    )

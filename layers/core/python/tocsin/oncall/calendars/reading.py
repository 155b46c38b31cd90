"""The occurrences that a foreign calendar (RFC 5545) has in a range of time, and what of it could not be used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.oncall.calendars.events import (
    Length,
    Moment,
    Vevent,
    event_of,
    label_of,
    revision_of,
)
from tocsin.oncall.calendars.limits import FeedError, Limits, Steps, Unreadable
from tocsin.oncall.calendars.lines import Component, Stream, stream_of
from tocsin.oncall.calendars.people import Attendee, People, people_of
from tocsin.oncall.calendars.recurring import walls
from tocsin.oncall.calendars.text import one_line
from tocsin.oncall.calendars.zones import Named, Zone, Zones, named

__all__ = ("Attendee", "Event", "Feed", "FeedError", "Limits", "People", "Problem", "people_of", "shifts_of")

#: A wall is never further from UTC than this.
_REACH = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Event:
    """One occurrence of an event, in [start, end), aware UTC, whole even where it reaches out of the range asked
    for. An event that gives days and no times is `all_day`."""

    uid: str
    summary: str
    start: datetime
    end: datetime
    all_day: bool
    attendees: tuple[Attendee, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of the feed that was left out, or read otherwise than it says; without `uid` and `summary` it is not
    of one event."""

    uid: str
    summary: str
    reason: str


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says for a range: occurrences by start, and what it would not be right to be silent about.

    `missing` says why some of it is not here, "" when all of it is: then nobody knows what else it says.
    """

    events: tuple[Event, ...]
    problems: tuple[Problem, ...]
    missing: str = ""


def shifts_of(
    data: bytes, start: datetime, end: datetime, *, default_zone: str, limits: Limits | None = None
) -> Feed:
    """The occurrences in a feed with time in [start, end) (aware), ordered by start, end, UID and summary.

    Days, and times without a zone, are on the clock of X-WR-TIMEZONE where the feed has one, else of `default_zone`
    (IANA). An event that cannot be understood whole, or costs more than its share of `limits`, is left out, and is a
    problem; what is cancelled is left out without one. An event without length has no time. An exception
    (RECURRENCE-ID) stands for itself, and takes the place of the occurrence that it names, if there is one. Of several
    events with one UID the newest counts. RANGE=THISANDFUTURE is read as for the one occurrence.

    Raises FeedError when nothing of the feed can be used; zoneinfo.ZoneInfoNotFoundError for an unknown
    `default_zone`; ValueError for a naive time, or an end before the start.
    """
    for at in (start, end):
        if at.tzinfo is None:
            raise ValueError(f"the instant {at.isoformat()} has no time zone: pass an aware datetime")
    if end < start:
        raise ValueError(f"the range ends at {end.isoformat()}, before it starts at {start.isoformat()}")
    limits = limits or Limits()
    default = Named(ZoneInfo(default_zone))
    stream = stream_of(data, limits.size, limits.events)
    return _Reader(stream, start.astimezone(UTC), end.astimezone(UTC), default, limits).read()


class _Reader:
    """One reading of a feed for a range (aware UTC)."""

    def __init__(self, stream: Stream, start: datetime, end: datetime, default: Zone, limits: Limits) -> None:
        self._stream, self._start, self._end, self._limits = stream, start, end, limits
        self._problems: list[Problem] = []
        self._steps = Steps(limits.steps)
        # The range on any wall clock.
        self._low = _moved(start.replace(tzinfo=None), -_REACH)
        self._high = _moved(end.replace(tzinfo=None), _REACH)
        own = self._calendar_zone() or default
        self._zones = Zones(
            own, stream.zones, start.replace(tzinfo=None), end.replace(tzinfo=None), self._steps
        )

    def read(self) -> Feed:
        missing = ""
        if not self._stream.ended:
            missing = "the feed breaks off before END:VCALENDAR: some of it may be missing"
            self._tell("", "", missing)
        if not self._stream.is_utf8:
            self._tell("", "", "the feed is not UTF-8: what is not reads as �")
        if self._stream.more:
            most = f"a feed may have {self._limits.events:,}"
            missing = f"{self._stream.more:,} more events are left out: {most}"
            self._tell("", "", missing)
        found: list[Event] = []
        for component, event, without in self._understood():
            self._steps.begin()
            try:
                occurrences = self._occurrences(event, without, self._limits.occurrences - len(found))
            except (ValueError, OverflowError) as error:
                self._tell(*label_of(component), _left_out(error))
            else:
                found += occurrences
        found.sort(key=lambda one: (one.start, one.end, one.uid, one.summary))
        return Feed(tuple(found), tuple(self._problems), missing)

    def _understood(self) -> list[tuple[Component, Vevent, list[Moment]]]:
        """The events that count, each with the occurrences of it that exceptions stand for."""
        newest: dict[object, tuple[Component, Vevent]] = {}
        for place, component in enumerate(self._stream.events):
            uid, summary = label_of(component)
            self._steps.begin()
            try:
                event = event_of(component, self._zones, self._steps)
            except (ValueError, OverflowError) as error:
                self._tell(uid, summary, _left_out(error))
                continue
            if event.and_later and event.replaces is not None:
                self._tell(
                    uid,
                    summary,
                    "it changes all later ones too (THISANDFUTURE): only this one is changed here",
                )
            # Without a UID nothing is known to be the same event.
            key = (uid, event.replaces and event.replaces.instant) if uid else place
            if key in newest:
                self._tell(uid, summary, "the feed has it more than once: the newest counts")
                if revision_of(component) < revision_of(newest[key][0]):
                    continue
            newest[key] = component, event
        exceptions: dict[str, list[Moment]] = {}
        for _, event in newest.values():
            if event.uid and event.replaces is not None:
                exceptions.setdefault(event.uid, []).append(event.replaces)
        return [
            (component, event, exceptions.get(event.uid, []) if event.replaces is None else [])
            for component, event in newest.values()
        ]

    def _occurrences(self, event: Vevent, without: list[Moment], room: int) -> list[Event]:
        """Those of one event in the range. Raises Unreadable when they are more than `room`."""
        if event.start is None:
            return []
        days = {
            moment.wall.date() for moment in (*event.repeats.without, *without) if self._by_day(moment, event)
        }
        instants = {
            moment.instant for moment in (*event.repeats.without, *without) if not self._by_day(moment, event)
        }
        if event.length.walls + event.length.exact <= timedelta():
            raise Unreadable("it has no length: neither a DTEND after its DTSTART nor a DURATION")
        found: dict[datetime, Event] = {}
        for start, length in self._starts(event, event.start):
            at = start.instant
            if at in instants or (days and start.wall.date() in days):
                continue
            end = length.end(start)
            if at < end and at < self._end and end > self._start and at not in found:
                found[at] = Event(event.uid, event.summary, at, end, start.all_day, event.attendees)
                if len(found) > room:
                    most = f"a feed may have {self._limits.occurrences:,}"
                    raise Unreadable(f"with it there are too many occurrences in this time: {most}")
        return list(found.values())

    def _starts(self, event: Vevent, first: Moment) -> Iterator[tuple[Moment, Length]]:
        """When the event starts, near the range and possibly elsewhere; of a start that comes twice the first
        counts."""
        longest = event.length.walls + event.length.exact
        low = _moved(self._low, -longest)
        for extra in event.repeats.extra:
            yield extra.start, extra.length or event.length
        yield first, event.length
        for rule in event.repeats.rules:
            for wall in walls(rule, first.wall, low, self._high, first.zone.instant, self._steps):
                yield Moment(wall, first.zone, first.all_day), event.length

    @staticmethod
    def _by_day(moment: Moment, event: Vevent) -> bool:
        """Whether only the day of an EXDATE or RECURRENCE-ID counts: it has no time, or the event has none."""
        return moment.all_day or (event.start is not None and event.start.all_day)

    def _calendar_zone(self) -> Zone | None:
        for line in self._stream.calendar.lines.get("X-WR-TIMEZONE", ())[:1]:
            name = line.partition(":")[2].strip()
            if (zone := named(name)) is not None:
                return zone
            self._tell(
                "", "", f"the calendar's zone {one_line(name, 80)!r} is not known: the default is used"
            )
        return None

    def _tell(self, uid: str, summary: str, reason: str) -> None:
        self._problems.append(Problem(uid, one_line(summary, 200), reason))


def _left_out(error: Exception) -> str:
    return f"left out: {one_line(str(error), 300)}"


def _moved(wall: datetime, by: timedelta) -> datetime:
    try:
        return wall + by
    except OverflowError:
        return datetime.max if by > timedelta() else datetime.min  # noqa: DTZ901  walls are naive on purpose

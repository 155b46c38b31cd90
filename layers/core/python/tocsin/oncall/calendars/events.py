"""What a VEVENT says: its times on their wall clocks, how it repeats, and whom it names (RFC 5545 3.6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tocsin.oncall.calendars.limits import Steps, Unreadable
from tocsin.oncall.calendars.lines import Component
from tocsin.oncall.calendars.people import Attendee
from tocsin.oncall.calendars.recurring import Rule, rule_of
from tocsin.oncall.calendars.text import one_line
from tocsin.oncall.calendars.values import duration_of, line_of, when_of
from tocsin.oncall.calendars.zones import UTC_ZONE, Zone, Zones

DAY = timedelta(days=1)
_SUMMARY, _UID, _ADDRESS = 1000, 1000, 254


@dataclass(frozen=True, slots=True)
class Moment:
    """A wall (naive) on the clock of `zone`; of an all-day event midnight, of which only the day is meant."""

    wall: datetime
    zone: Zone
    all_day: bool

    @property
    def instant(self) -> datetime:
        return self.zone.instant(self.wall)


@dataclass(frozen=True, slots=True)
class Length:
    """How long an occurrence lasts: so far on the wall clock, and then so long in time (either may be zero)."""

    walls: timedelta
    exact: timedelta

    def end(self, start: Moment) -> datetime:
        """The instant (aware UTC) at which an occurrence that starts at `start` ends."""
        try:
            end = start.zone.instant(start.wall + self.walls) + self.exact
            # Where the clock jumps, the end may be read as before the start: then it is the time that counts.
            return end if end > start.instant else start.instant + self.walls + self.exact
        except OverflowError:
            return datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Extra:
    """An occurrence that RDATE adds; `length` None: as long as the others."""

    start: Moment
    length: Length | None


@dataclass(frozen=True, slots=True)
class Repeats:
    """How an event repeats: its rules, what is added, and what is left out."""

    rules: tuple[Rule, ...] = ()
    extra: tuple[Extra, ...] = ()
    without: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class Vevent:
    """An event that was understood. `replaces` is the occurrence (RECURRENCE-ID) that it is instead of, or None;
    `and_later` whether it claims to be so for all later ones, too. `start` is None only for a cancelled one."""

    uid: str
    summary: str
    start: Moment | None
    length: Length
    repeats: Repeats
    replaces: Moment | None
    and_later: bool
    attendees: tuple[Attendee, ...]


def label_of(component: Component) -> tuple[str, str]:
    """The UID and the SUMMARY of a VEVENT, each in one line and of bounded length; "" where it cannot be read."""
    found = []
    for name, longest in (("UID", _UID), ("SUMMARY", _SUMMARY)):
        try:
            found.append(one_line(_one(component, name)[1], longest))
        except ValueError:
            found.append("")
    return found[0], found[1]


def revision_of(component: Component) -> tuple[int, str]:
    """What makes one VEVENT newer than another of the same UID (3.8.7.4): SEQUENCE, then when it was changed."""
    try:
        sequence = int(_one(component, "SEQUENCE")[1])
    except ValueError:
        sequence = 0
    for name in ("LAST-MODIFIED", "DTSTAMP"):
        if component.lines.get(name):
            # In UTC and one form (3.8.7.2): the order of the text is that of the time.
            return sequence, component.lines[name][0].rpartition(":")[2].strip()
    return sequence, ""


def event_of(component: Component, zones: Zones, steps: Steps) -> Vevent:
    """What a VEVENT says. Raises Unreadable, or another ValueError, when it cannot be understood whole."""
    if not component.ended:
        raise Unreadable("the feed breaks off within it")
    uid, summary = label_of(component)
    replaces = _time(component, "RECURRENCE-ID", zones)
    cancelled = _one(component, "STATUS")[1].strip().upper() == "CANCELLED"
    nothing = Length(timedelta(), timedelta())
    and_later = _one(component, "RECURRENCE-ID")[0].get("RANGE", "").upper() == "THISANDFUTURE"
    if cancelled:
        return Vevent(uid, summary, None, nothing, Repeats(), replaces, and_later, ())
    start = _time(component, "DTSTART", zones)
    if start is None:
        raise Unreadable("it has no DTSTART")
    length = _length(component, start, zones)
    repeats = Repeats() if replaces is not None else _repeats(component, start, zones, steps)
    return Vevent(uid, summary, start, length, repeats, replaces, and_later, _attendees(component))


def _length(component: Component, start: Moment, zones: Zones) -> Length:
    """By DTEND, or DURATION, or neither: a day for a DATE, else nothing (3.6.1).

    A DTEND on the clock of the start is meant on that clock, in each occurrence: a week from Monday 09:00 to Monday
    09:00 ends at 09:00 also when the clock has changed, as calendars show it. (3.8.5.3 asks for the same exact
    duration, and nobody would be on call for an hour each autumn.)
    """
    end = _time(component, "DTEND", zones)
    _, duration = _one(component, "DURATION")
    if end is not None and duration:
        raise Unreadable("it has both DTEND and DURATION")
    if duration:
        return _duration(duration)
    if end is None:
        return Length(DAY if start.all_day else timedelta(), timedelta())
    if end.all_day != start.all_day:
        raise Unreadable("one of DTSTART and DTEND is a day, the other a time")
    if end.all_day and end.wall == start.wall:
        # Not allowed (3.8.2.2), but written by some, for one day.
        return Length(DAY, timedelta())
    same = end.zone == start.zone
    length = end.wall - start.wall if same else end.instant - start.instant
    if length < timedelta():
        raise Unreadable("it ends before it starts")
    return Length(length, timedelta()) if same else Length(timedelta(), length)


def _duration(text: str) -> Length:
    """Days and weeks are those of the wall clock, hours and less are exact (3.3.6, 3.8.5.3)."""
    length = duration_of(text)
    if length < timedelta():
        raise Unreadable("it has a negative DURATION")
    if "D" in text.upper() or "W" in text.upper():
        return Length(timedelta(days=length.days), timedelta(seconds=length.seconds))
    return Length(timedelta(), length)


def _repeats(component: Component, start: Moment, zones: Zones, steps: Steps) -> Repeats:
    if component.lines.get("EXRULE"):
        raise Unreadable("it has an EXRULE, which RFC 5545 has no more")
    rules = []
    for line in component.lines.get("RRULE", ()):
        steps.spend(1)
        rules.append(rule_of(line_of(line)[1].strip(), all_day=start.all_day))
    extra = [_extra(value, params, zones, start) for params, value in _listed(component, "RDATE", steps)]
    without = [_moment(value, params, zones) for params, value in _listed(component, "EXDATE", steps)]
    return Repeats(tuple(rules), tuple(extra), tuple(without))


def _listed(component: Component, name: str, steps: Steps) -> list[tuple[dict[str, str], str]]:
    found = []
    for line in component.lines.get(name, ()):
        steps.spend(1 + line.count(","))
        params, values = line_of(line)
        found += [(params, value) for value in values.split(",") if value.strip()]
    return found


def _extra(value: str, params: dict[str, str], zones: Zones, start: Moment) -> Extra:
    begins, slash, ends = value.partition("/")
    at = _moment(begins, params, zones)
    if at.all_day != start.all_day:
        raise Unreadable("one of DTSTART and RDATE is a day, the other a time")
    if not slash:
        return Extra(at, None)
    if ends.strip()[:1].upper() in ("P", "+"):
        return Extra(at, _duration(ends))
    length = _moment(ends, params, zones).instant - at.instant
    if length <= timedelta():
        raise Unreadable("one period of its RDATE ends before it starts")
    return Extra(at, Length(timedelta(), length))


def _attendees(component: Component) -> tuple[Attendee, ...]:
    """Whom the event invites, but rooms and things, and whoever declined."""
    found: dict[Attendee, None] = {}
    for line in component.lines.get("ATTENDEE", ()):
        params, value = line_of(line)
        if params.get("CUTYPE", "").upper() in ("ROOM", "RESOURCE") or params.get("PARTSTAT") == "DECLINED":
            continue
        address = value.strip()
        email = address[7:] if address[:7].lower() == "mailto:" else params.get("EMAIL", "")
        attendee = Attendee(one_line(params.get("CN", ""), _ADDRESS), one_line(email, _ADDRESS))
        if attendee.name or attendee.email:
            found[attendee] = None
    return tuple(found)


def _time(component: Component, name: str, zones: Zones) -> Moment | None:
    params, value = _one(component, name)
    return _moment(value, params, zones) if value else None


def _moment(value: str, params: dict[str, str], zones: Zones) -> Moment:
    """A DATE or a DATE-TIME: in UTC (whatever TZID says: 3.2.19), in the zone of its TZID, or in the calendar's."""
    found = when_of(value)
    if isinstance(found, datetime):
        wall = found.replace(tzinfo=None)
        if found.tzinfo is not None:
            return Moment(wall, UTC_ZONE, all_day=False)
        return Moment(wall, zones.of(params["TZID"]) if params.get("TZID") else zones.default, all_day=False)
    midnight = datetime(found.year, found.month, found.day)  # noqa: DTZ001  walls are naive on purpose
    return Moment(midnight, zones.default, all_day=True)


def _one(component: Component, name: str) -> tuple[dict[str, str], str]:
    """The parameters and the value of a property that may be there once; ({}, "") when it is not."""
    lines = component.lines.get(name, ())
    if len(lines) > 1 and len(set(lines)) > 1:
        raise Unreadable(f"it has {name} more than once")
    return line_of(lines[0]) if lines else ({}, "")

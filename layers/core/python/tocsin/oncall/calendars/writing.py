"""A calendar of on-call shifts, for phones and desktop calendars to subscribe to (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from tocsin.oncall.calendars.text import one_line

if TYPE_CHECKING:
    from icalendar import Alarm, Event
    from icalendar.prop import vInline

#: How often a subscriber is asked to look again.
REFRESH = timedelta(hours=1)
_PRODUCT = "-//Tocsin//On call//EN"
_NAME, _SOURCE = 200, 100
#: SEQUENCE is an integer of 32 bits (RFC 5545 3.3.8): minutes from here last for four thousand years.
_FIRST = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shift:
    """`users` (ids) are on call for `schedule` in [start, end), aware. `source` as in `model.Span`.

    A shift is to be whole: one that was cut at the edge of the range asked for has another start each time that
    it is asked for, and a subscriber sees a new event instead of the one that he knows.
    """

    schedule: str
    users: tuple[str, ...]
    start: datetime
    end: datetime
    source: str


def calendar_of(
    shifts: Iterable[Shift],
    *,
    names: Mapping[str, str],
    name: str,
    now: datetime,
    zone: str,
    alarms: Iterable[timedelta] = (),
    person: str | None = None,
    realm: str = "",
) -> bytes:
    """The shifts as an iCalendar object, UTF-8, one VEVENT each, by start and schedule.

    `names` says what people (ids) are called; an id that it lacks stands for itself. `name` is the calendar's.
    `person` is whose calendar it is (an id), None for a schedule's or a team's: it decides what an event is
    called. `zone` is the IANA zone in which a calendar may show itself; the times are in UTC. `alarms` are
    reminders, each so long before a shift begins.

    `now` (aware) is the instant as of which all of this is so: it becomes DTSTAMP, LAST-MODIFIED (one and the same
    in a calendar without METHOD: 3.8.7.2) and, in minutes, SEQUENCE. The bytes are a function of the arguments: who
    passes the instant of the last change, and not the present moment, has feeds whose hash is an ETag.

    What identifies an event is its schedule and its start: at any instant a schedule has one set of people, so no
    two events of a feed share a UID. The end and the people may change, and the subscriber sees his event change.
    `realm` tells the schedules of one deployment from those of another with the same names.

    Raises ValueError for a time without a zone, a shift that does not end after it starts, two shifts of one
    schedule with the same start, and a negative alarm.
    """
    from icalendar import Calendar

    stamp = _utc(now).replace(microsecond=0)
    reminders = sorted(set(alarms), reverse=True)
    if reminders and reminders[-1] < timedelta():
        raise ValueError(f"an alarm is {-reminders[-1]} after a shift begins: it can only be before")
    calendar = Calendar()
    calendar.add("PRODID", _PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    title = _text(one_line(name, _NAME))
    # NAME and REFRESH-INTERVAL are those of RFC 7986, the others what calendars read that do not know it.
    calendar.add("NAME", title)
    calendar.add("X-WR-CALNAME", title)
    calendar.add("X-WR-TIMEZONE", _text(one_line(zone, _NAME)))
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", f"PT{REFRESH // timedelta(hours=1)}H")
    seen: set[str] = set()
    for shift in sorted(shifts, key=lambda one: (_utc(one.start), one.schedule)):
        uid = uid_of(shift.schedule, shift.start, realm)
        if uid in seen:
            raise ValueError(f"two shifts of {shift.schedule} start at {shift.start.isoformat()}")
        seen.add(uid)
        event = _event(shift, names, stamp, person, uid)
        for before in reminders:
            event.add_component(_alarm(before, _summary(shift, names, person)))
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def uid_of(schedule: str, start: datetime, realm: str = "") -> str:
    """What identifies, for ever, the shift of a schedule that starts at `start` (aware)."""
    of = "\0".join((realm, schedule, _utc(start).isoformat(timespec="microseconds")))
    return sha256(of.encode(errors="replace")).hexdigest()[:32] + "@tocsin"


def _event(shift: Shift, names: Mapping[str, str], stamp: datetime, person: str | None, uid: str) -> Event:
    from icalendar import Event

    start, end = _utc(shift.start), _utc(shift.end)
    if end <= start:
        raise ValueError(f"the shift of {shift.schedule} at {start.isoformat()} does not end after it starts")
    event = Event()
    event.add("UID", uid)
    event.add("DTSTAMP", stamp)
    event.add("LAST-MODIFIED", stamp)
    event.add("SEQUENCE", max(0, (stamp - _FIRST) // timedelta(minutes=1)))
    event.add("DTSTART", start)
    event.add("DTEND", end)
    event.add("SUMMARY", _text(_summary(shift, names, person)))
    people = ", ".join(_called(user, names) for user in shift.users)
    lines = [f"Schedule: {one_line(shift.schedule, _NAME)}", f"On call: {people}"]
    lines.append(f"From: {one_line(shift.source, _SOURCE)}")
    event.add("DESCRIPTION", _text("\n".join(lines)))
    # Who is on call can be met: the week is not to show as busy (3.8.2.7; Outlook asks for a name of its own).
    event.add("TRANSP", "TRANSPARENT")
    event.add("X-MICROSOFT-CDO-BUSYSTATUS", "FREE")
    return event


def _summary(shift: Shift, names: Mapping[str, str], person: str | None) -> str:
    schedule = one_line(shift.schedule, _NAME)
    if person is None:
        return f"{' & '.join(_called(user, names) for user in shift.users)}: {schedule}"
    others = [_called(user, names) for user in shift.users if user != person]
    return f"On call: {schedule}" + (f" (with {' & '.join(others)})" if others else "")


def _called(user: str, names: Mapping[str, str]) -> str:
    return one_line(names.get(user, ""), _NAME) or one_line(user, _NAME)


def _alarm(before: timedelta, summary: str) -> Alarm:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", _text(summary))
    alarm.add("TRIGGER", -before)
    return alarm


def _text(text: str) -> vInline:
    """A TEXT (3.3.11). icalendar's own writes a backslash before an N, as in "CORP\\Nina", as the end of a line."""
    from icalendar.prop import vInline

    for character in ("\\", ";", ","):
        text = text.replace(character, "\\" + character)
    return vInline(text.replace("\n", "\\n"))


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"the instant {at.isoformat()} has no time zone: pass an aware datetime")
    return at.astimezone(UTC)

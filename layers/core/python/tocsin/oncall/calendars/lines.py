"""An iCalendar stream taken apart into components and content lines (RFC 5545 3.1, 3.4), whatever it holds.

The framing is done here and not by icalendar, which gives up a whole feed for one broken line, keeps the time
zones of one feed for all the next ones, and reads what nobody asked for; the lines themselves are read by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tocsin.oncall.calendars.limits import DEPTH, FeedError

#: The properties that are looked at; all other lines are dropped at once.
_WANTED = frozenset((
    "ATTENDEE", "DTEND", "DTSTAMP", "DTSTART", "DURATION", "EXDATE", "EXRULE", "LAST-MODIFIED", "RDATE",
    "RECURRENCE-ID", "RRULE", "SEQUENCE", "STATUS", "SUMMARY", "TZID", "TZOFFSETFROM", "TZOFFSETTO", "UID",
    "X-LIC-LOCATION", "X-WR-TIMEZONE",
))  # fmt: skip
#: Text of which no more is kept than this is not worth splitting when it is much longer.
_TEXTS = frozenset(("ATTENDEE", "SUMMARY", "UID", "X-WR-TIMEZONE", "X-LIC-LOCATION"))
_LONGEST_TEXT = 8_000
_NAME = re.compile(r"[ \t]*([A-Za-z0-9-]{1,40})[ \t]*[;:]")
#: The components that matter, each with those in which it may stand.
_OUTER = {"VEVENT": ("VCALENDAR",), "VTIMEZONE": ("VCALENDAR",)}
_INNER = {"STANDARD": "VTIMEZONE", "DAYLIGHT": "VTIMEZONE"}


@dataclass(slots=True)
class Component:
    """A component: its name, its content lines that matter, by property, unfolded; those within it; and whether
    its end was seen."""

    name: str
    lines: dict[str, list[str]] = field(default_factory=dict)
    inner: list[Component] = field(default_factory=list)
    ended: bool = False


@dataclass(slots=True)
class Stream:
    """What a feed holds: the lines of its calendars together, its events and time zones; whether its last
    calendar was ended; whether all of it was UTF-8; and how many events are not in `events`."""

    calendar: Component
    events: list[Component] = field(default_factory=list)
    zones: list[Component] = field(default_factory=list)
    ended: bool = False
    is_utf8: bool = True
    more: int = 0


def stream_of(data: bytes, size: int, events: int) -> Stream:
    """Take a feed apart: of at most `size` bytes, the first `events` events.

    The work grows with the size. Raises FeedError for what is no calendar, or too large.
    """
    if len(data) > size:
        raise FeedError(f"the feed has {len(data):,} bytes; it may have {size:,}")
    lines, is_utf8 = _unfolded(data)
    stream = Stream(Component("VCALENDAR"), is_utf8=is_utf8)
    first = next(lines, None)
    if first is None:
        raise FeedError("the feed is empty")
    if _bounds(first) != ("BEGIN", "VCALENDAR"):
        raise FeedError(_not_a_calendar(first))
    # The component that each open BEGIN began; None for one that does not matter.
    stack: list[tuple[str, Component | None]] = [("VCALENDAR", stream.calendar)]
    for line in lines:
        bounds = _bounds(line)
        if bounds is None:
            if stack and (component := stack[-1][1]) is not None:
                _keep(component, line)
        elif bounds[0] == "BEGIN":
            _begin(bounds[1], stack, stream, events)
        else:
            _end(bounds[1], stack)
            stream.ended = not stack
    return stream


def _begin(name: str, stack: list[tuple[str, Component | None]], stream: Stream, events: int) -> None:
    if name == "VEVENT" and any(open_ == "VEVENT" for open_, _ in stack):
        # No event stands in another: that one lost its end.
        while stack.pop()[0] != "VEVENT":
            pass
    if len(stack) >= DEPTH:
        raise FeedError(f"the feed nests components deeper than {DEPTH}")
    parent_name, parent = stack[-1] if stack else ("", None)
    component: Component | None = None
    if name == "VCALENDAR":
        component = stream.calendar
    elif parent_name in _OUTER.get(name, ()):
        component = Component(name)
        if name == "VTIMEZONE":
            stream.zones.append(component)
        elif len(stream.events) < events:
            stream.events.append(component)
        else:
            component = None
            stream.more += 1
    elif parent is not None and _INNER.get(name) == parent_name:
        component = Component(name)
        parent.inner.append(component)
    stack.append((name, component))


def _end(name: str, stack: list[tuple[str, Component | None]]) -> None:
    """Close the innermost component of the name, and those within it that were not ended."""
    if not any(open_ == name for open_, _ in stack):
        return
    while True:
        popped, component = stack.pop()
        if popped == name:
            if component is not None:
                component.ended = True
            return


def _keep(component: Component, line: str) -> None:
    found = _NAME.match(line)
    if found is None or (name := found[1].upper()) not in _WANTED:
        return
    if name in _TEXTS:
        line = line[:_LONGEST_TEXT]
    component.lines.setdefault(name, []).append(line)


def _bounds(line: str) -> tuple[str, str] | None:
    """BEGIN or END, and of what, where the line is one of these."""
    what, colon, name = line[:100].partition(":")
    what = what.strip().upper()
    name = name.strip().upper()
    return (what, name) if colon and name and what in ("BEGIN", "END") else None


def _unfolded(data: bytes) -> tuple[Iterator[str], bool]:
    """The lines that hold something, and whether all of it was UTF-8.

    They are unfolded before they are decoded: a fold may stand inside of a character (3.1).
    """
    folded = re.sub(rb"\r?\n[ \t]", b"", data.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b""))
    try:
        text, is_utf8 = folded.decode(), True
    except UnicodeDecodeError:
        text, is_utf8 = folded.decode(errors="replace"), False
    return (line for line in re.split(r"[\r\n]+", text) if line and not line.isspace()), is_utf8


def _not_a_calendar(first: str) -> str:
    begins = f"the feed is no iCalendar: it begins with {first.strip()[:40]!r} and not with BEGIN:VCALENDAR"
    if first.lstrip()[:1] == "<":
        begins += " (a web page: a sign-in, or the calendar's page for people?)"
    return begins

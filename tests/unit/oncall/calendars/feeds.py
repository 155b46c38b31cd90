"""Feeds as text, and what was read from them told in words."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tocsin.oncall.calendars.reading import Feed, Limits, shifts_of


def feed(*events: str, calendar: str = "") -> bytes:
    """An iCalendar of VEVENTs, each the lines between BEGIN and END; without a UID or DTSTART they get "a" and the
    first of 2026. `calendar` are lines of the calendar itself."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", *calendar.split("\n")]
    for event in events:
        given = event.strip().split("\n")
        names = {line.strip().replace(";", ":").partition(":")[0] for line in given}
        if "UID" not in names:
            given.insert(0, "UID:a")
        lines += ["BEGIN:VEVENT", *(line.strip() for line in given), "END:VEVENT"]
    return "\r\n".join([*(line for line in lines if line), "END:VCALENDAR", ""]).encode()


def read(
    data: bytes, start: str, end: str, *, zone: str = "Europe/London", limits: Limits | None = None
) -> Feed:
    """The range is on the clock of UTC."""
    return shifts_of(data, at(start), at(end), default_zone=zone, limits=limits)


def told(found: Feed, zone: str = "UTC") -> list[str]:
    """Each occurrence as "start/end summary" on the clock of `zone`."""
    clock = ZoneInfo(zone)
    return [
        f"{_minute(event.start, clock)}/{_minute(event.end, clock)} {event.summary}".rstrip()
        for event in found.events
    ]


def reasons(found: Feed) -> list[str]:
    return [problem.reason for problem in found.problems]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _minute(instant: datetime, clock: ZoneInfo) -> str:
    return instant.astimezone(clock).isoformat(" ", "minutes").replace("+00:00", "Z")

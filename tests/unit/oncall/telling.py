"""Short ways to write schedules down, and to read their timelines as people would say them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tocsin.oncall.model import Advance, Layer, Override, Schedule, Unit, Window
from tocsin.oncall.timeline import timeline

WEEKDAYS = "mon tue wed thu fri"
EVERY_DAY = "mon tue wed thu fri sat sun"


def wall(text: str) -> datetime:
    """A wall time, naive."""
    return datetime.fromisoformat(text)


def at(text: str) -> datetime:
    """An instant, from a text with an offset."""
    instant = datetime.fromisoformat(text)
    assert instant.tzinfo is not None
    return instant.astimezone(UTC)


def window(days: str, start: str, end: str) -> Window:
    """A window from the days and times of a configuration file."""
    names = EVERY_DAY.split()
    begin, to = (60 * int(text[:2]) + int(text[3:]) for text in (start, end))
    return Window(frozenset(names.index(day) for day in days.split()), begin, to + 1440 * (to <= begin))


def layer(
    users: str,
    starts: str,
    every: int,
    unit: Unit,
    *active: Window,
    advance: Advance = "served",
    until: str | None = None,
    name: str = "main",
) -> Layer:
    """A layer of users such as "ana ben chi+dee"; without windows it is always active."""
    return Layer(
        name=name,
        users=tuple(tuple(turn.split("+")) for turn in users.split()),
        starts=wall(starts),
        every=every,
        unit=unit,
        active=active or None,
        advance=advance,
        until=None if until is None else wall(until),
    )


def override(users: str, start: str, end: str, replaces: str | None = None) -> Override:
    return Override(tuple(users.split("+")), wall(start), wall(end), replaces)


def schedule(timezone: str, *layers: Layer, overrides: tuple[Override, ...] = ()) -> Schedule:
    return Schedule("payments", timezone, layers, overrides)


def told(told_of: Schedule, begin: str, end: str) -> list[str]:
    """The timeline from `begin` to `end`, walls that happen once: for each change when it comes on the zone's
    own clock, and who is on call from then on ("-" is nobody)."""
    zone = ZoneInfo(told_of.timezone)
    spans, gaps = timeline(told_of, wall(begin).replace(tzinfo=zone), wall(end).replace(tzinfo=zone))
    changes = [(span.start, "+".join(span.users)) for span in spans] + [(gap.start, "-") for gap in gaps]
    return [f"{start.astimezone(zone).isoformat(' ', 'minutes')} {who}" for start, who in sorted(changes)]

"""Who is on call, worked out slowly and obviously: nothing is shared with the product, nothing is skipped,
nothing is clever.

Every turn since a layer's start is listed, every window of every near day is looked at, and a wall time is
turned into instants by trying.
"""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tocsin.oncall.model import Layer, Override, Schedule, Window

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def shown(zone: str, at: datetime) -> datetime:
    """What the wall clock of the zone shows."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@lru_cache(maxsize=200_000)
def instants(zone: str, wall: datetime) -> tuple[datetime, ...]:
    """Every instant at which the wall clock shows `wall`; or, if it never does, the first instant at which it
    is past it."""
    as_utc = wall.replace(tzinfo=UTC)
    found = set()
    for hours in range(-30, 31, 1):
        offset = (as_utc + timedelta(hours=hours)).astimezone(ZoneInfo(zone)).utcoffset()
        assert offset is not None
        if shown(zone, as_utc - offset) == wall:
            found.add(as_utc - offset)
    if found:
        return tuple(sorted(found))
    at = as_utc - 30 * 60 * MINUTE
    while shown(zone, at) < wall:
        at += MINUTE
    return (at,)


def start_of(zone: str, wall: datetime) -> datetime:
    return instants(zone, wall)[0]


def end_of(zone: str, wall: datetime) -> datetime:
    return instants(zone, wall)[-1]


def boundary(layer: Layer, turn: int) -> datetime:
    steps = turn * layer.every
    if layer.unit == "hour":
        return layer.starts + timedelta(hours=steps)
    if layer.unit == "day":
        return layer.starts + timedelta(days=steps)
    if layer.unit == "week":
        return layer.starts + timedelta(weeks=steps)
    year, month = layer.starts.year, layer.starts.month
    for _ in range(steps):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    last_day = calendar.monthrange(year, month)[1]
    return layer.starts.replace(year=year, month=month, day=min(layer.starts.day, last_day))


Walls = tuple[datetime, datetime]


def occurrences(windows: tuple[Window, ...], begin: datetime, end: datetime) -> list[Walls]:
    """The windows, as walls, that begin on a day from a few before `begin` to a few after `end`."""
    found = []
    day = begin.replace(hour=0, minute=0, second=0, microsecond=0) - 5 * DAY
    while day <= end + 5 * DAY:
        for window in windows:
            if day.weekday() in window.days:
                found.append((day + window.start * MINUTE, day + window.end * MINUTE))
        day += DAY
    return found


def in_force(windows: tuple[Window, ...], zone: str, at: datetime) -> bool:
    wall = shown(zone, at)
    near = occurrences(windows, wall, wall)
    return any(start_of(zone, begin) <= at < end_of(zone, end) for begin, end in near)


def next_start(windows: tuple[Window, ...], zone: str, after: datetime) -> datetime | None:
    """The first beginning of the hours in the forty days after an instant."""
    wall = shown(zone, after)
    begins = {start_of(zone, begin) for begin, _ in occurrences(windows, wall, wall + 40 * DAY)}
    for at in sorted(begins):
        if at > after and in_force(windows, zone, at) and not in_force(windows, zone, at - TICK):
            return at
    return None


def counts(layer: Layer, turn: int) -> bool:
    if layer.advance == "calendar" or layer.active is None:
        return True
    begin, end = boundary(layer, turn), boundary(layer, turn + 1)
    return any(opens < end and closes > begin for opens, closes in occurrences(layer.active, begin, end))


@lru_cache(maxsize=4096)
def owners(layer: Layer, turns: int) -> tuple[tuple[str, ...], ...]:
    """Who has each of the first turns; one that does not count stays with whoever was the last (the first
    user before all)."""
    served = 0
    found = []
    for turn in range(turns):
        if counts(layer, turn):
            served += 1
        found.append(layer.users[max(served - 1, 0) % len(layer.users)])
    return tuple(found)


def of_layer(layer: Layer, zone: str, at: datetime) -> tuple[str, ...]:
    if at < start_of(zone, layer.starts):
        return ()
    if layer.until is not None and at >= end_of(zone, layer.until):
        return ()
    if layer.active is not None and not in_force(layer.active, zone, at):
        return ()
    turn = 0
    while start_of(zone, boundary(layer, turn + 1)) <= at:
        turn += 1
    return owners(layer, turn + 1)[turn]


def overridden(override: Override, zone: str, at: datetime) -> bool:
    return start_of(zone, override.start) <= at < end_of(zone, override.end)


def answer(schedule: Schedule, at: datetime) -> tuple[tuple[str, ...], str]:
    """Who is on call at an instant, and where they come from ("" when nobody is)."""
    people: set[str] = set()
    source = ""
    for layer in schedule.layers:
        here = of_layer(layer, schedule.timezone, at)
        if here:
            people, source = set(here), f"layer:{layer.name}"
    for override in schedule.overrides:
        if not overridden(override, schedule.timezone, at):
            continue
        if override.replaces is None:
            people, source = set(override.users), "override"
        elif override.replaces in people:
            people, source = people - {override.replaces} | set(override.users), "override"
    return tuple(sorted(people)), source if people else ""

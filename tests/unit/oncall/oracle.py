"""Who is on call, worked out slowly and obviously: nothing is shared with the product, nothing is skipped,
nothing is clever.

Every turn since a layer's start is listed, every window of every near day is looked at, and a wall time is
turned into instants by trying.
"""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from tocsin.oncall.absences import Away
from tocsin.oncall.model import Layer, Override, Schedule, Shift, Temporary, Window

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


Queue = list[tuple[str, ...]]


def there(group: tuple[str, ...], away: tuple[Away, ...], at: datetime) -> tuple[str, ...]:
    """Those of a group whom no absence without a delegate keeps away."""
    gone = {one.user for one in away if one.delegate is None and one.start <= at < one.end}
    return tuple(sorted(set(group) - gone))


def served_most(layer: Layer, zone: str, turn: int, queue: Queue, away: tuple[Away, ...]) -> int | None:
    """The place in the queue of those who served most of a turn; None when it had active time, and nobody was there."""
    begin, end = (start_of(zone, boundary(layer, number)) for number in (turn, turn + 1))
    edges = {begin, end, *(edge for one in away for edge in (one.start, one.end))}
    if layer.active is not None:
        for opens, closes in occurrences(layer.active, shown(zone, begin), shown(zone, end)):
            edges |= {start_of(zone, opens), end_of(zone, closes)}
    if layer.until is not None:
        edges.add(end_of(zone, layer.until))
    time = [timedelta(0)] * len(queue)
    active = False
    for since, until in pairwise(sorted(edge for edge in edges if begin <= edge <= end)):
        over = layer.until is not None and since >= end_of(zone, layer.until)
        if over or (layer.active is not None and not in_force(layer.active, zone, since)):
            continue
        active = True
        for place, group in enumerate(queue):
            if there(group, away, since):
                time[place] += until - since
                break
    if not active:
        return 0
    return time.index(max(time)) if max(time) else None


def nobody_ever_served(layer: Layer, turn: int) -> bool:
    return not any(counts(layer, earlier) for earlier in range(turn + 1))


@lru_cache(maxsize=4096)
def queue_at(layer: Layer, zone: str, turn: int, away: tuple[Away, ...]) -> tuple[tuple[str, ...], ...]:
    """The queue at the beginning of a turn, worked out turn by turn from the first (or the one carried over to)."""
    queue: Queue = list(layer.users)
    first = 0
    if layer.carried is not None:
        queue, first = [layer.users[place] for place in layer.carried.order], layer.carried.turn
    members = {user for group in layer.users for user in group}
    mine = tuple(one for one in away if one.user in members)
    for before in range(first - 1, turn - 1, -1):
        # Before it was carried over, the order is taken to have been the same.
        if counts(layer, before + 1) and not nobody_ever_served(layer, before):
            queue.insert(0, queue.pop())
    for now in range(first, turn):
        if not counts(layer, now + 1) or nobody_ever_served(layer, now):
            continue
        # Turn now + 1 has somebody new: whoever served the last turn that counts goes to the end.
        last = next(earlier for earlier in range(now, -1, -1) if counts(layer, earlier))
        near = tuple(one for one in mine if last >= first and touches(layer, zone, last, one))
        place = served_most(layer, zone, last, queue, near) if near else 0
        if place is not None:
            queue.append(queue.pop(place))
    return tuple(queue)


def touches(layer: Layer, zone: str, turn: int, one: Away) -> bool:
    begin, end = (start_of(zone, boundary(layer, number)) for number in (turn, turn + 1))
    return one.delegate is None and one.start < end and one.end > begin


def of_layer(layer: Layer, zone: str, at: datetime, away: tuple[Away, ...] = ()) -> tuple[str, ...]:
    if at < start_of(zone, layer.starts):
        return ()
    if layer.until is not None and at >= end_of(zone, layer.until):
        return ()
    if layer.active is not None and not in_force(layer.active, zone, at):
        return ()
    turn = 0
    while start_of(zone, boundary(layer, turn + 1)) <= at:
        turn += 1
    for group in queue_at(layer, zone, turn, away):
        if people := there(group, away, at):
            return people
    return ()


def when(zone: str, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The instants of a start and an end, each a wall or an instant."""
    begin = start_of(zone, start) if start.tzinfo is None else start
    return begin, end_of(zone, end) if end.tzinfo is None else end


def in_force_at(zone: str, one: Override | Temporary | Shift, at: datetime) -> bool:
    begin, end = when(zone, one.start, one.end)
    return begin <= at < end


def stand_in(user: str, away: tuple[Away, ...], at: datetime) -> str:
    """The last of the chain of delegates; the person where the chain is a circle."""
    chain = [user]
    while True:
        here = [
            one.delegate
            for one in away
            if one.user == chain[-1] and one.delegate and one.start <= at < one.end
        ]
        if not here:
            return chain[-1]
        if here[-1] in chain:
            return user
        chain.append(here[-1])


def answer(schedule: Schedule, at: datetime) -> tuple[tuple[str, ...], str]:
    """Who is on call at an instant, and where they come from ("" when nobody is)."""
    people: set[str] = set()
    source = ""
    zone, away = schedule.timezone, schedule.away.rows
    for layer in schedule.layers:
        here = of_layer(layer, zone, at, away)
        if here:
            people, source = set(here), f"layer:{layer.name}"
    for temporary in schedule.temporary:
        if in_force_at(zone, temporary, at):
            shifts = [shift for shift in temporary.shifts if in_force_at(zone, shift, at)]
            people, source = {user for shift in shifts for user in shift.users}, f"temporary:{temporary.name}"
    for override in schedule.overrides:
        if not in_force_at(zone, override, at):
            continue
        if override.replaces is None:
            people, source = set(override.users), "override"
        elif override.replaces in people:
            people, source = people - {override.replaces} | set(override.users), "override"
    instead = {stand_in(user, away, at) for user in people}
    if instead != people:
        people, source = instead, "delegate"
    return tuple(sorted(people)), source if people else ""

"""What being on call costs each person: hours, and those of them that are worse than others.

Times are aware instants; lengths are hours that pass, so a night in which the clock is put forward is an hour shorter.
What is night, weekend or holiday is so on the person's own wall clock, wherever the schedule lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tocsin.oncall.model import Layer, Span, Window
from tocsin.oncall.ranges import Range, common, total, united
from tocsin.oncall.turns import Turns
from tocsin.oncall.walltime import (
    FOREVER,
    clock_for,
    instant,
    instant_number,
    instant_of,
    wall_number,
)
from tocsin.oncall.windows import hours, weekly

#: 22:00 to 06:00, every day.
NIGHT = (Window(frozenset(range(7)), 22 * 60, 30 * 60),)
#: Saturday and Sunday, from midnight to midnight.
WEEKEND = (Window(frozenset({5, 6}), 0, 24 * 60),)

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The clock on a person's wall, an IANA zone, and their public holidays; None: it is not known which."""

    timezone: str
    holidays: tuple[date, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Load:
    """What one person carries in a range.

    ``total`` counts an hour on two schedules once; ``nights``, ``weekends`` and ``holidays`` (None: not known) are
    parts of it, and an hour may be in all three. These add up over ranges that follow each other; the others do not:
    ``shifts`` are the stretches without a pause on each schedule (one that the range cuts is one), ``longest`` is the
    longest stretch without a pause on all of them together.
    """

    total: timedelta = _NOTHING
    nights: timedelta = _NOTHING
    weekends: timedelta = _NOTHING
    holidays: timedelta | None = _NOTHING
    shifts: int = 0
    longest: timedelta = _NOTHING


def loads(
    schedules: Iterable[Sequence[Span]], people: Mapping[str, Calendar], start: datetime, end: datetime
) -> dict[str, Load]:
    """The load of each of the people, from the spans of several schedules, which lie in [start, end) (aware).

    ``people`` are all who are asked about, in the order of the answer; spans of others count for nobody. Raises
    zoneinfo.ZoneInfoNotFoundError for an unknown zone, ValueError for a naive time.
    """
    theirs: dict[str, list[list[Range]]] = {user: [] for user in people}
    for spans in schedules:
        for user, ranges in shifts(spans).items():
            if user in theirs:
                theirs[user].append(ranges)
    # Zones are few and people many: the nights of each zone are worked out once.
    nights: dict[str, list[Range]] = {}
    weekends: dict[str, list[Range]] = {}
    found: dict[str, Load] = {}
    for user, calendar in people.items():
        zone = calendar.timezone
        if zone not in nights:
            nights[zone] = hours_between(NIGHT, zone, start, end)
            weekends[zone] = hours_between(WEEKEND, zone, start, end)
        on_call = united(one for ranges in theirs[user] for one in ranges)
        off = calendar.holidays
        found[user] = Load(
            total=total(on_call),
            nights=total(common(on_call, nights[zone])),
            weekends=total(common(on_call, weekends[zone])),
            holidays=None if off is None else total(common(on_call, _days(off, zone, start, end))),
            shifts=sum(len(ranges) for ranges in theirs[user]),
            longest=max((stop - begin for begin, stop in on_call), default=_NOTHING),
        )
    return found


def shifts(spans: Iterable[Span]) -> dict[str, list[Range]]:
    """Each person's stretches on call without a pause, in order, whoever else is on call with them."""
    found: dict[str, list[Range]] = {}
    for span in spans:
        for user in span.users:
            found.setdefault(user, []).append((span.start, span.end))
    return {user: united(ranges) for user, ranges in found.items()}


def hours_between(windows: Iterable[Window], timezone: str, start: datetime, end: datetime) -> list[Range]:
    """When weekly hours are in force in [start, end) (aware): in order, apart, clipped, aware UTC.

    Raises zoneinfo.ZoneInfoNotFoundError for an unknown zone, ValueError for a naive time.
    """
    begin, stop = instant_number(start), instant_number(end)
    found: list[Range] = []
    for opens, closes in hours(weekly(tuple(windows)), clock_for(timezone, begin, stop), begin, stop):
        if (first := max(opens, begin)) < (last := min(closes, stop)):
            found.append((instant(first), instant(last)))
    return found


def in_force(layer: Layer, timezone: str, start: datetime, end: datetime) -> Range | None:
    """The part of [start, end) (aware) that lies between the layer's ``starts`` and ``until``; None when none does, or
    the layer never has anybody."""
    if not layer.users or layer.active == ():
        return None
    begin, stop = instant_number(start), instant_number(end)
    clock = clock_for(timezone, begin, stop)
    begin = max(begin, clock.first(wall_number(layer.starts)))
    stop = min(stop, FOREVER if layer.until is None else clock.last(wall_number(layer.until)))
    return (instant(begin), instant(stop)) if begin < stop else None


def goes_round(layer: Layer, timezone: str, start: datetime, end: datetime) -> bool:
    """Whether the layer turns at least once per person within the part of [start, end) (aware) in which it is in force.

    Only then do hours tell whether they are shared fairly. Where all turns are the same people's, there is nothing to
    wait for.
    """
    part = in_force(layer, timezone, start, end)
    if part is None or len({frozenset(people) for people in layer.users}) == 1:
        return True
    begin, stop = instant_number(part[0]), instant_number(part[1])
    turns, clock = Turns(layer), clock_for(timezone, begin, stop)
    turned = turns.served(turns.at(clock, stop)) - turns.served(turns.at(clock, begin))
    return turned >= len(layer.users)


def _days(days: Iterable[date], timezone: str, start: datetime, end: datetime) -> list[Range]:
    """The days that may have time in [start, end), from midnight to midnight on the zone's clock."""
    first, last = start.date() - 2 * _DAY, end.date() + 2 * _DAY
    midnights = (datetime.combine(day, time()) for day in days if first <= day <= last)
    return united((instant_of(timezone, at), instant_of(timezone, at + _DAY, end=True)) for at in midnights)

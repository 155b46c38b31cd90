"""Weekly hours: the windows in which a layer is active or a service has support, on the wall clock of a zone.

A window belongs to the day on which it begins. Its start is mapped to an instant as a start and its end as an
end (see `walltime`); windows that touch or overlap are one stretch of hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from tocsin.oncall.model import Window
from tocsin.oncall.walltime import DAY, MINUTE, REACH, WEEK, Clock, clock_for, instant, instant_number

# The windows of any week as (start, end) walls counted from its Monday 00:00.
Weekly = tuple[tuple[int, int], ...]


def in_windows(windows: Iterable[Window], timezone: str, at: datetime) -> bool:
    """Whether the hours are in force at `at` (aware); without windows they never are.

    Raises zoneinfo.ZoneInfoNotFoundError for an unknown zone, ValueError for a naive `at`.
    """
    now = instant_number(at)
    return bool(hours(weekly(tuple(windows)), clock_for(timezone, now, now), now, now + 1))


def next_start(windows: Iterable[Window], timezone: str, after: datetime) -> datetime | None:
    """The first instant (aware, UTC) strictly after `after` (aware) at which some window begins and the hours
    were not in force already.

    A window that begins just as another one ends prolongs the hours and starts nothing. None when nothing
    ever starts them: there is no window, or together they never stop. Raises as `in_windows`.
    """
    week = weekly(tuple(windows))
    now = instant_number(after)
    if not week or _endless(week):
        return None
    # Every week has a start unless a change of the clock swallows it; the longer stretches are for such
    # weeks.
    for stretch in (2 * WEEK, 10 * WEEK, 100 * WEEK, 1000 * WEEK):
        for begin, _ in hours(week, clock_for(timezone, now, now + stretch), now, now + stretch):
            if begin > now:
                return instant(begin)
    return None


def hours_end(windows: Iterable[Window], timezone: str, at: datetime) -> datetime | None:
    """The instant (aware, UTC) at which the hours that are in force at `at` (aware) stop.

    None when they are not in force then, or never stop, or not within 20 years. Raises as `in_windows`.
    """
    week = weekly(tuple(windows))
    now = instant_number(at)
    if not week or _endless(week):
        return None
    for stretch in (2 * WEEK, 10 * WEEK, 100 * WEEK, 1000 * WEEK):
        for begin, end in hours(week, clock_for(timezone, now, now + stretch), now, now + stretch):
            if begin > now:
                return None
            if end < now + stretch:
                return instant(end)
    return None


def endless(windows: Iterable[Window]) -> bool:
    """Whether the hours never stop."""
    week = weekly(tuple(windows))
    return bool(week) and _endless(week)


def after_hours(windows: Iterable[Window], timezone: str, at: datetime, span: timedelta) -> datetime:
    """The instant (aware, UTC) at which ``span`` of the hours has passed since ``at`` (aware): time outside them does
    not count, and what ends with the hours ends then. ``at`` itself for no span. Where nothing ever counts, or not
    within 20 years, it is ``span`` of any time: a wait that never ends would be silence. Raises as `in_windows`.
    """
    week = weekly(tuple(windows))
    now, left = instant_number(at), span // timedelta(microseconds=1)
    if left <= 0:
        return instant(now)
    for stretch in (2 * WEEK, 10 * WEEK, 100 * WEEK, 1000 * WEEK) if week else ():
        counted = 0
        for begin, end in hours(week, clock_for(timezone, now, now + stretch), now, now + stretch):
            start, stop = max(begin, now), min(end, now + stretch)
            if counted + stop - start >= left:
                return instant(start + left - counted)
            counted += stop - start
    return instant(now + left)


@lru_cache(maxsize=1024)
def weekly(windows: tuple[Window, ...]) -> Weekly:
    """The windows of any week: in order, apart from each other, the last possibly ending in a later week. A
    window without length is left out.

    Uniting them here, before any mapping, changes nothing: both mappings keep the order of walls, and no wall
    is earlier as an end than as a start.
    """
    found = sorted(
        (day * DAY + window.start * MINUTE, day * DAY + window.end * MINUTE)
        for window in windows
        for day in window.days
        if window.end > window.start
    )
    united: list[tuple[int, int]] = []
    for begin, end in found:
        if united and begin <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((begin, end))
    return tuple(united)


def hours(week: Weekly, clock: Clock, begin: int, end: int) -> list[tuple[int, int]]:
    """The stretches of hours that have time in [begin, end), all instants: in order, apart from each other,
    the outer two not clipped to the range."""
    if not week:
        return []
    low, high = clock.wall(begin) - REACH, clock.wall(end) + REACH
    opening, closing = week[0][0], week[-1][1]
    found: list[tuple[int, int]] = []
    reached = begin
    for monday in range((low - closing) // WEEK * WEEK, high, WEEK):
        offset = clock.steady(monday, monday + closing)
        if offset is None:
            stretches = [
                (clock.first(monday + start), clock.last(monday + stop))
                for start, stop in week
                if monday + stop > low and monday + start < high
            ]
        else:
            base = monday - offset
            stretches = [(base + start, base + stop) for start, stop in week]
            if reached < base + opening and base + closing <= end:
                found += stretches
                reached = base + closing
                continue
        for start, stop in stretches:
            if stop <= reached or start >= end or start >= stop:
                continue
            if found and start <= reached:
                found[-1] = (found[-1][0], stop)
            else:
                found.append((start, stop))
            reached = stop
    return found


def contains_time(week: Weekly, begin: int, end: int) -> bool:
    """Whether the walls [begin, end) hold time of the hours, on a wall clock that never changes."""
    if not week or begin >= end:
        return False
    if end - begin >= WEEK:
        return True
    phase, length = begin % WEEK, end - begin
    weeks_back = week[-1][1] // WEEK + 1
    return any(
        start - back * WEEK < phase + length and stop - back * WEEK > phase
        for back in range(-1, weeks_back + 1)
        for start, stop in week
    )


def _endless(week: Weekly) -> bool:
    """Whether the hours run on from week to week without a pause."""
    reached = week[-1][1] - WEEK
    for start, stop in week:
        if start > reached:
            return False
        reached = max(reached, stop)
    return reached >= WEEK

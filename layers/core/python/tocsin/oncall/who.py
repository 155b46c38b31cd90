"""Who is on call at one instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.oncall.layers import people_at
from tocsin.oncall.model import Override, Schedule
from tocsin.oncall.walltime import REACH, SECOND, Clock, clock_for, instant_number, wall_number

_REACH = timedelta(seconds=REACH // SECOND)


def on_call(schedule: Schedule, at: datetime) -> tuple[str, ...]:
    """The people on call at `at` (aware): sorted, none twice, () when nobody is.

    The last layer in the list that has somebody wins; the overrides in force are then applied in the list's
    order, each to what the ones before it left. The work does not grow with the schedule's age.

    Raises zoneinfo.ZoneInfoNotFoundError for an unknown zone, ValueError for a naive `at`.
    """
    now = instant_number(at)
    clock = clock_for(schedule.timezone, now, now)
    overrides = []
    for override in reversed(near(schedule.overrides, at, at)):
        if clock.first(wall_number(override.start)) <= now < clock.last(wall_number(override.end)):
            overrides.append(override)
            if override.replaces is None:
                break
    people: tuple[str, ...] = ()
    if not overrides or overrides[-1].replaces is not None:
        people = _of_layers(schedule, clock, now)
    for override in reversed(overrides):
        people = applied(override, people)
    return people


def applied(override: Override, people: tuple[str, ...]) -> tuple[str, ...]:
    """The people (sorted, none twice) once an override in force has been applied to them."""
    if override.replaces is None:
        return tuple(sorted(set(override.users)))
    if override.replaces not in people:
        return people
    return tuple(sorted({person for person in people if person != override.replaces}.union(override.users)))


def near(overrides: tuple[Override, ...], begin: datetime, end: datetime) -> list[Override]:
    """The overrides that may have time in [begin, end] (aware), in order; all others certainly have none.

    Walls are compared with UTC as they are, being never further from it than `REACH`: the years of overrides
    that a schedule gathers cost next to nothing.
    """
    low, high = _shifted(begin, -_REACH), _shifted(end, _REACH)
    return [override for override in overrides if override.start <= high and override.end >= low]


def _of_layers(schedule: Schedule, clock: Clock, now: int) -> tuple[str, ...]:
    for layer in reversed(schedule.layers):
        if people := people_at(layer, clock, now):
            return people
    return ()


def _shifted(at: datetime, by: timedelta) -> datetime:
    utc = at.astimezone(UTC).replace(tzinfo=None)
    try:
        return utc + by
    except OverflowError:
        return datetime.max if by > timedelta() else datetime.min  # noqa: DTZ901  walls are naive on purpose

"""Who is on call at one instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from tocsin.oncall.absences import Absences
from tocsin.oncall.layers import people_at
from tocsin.oncall.model import Override, Schedule, Temporary
from tocsin.oncall.temporary import people_of
from tocsin.oncall.walltime import REACH, SECOND, Clock, clock_for, closing, instant_number, opening

Dated = TypeVar("Dated", Override, Temporary)

_REACH = timedelta(seconds=REACH // SECOND)


def on_call(schedule: Schedule, at: datetime) -> tuple[str, ...]:
    """The people on call at `at` (aware): sorted, none twice, () when nobody is.

    The last layer in the list that has somebody wins, unless a temporary schedule is in force; the overrides in
    force are then applied in the list's order, each to what the ones before it left; at last delegates stand in for
    those who are away. The work does not grow with the schedule's age.

    Raises zoneinfo.ZoneInfoNotFoundError for an unknown zone, ValueError for a naive `at`.
    """
    now = instant_number(at)
    clock = clock_for(schedule.timezone, now, now)
    overrides = []
    for override in reversed(near(schedule.overrides, at, at)):
        if opening(clock, override.start) <= now < closing(clock, override.end):
            overrides.append(override)
            if override.replaces is None:
                break
    people: tuple[str, ...] = ()
    if not overrides or overrides[-1].replaces is not None:
        people = _without_overrides(schedule, clock, at, now)
    for override in reversed(overrides):
        people = applied(override, people)
    return delegated(schedule.away, people, now)


def delegated(absences: Absences, people: tuple[str, ...], at: int) -> tuple[str, ...]:
    """The people (sorted, none twice) once delegates stand in for those away at an instant."""
    if not people or not absences.delegates:
        return people
    return tuple(sorted({absences.stand_in(person, at) for person in people}))


def applied(override: Override, people: tuple[str, ...]) -> tuple[str, ...]:
    """The people (sorted, none twice) once an override in force has been applied to them."""
    if override.replaces is None:
        return tuple(sorted(set(override.users)))
    if override.replaces not in people:
        return people
    return tuple(sorted({person for person in people if person != override.replaces}.union(override.users)))


def near(overrides: Sequence[Dated], begin: datetime, end: datetime) -> list[Dated]:
    """The overrides, or what else has a start and an end, that may have time in [begin, end] (aware), in order;
    all others certainly have none.

    Walls are compared with UTC as they are, being never further from it than `REACH`: the years of overrides
    that a schedule gathers cost next to nothing.
    """
    low, high = _shifted(begin, -_REACH), _shifted(end, _REACH)
    return [one for one in overrides if _bare(one.start) <= high and _bare(one.end) >= low]


def _without_overrides(schedule: Schedule, clock: Clock, at: datetime, now: int) -> tuple[str, ...]:
    for temporary in reversed(near(schedule.temporary, at, at)):
        if (people := people_of(temporary, clock, now)) is not None:
            return people
    for layer in reversed(schedule.layers):
        if people := people_at(layer, clock, now, schedule.timezone, schedule.away):
            return people
    return ()


def _bare(at: datetime) -> datetime:
    """A wall as it is, an instant as UTC shows it."""
    return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)


def _shifted(at: datetime, by: timedelta) -> datetime:
    utc = at.astimezone(UTC).replace(tzinfo=None)
    try:
        return utc + by
    except OverflowError:
        return datetime.max if by > timedelta() else datetime.min  # noqa: DTZ901  walls are naive on purpose

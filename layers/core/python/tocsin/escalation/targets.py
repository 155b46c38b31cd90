"""Whom a step's targets name at an instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tocsin.escalation.model import Book, Target
from tocsin.oncall.model import Schedule
from tocsin.oncall.walltime import Clock, clock_for, closing, instant_number, opening
from tocsin.oncall.who import on_call

#: How far the next on call are looked for: more than a rotation by months, twice.
NEXT_WITHIN = timedelta(days=100)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a step targets: the index of the target that named them first, and their place among all."""

    id: str
    target: int
    place: int


def people_of(targets: tuple[Target, ...], book: Book, at: datetime) -> tuple[Person, ...]:
    """The people whom the targets name at ``at``, in their order, nobody twice. A chat channel is nobody."""
    found: dict[str, Person] = {}
    for index, target in enumerate(targets):
        for user in _users(target, book, at):
            if user not in found:
                found[user] = Person(user, index, len(found))
    return tuple(found.values())


def _users(target: Target, book: Book, at: datetime) -> tuple[str, ...]:
    match target.kind:
        case "user":
            return _stand_ins((target.name,), book, at)
        case "team":
            return _stand_ins(book.teams.get(target.name, ()), book, at)
        case "schedule" if target.name in book.schedules:
            return on_call(book.schedules[target.name], at)
        case "next" if target.name in book.schedules:
            return next_on_call(book.schedules[target.name], at)
        case "everyone" if target.name in book.schedules:
            return _everyone(book.schedules[target.name], book, at)
    return ()


def next_on_call(schedule: Schedule, at: datetime) -> tuple[str, ...]:
    """Who takes over from those on call at ``at``: of the first span after it that has somebody else, whoever is not
    on call yet. Empty when nobody else comes within ``NEXT_WITHIN``."""
    from tocsin.oncall.timeline import timeline  # few policies ask for them

    now = set(on_call(schedule, at))
    start = at.astimezone(UTC)
    # Most rotations hand over within two weeks: the long look is for those that do not.
    for reach in (timedelta(days=15), NEXT_WITHIN):
        for span in timeline(schedule, start, start + reach)[0]:
            if others := tuple(one for one in span.users if one not in now):
                return others
    return ()


def _everyone(schedule: Schedule, book: Book, at: datetime) -> tuple[str, ...]:
    """Those on call first, then everybody whom a layer in force has, in its order. Whoever is away is left out, or
    their delegate is there."""
    now = instant_number(at)
    clock = clock_for(schedule.timezone, now, now)
    listed = (
        user
        for layer in schedule.layers
        if _in_force(clock, layer.starts, layer.until, now)
        for turn in layer.users
        for user in turn
        if not schedule.away.passed_over(user, now)
    )
    return _once((*on_call(schedule, at), *_stand_ins(tuple(listed), book, at)))


def _in_force(clock: Clock, starts: datetime, until: datetime | None, now: int) -> bool:
    return opening(clock, starts) <= now and (until is None or now < closing(clock, until))


def _stand_ins(users: tuple[str, ...], book: Book, at: datetime) -> tuple[str, ...]:
    """Whoever is away with a delegate is reached through the delegate; without one, they are asked all the same."""
    if not book.away.delegates:
        return users
    now = instant_number(at)
    return tuple(book.away.stand_in(user, now) for user in users)


def _once(users: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(users))

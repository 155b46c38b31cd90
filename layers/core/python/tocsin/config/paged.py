"""What a change means for those who are paged: service by service, who is paged otherwise than before, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tocsin.config.moments import Moments
from tocsin.config.outcomes import Outcome, Piece, outcomes
from tocsin.config.situations import situations_of
from tocsin.escalation.conditions import ANY, Situation
from tocsin.escalation.model import Book, Hours, Service
from tocsin.oncall.ranges import Range, rest, united

DAYS = 14


@dataclass(frozen=True, slots=True)
class Difference:
    """An incident that opens in [start, end) (aware UTC) and that nobody acknowledges pages otherwise than before."""

    start: datetime
    end: datetime
    old: Outcome
    new: Outcome


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """What is different for a service's incidents that are in a situation, in the order of time, never empty."""

    service: str
    situation: Situation
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A service that is new, or gone: whom each step of its policy pages in that time, step 0 being the last resort."""

    service: str
    policy: str
    steps: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Nobody:
    """When an incident of the service would begin with a round that reaches nobody, and the part of it that is new."""

    service: str
    situation: Situation
    ranges: tuple[Range, ...]
    fresh: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Paging:
    """All that [start, end) holds. ``nobody`` is of every service there is, the rest of those that are different."""

    start: datetime
    end: datetime
    changed: tuple[ServiceChange, ...]
    added: tuple[Whole, ...]
    removed: tuple[Whole, ...]
    nobody: tuple[Nobody, ...]

    def __bool__(self) -> bool:
        """Whether anybody is paged otherwise."""
        return bool(self.changed or self.added or self.removed)


def paging(before: Book, after: Book, start: datetime, days: int = DAYS) -> Paging:
    """Compares two books over the ``days`` from ``start`` (aware) on. Contacts count as verified, push as absent."""
    end = start + timedelta(days=days)
    old, new = _Ahead(before, start, end), _Ahead(after, start, end)
    both = [name for name in after.services if name in before.services]
    return Paging(
        start,
        end,
        tuple(change for name in both for change in _changes(old, new, name)),
        tuple(_whole(new, name) for name in after.services if name not in before.services),
        tuple(_whole(old, name) for name in before.services if name not in after.services),
        tuple(row for name in after.services for row in _nobody(old, new, name)),
    )


class _Ahead:
    """What one book's services come to. Services with one policy and the same hours are worked out once."""

    def __init__(self, book: Book, start: datetime, end: datetime) -> None:
        self.book = book
        self.start = start
        self.end = end
        self._moments = Moments(book, start)
        self._known: list[tuple[tuple[str, Hours | None, Situation, bool], list[Piece]]] = []

    def pieces(self, service: Service, situation: Situation, *, first: bool = False) -> list[Piece]:
        key = (service.policy, service.support_hours, situation, first)
        for known, found in self._known:
            if known == key:
                return found
        made = outcomes(self.book, service.name, self.start, self.end, situation, self._moments, first=first)
        self._known.append((key, made))
        return made

    def nobody(self, service: Service, situation: Situation) -> list[Range]:
        pieces = self.pieces(service, situation, first=True)
        return united((piece.start, piece.end) for piece in pieces if not piece.outcome.reaches)


def _changes(old: _Ahead, new: _Ahead, name: str) -> Iterator[ServiceChange]:
    before, after = old.book.services[name], new.book.services[name]
    if _rests_on(old.book, before) == _rests_on(new.book, after):
        return
    policies = [(one.book.policies[one.book.services[name].policy], one.book) for one in (old, new)]
    for situation in situations_of(policies, new.start):
        found = compared(old.pieces(before, situation), new.pieces(after, situation))
        if found:
            yield ServiceChange(name, situation, tuple(found))


def _rests_on(book: Book, service: Service) -> tuple[Any, ...]:
    """Everything that decides whom the service pages: where it is equal, so is all that follows from it."""
    policy = book.policies[service.policy]
    targets = {target for step in policy.steps for target in step.page}.union(policy.last_resort)
    schedules = {one.name: book.schedules[one.name] for one in targets if one.name in book.schedules}
    teams = {one.name: book.teams[one.name] for one in targets if one.name in book.teams}
    people = {one.name for one in targets if one.kind == "user"}
    people.update(user for members in teams.values() for user in members)
    people.update(row.delegate for row in book.away.rows if row.delegate is not None)
    for schedule in schedules.values():
        people.update(user for layer in schedule.layers for turn in layer.users for user in turn)
        people.update(user for override in schedule.overrides for user in override.users)
        people.update(user for one in schedule.temporary for shift in one.shifts for user in shift.users)
    # Whatever else a person has, what they are called decides nothing.
    users = {id: replace(book.users[id], name="") for id in people if id in book.users}
    return replace(policy, name=""), service.support_hours, schedules, teams, users, book.away


def compared(old: Sequence[Piece], new: Sequence[Piece]) -> list[Difference]:
    """Where two divisions of one stretch of time differ, neighbours that differ in the same way being one."""
    found: list[Difference] = []
    one = other = 0
    while one < len(old) and other < len(new):
        was, will = old[one], new[other]
        start, end = max(was.start, will.start), min(was.end, will.end)
        if _differ(was, will, start) or _differ(was, will, end):
            last = found[-1] if found else None
            if last is not None and (last.end, last.old, last.new) == (start, was.outcome, will.outcome):
                found[-1] = replace(last, end=end)
            else:
                found.append(Difference(start, end, was.outcome, will.outcome))
        one += was.end == end
        other += will.end == end
    return found


def _differ(was: Piece, will: Piece, at: datetime) -> bool:
    """Whether an incident that opens at ``at`` pages otherwise: other people, in another way, or at other times."""
    return _sent(was, at) != _sent(will, at)


def _sent(piece: Piece, at: datetime) -> list[tuple[Any, ...]]:
    return [
        (
            page.round,
            page.step,
            page.user,
            page.via,
            page.contact,
            time + (at - piece.start) if moves else time,
        )
        for page, (time, moves) in zip(piece.outcome.pages, piece.times, strict=True)
    ]


def _whole(ahead: _Ahead, name: str) -> Whole:
    service = ahead.book.services[name]
    steps: dict[int, dict[str, None]] = {}
    for piece in ahead.pieces(service, ANY):
        for page in piece.outcome.pages:
            steps.setdefault(page.step, {})[page.user] = None
    ordered = sorted(steps, key=lambda step: (step == 0, step))
    return Whole(name, service.policy, tuple((step, tuple(steps[step])) for step in ordered))


def _nobody(old: _Ahead, new: _Ahead, name: str) -> Iterator[Nobody]:
    service = new.book.services[name]
    policy = new.book.policies[service.policy]
    plain: list[Range] = []
    for situation in situations_of([(policy, new.book)], new.start):
        ranges = new.nobody(service, situation)
        if not ranges or (situation != ANY and ranges == plain):
            continue
        if situation == ANY:
            plain = ranges
        known = old.book.services.get(name)
        before = old.nobody(known, situation) if known is not None else []
        fresh = [part for start, end in ranges for part in rest(_within(before, start, end), start, end)]
        yield Nobody(name, situation, tuple(ranges), tuple(fresh))


def _within(ranges: Sequence[Range], start: datetime, end: datetime) -> list[Range]:
    return [(begins, ends) for begins, ends in ranges if ends > start and begins < end]

"""What people change from day to day, beside the file: overrides, time off, temporary schedules, shifts given away.

A change counts from the moment at which it was made, and a cancelled one until it was cancelled: whatever is asked
about the past has the same answer for ever. Changes come after the file's own, in the order in which they were made.
All times are instants.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.oncall.absences import Absences, Away
from tocsin.oncall.model import Override, Schedule, Shift, Temporary

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Made:
    """By whom and when a change was made, and cancelled, if it was. ``by`` is how the audit names them."""

    id: str
    at: datetime
    by: str
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None

    @property
    def cancelled(self) -> bool:
        return self.cancelled_at is not None

    def force(self, start: datetime, end: datetime) -> Span | None:
        """When something from ``start`` to ``end`` is in force; None for never."""
        begins = max(start, self.at)
        ends = min(end, self.cancelled_at) if self.cancelled_at is not None else end
        return (begins, ends) if begins < ends else None


@dataclass(frozen=True, slots=True)
class OverrideMade:
    """As ``Override``, on one schedule."""

    made: Made
    schedule: str
    users: tuple[str, ...]
    start: datetime
    end: datetime
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class LeaveMade:
    """As ``Away``: ``user`` is away from all schedules."""

    made: Made
    user: str
    start: datetime
    end: datetime
    delegate: str | None = None


@dataclass(frozen=True, slots=True)
class TemporaryMade:
    """As ``Temporary``, on one schedule."""

    made: Made
    schedule: str
    name: str
    start: datetime
    end: datetime
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """``user`` took the time from ``start`` to ``end``, at the moment ``at``."""

    user: str
    start: datetime
    end: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Swap:
    """What is offered in return: the time of ``user`` from ``start`` to ``end``."""

    user: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Cover:
    """``user`` asks others to take their time on call from ``start`` to ``end``; ``parts`` are taken.

    With a ``swap`` it is for the one whose time is offered in return, and is taken whole.
    """

    made: Made
    schedule: str
    user: str
    start: datetime
    end: datetime
    parts: tuple[Part, ...] = ()
    swap: Swap | None = None

    def open(self, now: datetime) -> list[Span]:
        """What nobody has taken and still is to come, in order; nothing once it is cancelled."""
        at = max(self.start, now)
        left: list[Span] = []
        if self.made.cancelled:
            return left
        for part in sorted(self.parts, key=lambda part: part.start):
            if part.start > at:
                left.append((at, part.start))
            at = max(at, part.end)
        if at < self.end:
            left.append((at, self.end))
        return left


Change = OverrideMade | LeaveMade | TemporaryMade | Cover


@dataclass(frozen=True, slots=True)
class Changes:
    """Those that may still matter, in the order in which they were made. ``version`` rises with each write.

    Absences before ``settled`` are in the orders that the current revision carries on; None: there are no such.
    """

    rows: tuple[Change, ...] = ()
    version: int = 0
    settled: datetime | None = None

    def find(self, id: str) -> Change | None:
        return next((row for row in self.rows if row.made.id == id), None)


NO_CHANGES = Changes()


def over(change: Change) -> datetime:
    """When the last of a change is over."""
    back = change.swap.end if isinstance(change, Cover) and change.swap is not None else change.end
    return max(change.end, back)


def with_change(changes: Changes, change: Change, now: datetime) -> Changes:
    """The changes with one more, or with one that was altered, without those that say nothing of ``now`` or later.

    Time off without a delegate moves the order of a layer, and is kept until an apply has carried the order over.
    """
    kept = [
        row for row in changes.rows if row.made.id != change.made.id and _matters(row, changes.settled, now)
    ]
    rows = sorted([*kept, change], key=lambda row: (row.made.at, row.made.id))
    return Changes(tuple(rows), changes.version + 1, changes.settled)


def _matters(change: Change, settled: datetime | None, now: datetime) -> bool:
    if isinstance(change, LeaveMade) and change.delegate is None:
        return settled is None or change.end > min(now, settled)
    return over(change) > now


def with_changes(
    schedule: Schedule, rows: Iterable[Change], absences: Absences, users: Collection[str]
) -> Schedule:
    """The schedule with what was changed; ``absences`` are those of all people, changes included.

    Who is not among ``users`` any more is passed over.
    """
    overrides: list[tuple[datetime, int, Override]] = []
    temporary: list[Temporary] = []
    for place, row in enumerate(rows):
        if isinstance(row, LeaveMade) or row.schedule != schedule.name:
            continue
        if isinstance(row, TemporaryMade):
            if (span := row.made.force(row.start, row.end)) is not None:
                shifts = (replace(one, users=_known(one.users, users)) for one in row.shifts)
                temporary.append(Temporary(row.name, *span, tuple(one for one in shifts if one.users)))
            continue
        overrides.extend((at, place, one) for at, one in _overrides(row, users))
    if not overrides and not temporary and absences is schedule.away:
        return schedule
    made = tuple(one for _, _, one in sorted(overrides, key=lambda one: one[:2]))
    return replace(
        schedule,
        overrides=schedule.overrides + made,
        temporary=(*schedule.temporary, *temporary),
        away=absences,
    )


def with_leaves(absences: Absences, rows: Iterable[Change], users: Collection[str]) -> Absences:
    """The absences with those that were noted from day to day."""
    noted: list[Away] = []
    for row in rows:
        if not isinstance(row, LeaveMade) or row.user not in users:
            continue
        if (span := row.made.force(row.start, row.end)) is not None:
            noted.append(Away(row.user, *span, row.delegate if row.delegate in users else None))
    return Absences((*absences.rows, *noted)) if noted else absences


def _overrides(row: OverrideMade | Cover, users: Collection[str]) -> Iterator[tuple[datetime, Override]]:
    """What a change puts on its schedule, each with the moment at which it was put there."""
    if isinstance(row, OverrideMade):
        people, span = _known(row.users, users), row.made.force(row.start, row.end)
        if people and span is not None:
            yield row.made.at, Override(people, *span, row.replaces)
        return
    for part in row.parts:
        taken = replace(row.made, at=part.at)
        if part.user in users and (span := taken.force(part.start, part.end)) is not None:
            yield part.at, Override((part.user,), *span, row.user)
    if row.swap is not None and row.parts and row.user in users:
        taken = replace(row.made, at=row.parts[0].at)
        if (span := taken.force(row.swap.start, row.swap.end)) is not None:
            yield taken.at, Override((row.user,), *span, row.swap.user)


def _known(people: tuple[str, ...], users: Collection[str]) -> tuple[str, ...]:
    return tuple(user for user in people if user in users)

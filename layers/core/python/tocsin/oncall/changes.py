"""What people change from day to day, beside the file: overrides, time off, temporary schedules, shifts given away.

A change counts from the moment at which it was made, and a cancelled one until it was cancelled: whatever is asked
about the past has the same answer for ever. Changes come after the file's own, in the order in which they were made.
All times are instants.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.oncall.model import Shift

Span = tuple[datetime, datetime]

#: By whom a change was made, and taken back, that a calendar elsewhere asked for: this, and the feed's name.
FEED = "feed:"
#: An incident asks the revision with which it was opened, whose orders may still need a leave: for as long as anybody
#: leaves one open.
_INCIDENT = timedelta(days=90)
#: For so long what a feed took back is looked back at: notices tell what fell due in the last hour.
_LOOKED_BACK = timedelta(days=1)
#: For so long what is over is kept: a handoff at its end may still be to be told, for an hour and a little.
_TOLD = timedelta(hours=2)


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

    @property
    def fed(self) -> bool:
        """Whether a feed made it, and nobody by hand."""
        return self.by.startswith(FEED)

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
    ``push`` are those who have switched push on in a browser.
    """

    rows: tuple[Change, ...] = ()
    version: int = 0
    settled: datetime | None = None
    push: frozenset[str] = frozenset()

    def find(self, id: str) -> Change | None:
        return next((row for row in self.rows if row.made.id == id), None)


NO_CHANGES = Changes()


def over(change: Change) -> datetime:
    """When the last of a change is over."""
    back = change.swap.end if isinstance(change, Cover) and change.swap is not None else change.end
    return max(change.end, back)


def with_change(changes: Changes, change: Change, now: datetime) -> Changes:
    """The changes with one more, or with one that was altered, without those that were over long before ``now``.

    Time off without a delegate moves the order of a layer, and is kept until an apply has carried the order over.
    """
    return with_each(changes, (change,), now)


def with_each(changes: Changes, altered: Collection[Change], now: datetime) -> Changes:
    """As ``with_change``, of several at once: none has the id of another."""
    ids = {change.made.id for change in altered}
    kept = [row for row in changes.rows if row.made.id not in ids and _matters(row, changes.settled, now)]
    rows = sorted([*kept, *altered], key=lambda row: (row.made.at, row.made.id))
    return replace(changes, rows=tuple(rows), version=changes.version + 1)


def with_push(changes: Changes, user: str, on: bool) -> Changes:
    """The changes with ``user`` among those who have push, or not; the same where that is so already."""
    if (user in changes.push) == on:
        return changes
    push = changes.push | {user} if on else changes.push - {user}
    return replace(changes, push=push, version=changes.version + 1)


def _matters(change: Change, settled: datetime | None, now: datetime) -> bool:
    if _given_up(change.made, now) and (
        not isinstance(change, LeaveMade) or change.made.force(change.start, change.end) is None
    ):
        return False
    if isinstance(change, LeaveMade) and change.delegate is None:
        return settled is None or change.end > min(now, settled) - _INCIDENT
    return over(change) > now - _TOLD


def _given_up(made: Made, now: datetime) -> bool:
    """Whether a feed took it back, long ago. What somebody took back by hand is kept, and not asked for again."""
    return (
        made.cancelled_at is not None
        and (made.cancelled_by or "").startswith(FEED)
        and made.cancelled_at <= now - _LOOKED_BACK
    )

"""What people change from day to day: made, taken, cancelled. Each is one conditional write, and says what it means.

Whoever asks is named in the change. What is over already is refused: the past is not changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.config.history import book_with
from tocsin.config.model import Config
from tocsin.config.shifts import ShiftChange, shift_changes
from tocsin.engine.ports import ATTEMPTS, TooBusy
from tocsin.oncall.changes import (
    Change,
    Changes,
    Cover,
    LeaveMade,
    OverrideMade,
    Part,
    TemporaryMade,
    over,
    with_change,
)
from tocsin.oncall.timeline import timeline
from tocsin.store.ports import Clock, Conflict, Store

#: The longest change: leave of two years.
LONGEST = timedelta(days=2 * 366)

#: So far ahead a change may reach: nobody plans further, and a year that was mistyped is further.
FARTHEST = timedelta(days=3 * 366)

_WHOLE = "one of the two times has begun: a swap is of whole times"


class Refused(Exception):
    """A change that is not made: the message says what is wrong with it, and how to mend it."""


def make(store: Store, clock: Clock, change: Change) -> Changes:
    """Makes a change. Made again, under the same id, it is done already. Raises Refused, Full, TooBusy.

    It counts from when it is written, whenever somebody first asked for it: what was decided since then knew nothing
    of it.
    """

    def decide(config: Config, changes: Changes, now: datetime) -> Change | None:
        if changes.find(change.made.id) is not None:
            return None
        check(config, change, now)
        return replace(change, made=replace(change.made, at=now))

    return _write(store, clock, decide)


def cancel(store: Store, clock: Clock, id: str, by: str) -> Changes:
    """Takes a change back from now on; what has come of it stays. Raises Refused, TooBusy."""

    def decide(config: Config, changes: Changes, now: datetime) -> Change | None:
        return cancelled(changes, id, by, now)

    return _write(store, clock, decide)


def cancelled(changes: Changes, id: str, by: str, now: datetime) -> Change | None:
    """The change as it is when it is taken back; None when it was already. Raises Refused."""
    change = _find(changes, id)
    if change.made.cancelled:
        return None
    if over(change) <= now:
        raise Refused(f"{id} is over: the past is not changed")
    return replace(change, made=replace(change.made, cancelled_at=now, cancelled_by=by))


def take(
    store: Store, clock: Clock, id: str, user: str, start: datetime | None = None, end: datetime | None = None
) -> Changes:
    """``user`` takes somebody's time on call, or a part of it: the next open part by default.

    Raises Refused, TooBusy. Whoever takes again what is theirs already changes nothing.
    """

    wished: list[Part] = []

    def decide(config: Config, changes: Changes, now: datetime) -> Change | None:
        cover = _find(changes, id)
        if not isinstance(cover, Cover):
            raise Refused(f"{id} asks nobody to take anything")
        if any(part in cover.parts for part in wished):
            return None  # it was written, and the answer got lost
        found = taken(config, cover, user, start, end, now)
        wished.extend(found.parts[-1:] if found is not None else [])
        return found

    return _write(store, clock, decide)


def taken(
    config: Config, cover: Cover, user: str, start: datetime | None, end: datetime | None, now: datetime
) -> Cover | None:
    """The request with the part that ``user`` takes; None when it is theirs already. Raises Refused."""
    if user not in config.book.users:
        raise Refused(f"there is no user named {user!r}")
    if user == cover.user:
        raise Refused(f"it is {user}'s own time: cancel the request instead")
    if cover.made.cancelled:
        raise Refused(f"{cover.made.id} was cancelled by {cover.made.cancelled_by}")
    left = cover.open(now)
    mine = [part for part in cover.parts if part.user == user]
    if not left and mine:
        return None
    if start is not None and end is not None and any(part.start <= start < end <= part.end for part in mine):
        return None
    if not left:
        raise Refused(f"nothing is left to take of {cover.made.id}: {_whose(cover)}")
    if cover.swap is not None:
        if user != cover.swap.user:
            raise Refused(f"it is offered to {cover.swap.user}, for time of theirs")
        if now >= min(cover.start, cover.swap.start):
            raise Refused(_WHOLE)
        start, end = cover.start, cover.end
    begins = max(start or left[0][0], now)
    ends = end or next((closes for opens, closes in left if opens <= begins < closes), left[0][1])
    if not any(opens <= begins < ends <= closes for opens, closes in left):
        free = ", ".join(f"{opens.isoformat()} to {closes.isoformat()}" for opens, closes in left)
        raise Refused(f"that is not open any more, or never was: open are {free}")
    return replace(cover, parts=(*cover.parts, Part(user, begins, ends, now)))


def _whose(cover: Cover) -> str:
    return ", ".join(f"{part.user} has it" for part in cover.parts) or "its time is over"


def check(config: Config, change: Change, now: datetime) -> None:
    """Raises Refused for a change that cannot be made at ``now``."""
    book = config.book
    if change.end <= change.start:
        raise Refused("it ends before it begins")
    if change.end <= now:
        raise Refused("it is over already: the past is not changed")
    if change.end - change.start > LONGEST:
        raise Refused(f"it is too long: {LONGEST.days} days are the most")
    if over(change) > now + FARTHEST:
        raise Refused(f"it is too far away: {FARTHEST.days} days from now are the most")
    if not isinstance(change, LeaveMade) and change.schedule not in book.schedules:
        raise Refused(f"there is no schedule named {change.schedule!r}: there are {_names(book.schedules)}")
    for user in _people(change):
        if user not in book.users:
            raise Refused(f"there is no user named {user!r}")
    if isinstance(change, LeaveMade) and change.delegate == change.user:
        raise Refused(f"{change.user} cannot stand in for themselves")
    if isinstance(change, TemporaryMade):
        for shift in change.shifts:
            if not change.start <= shift.start < shift.end <= change.end:
                raise Refused("one of its shifts reaches beyond it, or ends before it begins")
    if isinstance(change, Cover):
        _is_theirs(config, change, now)


def _is_theirs(config: Config, cover: Cover, now: datetime) -> None:
    if cover.swap is not None and (
        cover.swap.user == cover.user or cover.swap.end <= max(cover.swap.start, now)
    ):
        raise Refused("a swap is with somebody else, for time of theirs that is still to come")
    wanted = [(cover.user, cover.start, cover.end)]
    if cover.swap is not None:
        wanted.append((cover.swap.user, cover.swap.start, cover.swap.end))
    schedule = config.book.schedules[cover.schedule]
    for user, start, end in wanted:
        spans, _ = timeline(schedule, max(start, now), max(end, now))
        if not any(user in span.users for span in spans):
            raise Refused(f"{user} is not on call on {cover.schedule} at any of that time")
    if cover.swap is not None and now >= min(cover.start, cover.swap.start):
        raise Refused(_WHOLE)


def _people(change: Change) -> tuple[str, ...]:
    if isinstance(change, OverrideMade):
        return (*change.users, *([change.replaces] if change.replaces else []))
    if isinstance(change, LeaveMade):
        return (change.user, *([change.delegate] if change.delegate else []))
    if isinstance(change, TemporaryMade):
        return tuple(user for shift in change.shifts for user in shift.users)
    return (change.user, *([change.swap.user] if change.swap else []))


def _names(known: object) -> str:
    return ", ".join(sorted(known)) or "none"  # type: ignore[call-overload]


def _find(changes: Changes, id: str) -> Change:
    change = changes.find(id)
    if change is None:
        raise Refused(f"there is no change {id!r} that still matters: look at the list of changes")
    return change


def _write(
    store: Store, clock: Clock, decide: Callable[[Config, Changes, datetime], Change | None]
) -> Changes:
    for attempt in range(ATTEMPTS):
        _, config, changes = store.in_force()
        now = clock.now()
        amended_config = replace(config, book=book_with(config, changes))
        change = decide(amended_config, changes, now)
        if change is None:
            return changes
        try:
            return store.put_change(change, changes, now)
        except Conflict:
            clock.pause(attempt)
    raise TooBusy(f"the changes were changed by others {ATTEMPTS} times in a row")


def meaning(config: Config, changes: Changes, change: Change, now: datetime) -> list[ShiftChange]:
    """What a change would mean for people, from ``now`` to its end and 14 days beyond."""
    before = book_with(config, changes).schedules
    after = book_with(config, with_change(changes, change, now)).schedules
    return shift_changes(before, after, now, max(over(change), now) + timedelta(days=14))

"""Schedules and absences with what people, and feeds, changed from day to day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from tocsin.oncall.absences import Absences, Away
from tocsin.oncall.changes import Change, Cover, LeaveMade, OverrideMade, TemporaryMade
from tocsin.oncall.model import Override, Schedule, Temporary


def with_changes(
    schedule: Schedule, rows: Iterable[Change], absences: Absences, users: Collection[str]
) -> Schedule:
    """The schedule with what was changed; ``absences`` are those of all people, changes included.

    Who is not among ``users`` any more is passed over. What a feed says comes before what people changed by hand,
    whenever that was: a feed that is read again takes nothing from them. A feed that is the schedule takes the place
    of the layers, and comes before the file's own temporary schedules.
    """
    overrides: list[tuple[bool, datetime, int, Override]] = []
    fed: list[Temporary] = []
    temporary: list[Temporary] = []
    for place, row in enumerate(rows):
        if isinstance(row, LeaveMade) or row.schedule != schedule.name:
            continue
        if isinstance(row, TemporaryMade):
            if (span := row.made.force(row.start, row.end)) is not None:
                shifts = (replace(one, users=_known(one.users, users)) for one in row.shifts)
                one = Temporary(row.name, *span, tuple(one for one in shifts if one.users))
                (fed if row.made.fed else temporary).append(one)
            continue
        overrides.extend((not row.made.fed, at, place, one) for at, one in _overrides(row, users))
    if not overrides and not temporary and not fed and absences is schedule.away:
        return schedule
    made = tuple(one for *_, one in sorted(overrides, key=lambda one: one[:3]))
    return replace(
        schedule,
        overrides=schedule.overrides + made,
        temporary=(*fed, *schedule.temporary, *temporary),
        away=absences,
    )


def with_leaves(
    absences: Absences, rows: Iterable[Change], users: Collection[str], settled: datetime | None = None
) -> Absences:
    """The absences with those that were noted from day to day.

    Those without a delegate that were over by ``settled`` are in the orders of the layers already.
    """
    noted: list[Away] = []
    for row in rows:
        if not isinstance(row, LeaveMade) or row.user not in users:
            continue
        span = row.made.force(row.start, row.end)
        if span is not None and (row.delegate is not None or settled is None or span[1] > settled):
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

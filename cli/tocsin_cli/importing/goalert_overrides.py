"""GoAlert's user overrides, which add somebody, remove somebody, or replace one by another, and its temporary
schedules, which take the place of everything for a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from tocsin_cli.importing import people
from tocsin_cli.importing.draft import Draft
from tocsin_cli.importing.export import Export
from tocsin_cli.importing.overrides import Change, pieces
from tocsin_cli.importing.overrides import people as person
from tocsin_cli.importing.report import Thing
from tocsin_cli.importing.rotations import spelled
from tocsin_cli.importing.rows import Row

#: Longer ones would be written day by day for too long.
_LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class _Override:
    """``add`` and ``remove`` (at least one of them) are our names."""

    start: datetime
    end: datetime
    add: str | None
    remove: str | None


@dataclass(frozen=True, slots=True)
class _Temporary:
    """A stretch in which its shifts take the place of everything."""

    name: str
    start: datetime
    end: datetime
    shifts: tuple[Change, ...]

    def row(self, zone: ZoneInfo) -> dict[str, Any]:
        return {
            "name": f"{self.name} from {self.start.astimezone(zone):%Y-%m-%d}",
            "from": spelled(self.start.astimezone(zone)),
            "to": spelled(self.end.astimezone(zone)),
            "shifts": [
                {
                    **person(one.users),
                    "from": spelled(one.start.astimezone(zone)),
                    "to": spelled(one.end.astimezone(zone)),
                }
                for one in self.shifts
                if _lasts(one, zone)
            ],
        }


def changes(
    draft: Draft, thing: Thing, row: Row, export: Export, document: Mapping[str, Any], at: datetime
) -> tuple[list[Change], list[dict[str, Any]]]:
    """The changes of a schedule with the layers of ``document`` that end after ``at``, and its temporary schedules."""
    zone = ZoneInfo(document["timezone"])
    temporary = [
        one
        for one in map(partial(_temporary, draft), row.rows("temporarySchedules"))
        if one.end > max(at, one.start)
    ]
    own = [one for one in export.rows("userOverrides") if _schedule(one) == thing.id]
    found: list[Change] = []
    empty: list[_Temporary] = []
    for cluster in _clusters([_override(draft, one) for one in [*own, *row.rows("userOverrides")]], at):
        if len(cluster) == 1 and cluster[0].add and cluster[0].remove:
            found.append(Change(cluster[0].start, cluster[0].end, (cluster[0].add,), cluster[0].remove))
            continue
        place = f"overrides from {cluster[0].start.astimezone(zone):%Y-%m-%d %H:%M}"
        if max(one.end for one in cluster) - cluster[0].start > _LONGEST:
            words = f"last longer than {_LONGEST.days} days: too long to be written day by day"
            draft.report.missing(thing, words, "change the layers instead, or write them by hand", place)
            continue
        for change in _resolved(document, cluster):
            if change.users:
                found.append(change)
            else:
                empty.append(_Temporary("nobody", change.start, change.end, ()))
        words = "add or remove somebody: here they name all who are on call then, and do not follow edits of the layers"
        draft.report.approximate(thing, words, place=place)
    # There, temporary schedules beat overrides; here, overrides beat temporary schedules.
    for one in temporary:
        found = [part for change in found for part in _outside(change, one)]
    whole = sorted([*temporary, *empty], key=lambda one: one.start)
    return found, [one.row(zone) for one in whole if _lasts(one, zone)]


def _schedule(row: Row) -> str | None:
    target = row.row("target")
    return row.of or (target.maybe("id") if target else None)


def _override(draft: Draft, row: Row) -> _Override:
    start, end = _time(row, "start"), _time(row, "end")
    add, remove = _user(draft, row, "add"), _user(draft, row, "remove")
    if add is None and remove is None:
        raise row.error("addUserID", "and removeUserID are both missing")
    return _Override(start, end, add, remove)


def _user(draft: Draft, row: Row, which: str) -> str | None:
    user = row.row(f"{which}User")
    id = row.maybe(f"{which}UserID") or (user.text("id") if user else None)
    return None if id is None else people.stranger(draft, id, user.maybe("name") if user else None)


def _time(row: Row, key: str) -> datetime:
    at = row.instant(key)
    if at is None:
        raise row.error(key, "is missing")
    return at


def _clusters(found: list[_Override], at: datetime) -> list[list[_Override]]:
    """Those that are still in force at ``at`` or later, by the time that they share."""
    clusters: list[list[_Override]] = []
    for one in sorted(found, key=lambda one: (one.start, one.end)):
        if one.end <= max(at, one.start):
            continue
        if clusters and one.start < max(other.end for other in clusters[-1]):
            clusters[-1].append(one)
        else:
            clusters.append([one])
    return clusters


def _resolved(document: Mapping[str, Any], cluster: Sequence[_Override]) -> list[Change]:
    """Who is on call where overrides change that, () for nobody."""
    times = sorted({time for one in cluster for time in (one.start, one.end)})
    found: list[Change] = []
    for start, end, present in pieces(document, times):
        now = [one for one in cluster if one.start <= start < one.end]
        instead: dict[str, str | None] = {one.remove: None for one in now if one.remove and not one.add}
        instead |= {one.remove: one.add for one in now if one.remove and one.add}
        kept = [instead.get(user, user) for user in present] + [one.add for one in now if not one.remove]
        users = tuple(sorted({user for user in kept if user is not None}))
        if users == present:
            continue
        if found and (found[-1].end, found[-1].users) == (start, users):
            start = found.pop().start
        found.append(Change(start, end, users))
    return found


def _lasts(one: _Temporary | Change, zone: ZoneInfo) -> bool:
    """Whether it takes time on the wall clock: not when it lies within the hour that the clock shows twice."""
    return spelled(one.start.astimezone(zone)) < spelled(one.end.astimezone(zone))


def _outside(change: Change, temporary: _Temporary) -> list[Change]:
    """What is left of a change before and after a temporary schedule."""
    if change.end <= temporary.start or temporary.end <= change.start:
        return [change]
    parts = [replace(change, end=temporary.start), replace(change, start=temporary.end)]
    return [part for part in parts if part.start < part.end]


def _temporary(draft: Draft, row: Row) -> _Temporary:
    start, end = _time(row, "start"), _time(row, "end")
    shifts = []
    for one in row.rows("shifts"):
        begin, stop = max(start, _time(one, "start")), min(end, _time(one, "end"))
        user = one.row("user")
        id = one.maybe("userID") or (user.text("id") if user else one.text("userID"))
        who = people.stranger(draft, id, user.maybe("name") if user else None)
        if begin < stop:
            shifts.append(Change(begin, stop, (who,)))
    return _Temporary("temporary", start, end, tuple(shifts))

"""Time off: absences that a user's row names, and the public holidays of their country."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from tocsin.config import scalars
from tocsin.config.facts import Facts
from tocsin.config.notes import Notes
from tocsin.config.problems import Path
from tocsin.oncall.absences import Absences, Away
from tocsin.oncall.walltime import instant_of

#: Longer than anybody's leave, and short enough to be looked at turn by turn.
MAX_ABSENCE = timedelta(days=2 * 366)

_AWAY = ("from", "to", "delegate")
_LIKE_AWAY = "{from: 2026-12-24, to: 2026-12-26}"
_DAY = timedelta(days=1)


def absences(rows: Mapping[str, Any], facts: Facts, notes: Notes) -> Absences:
    """Those of all users, in the order of the file. A user's times are on the wall clock of the user's own zone."""
    found: list[Away] = []
    for id, row in rows.items():
        if isinstance(row, Mapping):  # another problem is noted where the user is read
            zone = _zone(row)
            found.extend(_leave(id, row, zone, rows, notes))
            found.extend(_holidays(id, row, zone, facts, notes))
    return Absences(found)


def _leave(
    id: str, row: Mapping[str, Any], zone: str, users: Collection[str], notes: Notes
) -> Iterator[Away]:
    if "away" not in row:
        return
    path: Path = ("users", id, "away")
    for index, item in enumerate(notes.items(row["away"], path, f"[{_LIKE_AWAY}]")):
        inner = (*path, index)
        one = notes.fields(item, inner, _AWAY, ("from", "to"), like=_LIKE_AWAY)
        delegate = None
        if "delegate" in one:
            delegate = notes.reference(one["delegate"], (*inner, "delegate"), "user", users)
            if delegate == id:
                notes.add((*inner, "delegate"), "is the one who is away: name somebody else, or nobody")
        start = notes.scalar(one["from"], (*inner, "from"), scalars.wall_or_day) if "from" in one else None
        end = notes.scalar(one["to"], (*inner, "to"), scalars.wall_or_day) if "to" in one else None
        if start is None or end is None:
            continue
        begins, ends = start[0], end[0] + _DAY if end[1] else end[0]
        if ends <= begins:
            notes.add((*inner, "to"), "must be after from")
        elif ends - begins > MAX_ABSENCE:
            notes.add((*inner, "to"), f"is too late: an absence lasts {MAX_ABSENCE.days} days at most")
        else:
            yield Away(id, instant_of(zone, begins), instant_of(zone, ends, end=True), delegate)


def _holidays(id: str, row: Mapping[str, Any], zone: str, facts: Facts, notes: Notes) -> Iterator[Away]:
    if "holidays" not in row:
        return
    code = notes.scalar(row["holidays"], ("users", id, "holidays"), scalars.country)
    for day in facts.holidays.get(code or "", ()):
        begins = datetime.combine(day, time())
        yield Away(id, instant_of(zone, begins), instant_of(zone, begins + _DAY, end=True))


def _zone(row: Mapping[str, Any]) -> str:
    """The user's zone; UTC where none that exists is given."""
    try:
        return scalars.timezone(str(row["timezone"])) if "timezone" in row else "UTC"
    except ValueError:
        return "UTC"


def countries(document: Mapping[str, Any]) -> dict[str, Path]:
    """The countries whose public holidays the document's users keep, each with the place that names it first."""
    found: dict[str, Path] = {}
    users = document.get("users")
    for id, row in users.items() if isinstance(users, Mapping) else ():
        if isinstance(row, Mapping) and isinstance(code := row.get("holidays"), str):
            found.setdefault(code, ("users", id, "holidays"))
    return found

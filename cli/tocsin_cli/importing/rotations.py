"""A product's rotations, and the layers that say the same."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tocsin.oncall.model import Advance, Unit
from tocsin_cli.errors import CommandError
from tocsin_cli.importing import names
from tocsin_cli.importing.report import Report, Thing
from tocsin_cli.importing.weeks import ALWAYS, DAY, Hours, common, windows
from tocsin_cli.importing.weeks import hours as hours_of

#: More layers than anybody has in a schedule, and few enough to compare each with each.
MOST = 200

_HOURS: dict[Unit, int] = {"hour": 1, "day": 24, "week": 168}


@dataclass(frozen=True, slots=True)
class Rotation:
    """One rotation on the wall clock of its schedule. All times are walls.

    ``turns`` are the people of each turn, () for nobody; turn 0 begins at ``starts``. Before ``begins`` (None: before
    ``starts``) and from ``until`` on (None: never) nobody is on call, though turns are counted. ``hours`` of the week
    in which it is active. A rotation of a higher ``level`` wins; those of one level are on call together.
    """

    name: str
    turns: tuple[tuple[str, ...], ...]
    starts: datetime
    every: int = 1
    unit: Unit = "week"
    hours: Hours = ALWAYS
    advance: Advance = "calendar"
    begins: datetime | None = None
    until: datetime | None = None
    level: int = 0

    @property
    def opens(self) -> datetime:
        """From here on somebody may be on call."""
        return self.starts if self.begins is None else max(self.starts, self.begins)


def length(seconds: int) -> tuple[int, Unit] | None:
    """A turn's length in the largest unit that is exact, None when it is no whole number of hours."""
    for unit, hours in reversed(_HOURS.items()):
        if seconds > 0 and seconds % (hours * 3600) == 0:
            return seconds // (hours * 3600), unit
    return None


def in_hours(rotation: Rotation) -> int | None:
    """A turn's length in hours, None for months."""
    return None if rotation.unit == "month" else rotation.every * _HOURS[rotation.unit]


def current(rotations: Sequence[Rotation], at: datetime, report: Report, thing: Thing) -> list[Rotation]:
    """Those that have not ended at ``at``, each counted from its first turn where that changes nothing any more.

    Raises CommandError for more than anybody has.
    """
    if len(rotations) > MOST:
        raise CommandError(f"{thing} has {len(rotations)} layers: {MOST} is the most that is read")
    kept = []
    ended = []
    for rotation in rotations:
        if rotation.until is not None and rotation.until <= max(at, rotation.opens):
            ended.append(rotation.name)
        elif rotation.opens <= at:
            if rotation.begins is not None and rotation.begins > rotation.starts:
                words = (
                    f"begins on {rotation.begins:%Y-%m-%d %H:%M} and counts its turns from"
                    f" {rotation.starts:%Y-%m-%d %H:%M}: here it begins with the first turn, which changes nothing from"
                )
                report.check(thing, f"{words} {at:%Y-%m-%d} on", place=rotation.name)
            kept.append(replace(rotation, begins=None))
        else:
            kept += to_come(rotation)
    if ended:
        report.check(thing, f"left out, as it has ended: {', '.join(ended)}")
    return kept


def to_come(rotation: Rotation) -> list[Rotation]:
    """A rotation that begins later than its first turn: what is left of the turn in which it begins, and the rest."""
    begins = rotation.begins
    if begins is None or begins <= rotation.starts:
        return [replace(rotation, begins=None)]
    number = turn_at(rotation, begins)
    if boundary(rotation, number) < begins:
        number += 1
    starts = boundary(rotation, number)
    first = _counted_from(rotation, number)
    turns = rotation.turns[first:] + rotation.turns[:first]
    rest = replace(rotation, turns=turns, starts=starts, begins=None)
    if starts == begins:
        return [rest]
    until = starts if rotation.until is None else min(starts, rotation.until)
    part = replace(
        rotation,
        name=f"{rotation.name} (first turn)",
        turns=(rotation.turns[_whose(rotation, number - 1)],),
        starts=begins,
        begins=None,
        until=until,
    )
    return [part, rest] if rotation.until is None or rotation.until > starts else [part]


def boundary(rotation: Rotation, number: int) -> datetime:
    """The wall at which a turn begins; a month without the start's day hands over on its last."""
    hours = in_hours(rotation)
    if hours is not None:
        return rotation.starts + timedelta(hours=hours * number)
    year, month = divmod(rotation.starts.year * 12 + rotation.starts.month - 1 + number * rotation.every, 12)
    day = min(rotation.starts.day, monthrange(year, month + 1)[1])
    return rotation.starts.replace(year=year, month=month + 1, day=day)


def turn_at(rotation: Rotation, wall: datetime) -> int:
    """The number of the turn at a wall, negative before the first."""
    hours = in_hours(rotation)
    if hours is not None:
        return (wall - rotation.starts) // timedelta(hours=hours)
    months = (wall.year - rotation.starts.year) * 12 + wall.month - rotation.starts.month
    number = months // rotation.every
    return number if boundary(rotation, number) <= wall else number - 1


def _whose(rotation: Rotation, number: int) -> int:
    """The place of whoever has a turn."""
    if steady(rotation):
        return number % len(rotation.turns)
    before = sum(_counts(rotation, one) for one in range(number + 1))
    return max(0, before - 1) % len(rotation.turns)


def _counted_from(rotation: Rotation, number: int) -> int:
    """The place of whoever has the first turn that counts from a turn on."""
    while not steady(rotation) and rotation.hours and not _counts(rotation, number):
        number += 1
    return _whose(rotation, number)


def steady(rotation: Rotation) -> bool:
    """Whether its turns are counted by the calendar, whatever its hours are: whole weeks and months always count."""
    return rotation.advance == "calendar" or rotation.unit in ("week", "month")


def _counts(rotation: Rotation, number: int) -> bool:
    """Whether a turn has time in the rotation's hours."""
    begin = boundary(rotation, number)
    start = begin.weekday() * DAY + begin.hour * 60 + begin.minute
    size = (in_hours(rotation) or 0) * 60
    return bool(common(rotation.hours, hours_of([(start, start + size)])))


def rows(rotations: Sequence[Rotation], report: Report, thing: Thing) -> list[dict[str, Any]]:
    """The layers of the file, in the order given; a turn of nobody goes to those of the turn before it."""
    found = []
    taken: dict[str, int] = {}
    for rotation in rotations:
        turns = _filled(rotation, report, thing)
        if not turns or not rotation.hours:
            continue
        turns = turns[: _period(turns)]
        name = names.unique((names.label(rotation.name, "layer"),), taken, 100)
        row: dict[str, Any] = {
            "name": name,
            "users": [turn[0] if len(turn) == 1 else list(turn) for turn in turns],
            "starts": spelled(rotation.starts),
        }
        if len(turns) > 1:
            row["rotate"] = {"every": str(rotation.every), "unit": rotation.unit}
        if rotation.hours != ALWAYS:
            row["active"] = windows(rotation.hours)
            if len(turns) > 1:
                row["advance"] = rotation.advance
        if rotation.until is not None:
            row["until"] = spelled(rotation.until)
        found.append(row)
    return found


def spelled(wall: datetime) -> str:
    """A wall as the file has it."""
    return wall.replace(tzinfo=None).isoformat(timespec="seconds" if wall.second else "minutes")


def _filled(rotation: Rotation, report: Report, thing: Thing) -> tuple[tuple[str, ...], ...]:
    people = [tuple(dict.fromkeys(turn)) for turn in rotation.turns]
    if not any(people):
        report.missing(thing, "is left out: nobody is in it", "put people into it", rotation.name)
        return ()
    if all(people):
        return tuple(people)
    before = next(turn for turn in reversed(people) if turn)
    filled = []
    for turn in people:
        before = turn or before
        filled.append(before)
    words = "has turns in which nobody is on call; here whoever had the turn before stays on call"
    report.approximate(thing, words, "name somebody for these turns, or split it into layers", rotation.name)
    return tuple(filled)


def _period(turns: tuple[tuple[str, ...], ...]) -> int:
    """After how many turns they repeat."""
    many = len(turns)
    return next(one for one in range(1, many + 1) if many % one == 0 and turns == turns[:one] * (many // one))

"""Rotations that are on call together, as layers of which the last one wins.

Where rotations overlap, a layer on top of them has the people of all of them: its turns are the pieces into which
their boundaries cut the time, and its hours are the hours that they share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import combinations, pairwise
from math import gcd, lcm

from tocsin.oncall.model import Unit
from tocsin_cli.importing.report import Report, Thing
from tocsin_cli.importing.rotations import Rotation, in_hours, steady, to_come
from tocsin_cli.importing.weeks import Hours, common, without

#: Turns that somebody would still read in a file, and layers for one group of rotations.
_MOST_TURNS = 60
_MOST_LAYERS = 16


def united(
    rotations: Sequence[Rotation], at: datetime, report: Report, thing: Thing, *, separate: str
) -> list[Rotation]:
    """The same as rotations of which the last wins, the lowest level first; what cannot be said so is reported, with
    ``separate``: how the product has people on call together. ``at`` is the wall from which it has to be right."""
    found: list[Rotation] = []
    for level in sorted({rotation.level for rotation in rotations}):
        left = [rotation for rotation in rotations if rotation.level == level]
        while left:
            group = [left.pop(0)]
            while near := [one for one in left if any(_meet(one, other) for other in group)]:
                group += near
                left = [one for one in left if one not in near]
            found += _group(group, at, report, thing, separate)
    return found


def _group(
    group: list[Rotation], at: datetime, report: Report, thing: Thing, separate: str
) -> list[Rotation]:
    if len(group) == 1:
        return group
    whole = all(rotation.opens <= at and rotation.until is None for rotation in group)
    made: list[Rotation] = []
    for members, hours in _shared(group, whole):
        if not _at_once([group[place] for place in members]):
            continue
        one = _merged([group[place] for place in members], hours, at)
        if one is None or len(made) >= _MOST_LAYERS:
            names = [group[place].name for place in members]
            listed = f"{', '.join(names[:-1])} and {names[-1]}"
            words = f"{listed} are on call together {separate}; here the last of them alone"
            advice = (
                "make a schedule of each, and page them all in the step: page: [{schedule: a}, {schedule: b}]"
            )
            report.approximate(thing, words, advice)
            return group
        made += one
    seen = [rotation for place, rotation in enumerate(group) if not whole or _alone(group, place)]
    return [*seen, *made]


def _shared(group: Sequence[Rotation], whole: bool) -> list[tuple[tuple[int, ...], Hours]]:
    """Which of the group are active together, and when; the larger sets later, as they win."""
    cuts = sorted({cut for rotation in group for stretch in rotation.hours for cut in stretch})
    sets: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for start, end in pairwise(cuts):
        members = tuple(
            place for place, rotation in enumerate(group) if common(rotation.hours, ((start, end),))
        )
        sets.setdefault(members, []).append((start, end))
    together = {members for members in sets if len(members) > 1}
    if not whole:
        # Who is left when one of them has ended, or has not begun.
        together |= {
            part
            for members in together
            for size in range(2, len(members))
            for part in combinations(members, size)
        }
    return [
        (members, reduce(common, (group[place].hours for place in members)))
        for members in sorted(together, key=lambda members: (len(members), members))
    ]


def _alone(group: Sequence[Rotation], place: int) -> bool:
    """Whether a rotation has hours that no other of the group has."""
    left = group[place].hours
    for other, rotation in enumerate(group):
        if other != place:
            left = without(left, rotation.hours)
    return bool(left)


def _meet(one: Rotation, other: Rotation) -> bool:
    """Whether both may be on call at one time."""
    return _at_once((one, other)) and bool(common(one.hours, other.hours))


def _at_once(rotations: Sequence[Rotation]) -> bool:
    """Whether all of them have begun before any of them ends."""
    opens = max(rotation.opens for rotation in rotations)
    return all(rotation.until is None or opens < rotation.until for rotation in rotations)


def _merged(rotations: Sequence[Rotation], hours: Hours, at: datetime) -> list[Rotation] | None:
    """One rotation with the people of all in each turn (two, when it begins in the middle of a turn after ``at``); None
    when that would take too many turns, or no turns fit."""
    turning = [rotation for rotation in rotations if len(rotation.turns) > 1]
    if any(rotation.hours != hours and not steady(rotation) for rotation in turning):
        return None
    untils = [rotation.until for rotation in rotations if rotation.until is not None]
    opens = max(rotation.opens for rotation in rotations)
    merged = replace(
        (turning or list(rotations))[0],
        name=" + ".join(rotation.name for rotation in rotations),
        hours=hours,
        begins=opens if opens > at else None,
        until=min(untils) if untils else None,
    )
    fixed = tuple(user for rotation in rotations if len(rotation.turns) == 1 for user in rotation.turns[0])
    if not turning:
        return [replace(merged, turns=(fixed,), starts=opens, begins=None)]
    if len(turning) > 1:
        grid = _grid(turning) if all(map(steady, turning)) else None
        if grid is None:
            return None
        starts, every, unit, slots = grid
        merged = replace(merged, starts=starts, every=every, unit=unit, advance="calendar", turns=slots)
    return to_come(replace(merged, turns=tuple((*turn, *fixed) for turn in merged.turns)))


def _grid(
    rotations: Sequence[Rotation],
) -> tuple[datetime, int, Unit, tuple[tuple[str, ...], ...]] | None:
    """The turns of several rotations, cut at the boundaries of all: where they start, their length and people."""
    starts = max(rotation.starts for rotation in rotations)
    lengths: list[int] = []
    passed: list[int] = []
    for rotation in rotations:
        hours = in_hours(rotation)
        if hours is None:
            day = (
                rotation.starts.replace(year=starts.year, month=starts.month)
                if rotation.starts.day <= 28
                else None
            )
            if day != starts:
                return None
            lengths.append(rotation.every)
            passed.append((starts.year - rotation.starts.year) * 12 + starts.month - rotation.starts.month)
        else:
            since = starts - rotation.starts
            if since % timedelta(hours=1):
                return None
            lengths.append(hours)
            passed.append(since // timedelta(hours=1))
    months = {rotation.unit == "month" for rotation in rotations}
    if len(months) > 1:
        return None
    slot = gcd(*lengths, *passed)
    cycle = lcm(*(size * len(rotation.turns) for size, rotation in zip(lengths, rotations, strict=True)))
    if cycle // slot > _MOST_TURNS:
        return None
    slots = tuple(
        tuple(
            user
            for size, since, rotation in zip(lengths, passed, rotations, strict=True)
            for user in rotation.turns[(since + number * slot) // size % len(rotation.turns)]
        )
        for number in range(cycle // slot)
    )
    if True in months:
        return starts, slot, "month", slots
    units: tuple[tuple[int, Unit], ...] = ((168, "week"), (24, "day"), (1, "hour"))
    size, unit = next((size, unit) for size, unit in units if slot % size == 0)
    return starts, slot // size, unit, slots

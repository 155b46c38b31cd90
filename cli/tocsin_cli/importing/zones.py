"""A rotation on the clock of one zone in a schedule of another."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin_cli.importing.report import Report, Thing
from tocsin_cli.importing.rotations import Rotation
from tocsin_cli.importing.weeks import ALWAYS, hours


def moved(
    rotation: Rotation, own: ZoneInfo, zone: ZoneInfo, at: datetime, report: Report, thing: Thing
) -> Rotation:
    """The rotation of ``own`` as one of ``zone``: exact when it happens once, or while both change their clocks alike.
    ``at`` (aware) is the time whose difference of clocks is taken."""
    if own.key == zone.key or (
        len(rotation.turns) == 1 and rotation.hours == ALWAYS and rotation.until is None
    ):
        return rotation
    if len(rotation.turns) == 1 and rotation.hours == ALWAYS and rotation.until is not None:
        starts, until = (
            wall.replace(tzinfo=own).astimezone(zone).replace(tzinfo=None)
            for wall in (rotation.opens, rotation.until)
        )
        return replace(rotation, starts=starts, begins=None, until=until)
    # Some zones differ for a week in the year alone.
    if len({_apart(at + timedelta(days=3 * number), own, zone) for number in range(250)}) > 1:
        words = (
            f"is on the clock of {own.key} in a schedule of {zone.key}: an hour off when one of them changes"
        )
        report.approximate(thing, words, "give the whole schedule one zone", rotation.name)
    shift = _apart(at, own, zone)
    minutes = int(shift / timedelta(minutes=1))
    return replace(
        rotation,
        starts=rotation.starts + shift,
        begins=None if rotation.begins is None else rotation.begins + shift,
        until=None if rotation.until is None else rotation.until + shift,
        hours=hours((start + minutes, end + minutes) for start, end in rotation.hours),
    )


def _apart(at: datetime, own: ZoneInfo, zone: ZoneInfo) -> timedelta:
    """By how much the clock of ``zone`` is ahead of that of ``own``."""
    return at.astimezone(zone).replace(tzinfo=None) - at.astimezone(own).replace(tzinfo=None)

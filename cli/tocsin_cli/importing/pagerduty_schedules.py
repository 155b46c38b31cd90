"""PagerDuty's schedules: layers of which the first in the list is the highest.

A turn lasts ``rotation_turn_length_seconds`` from ``rotation_virtual_start`` on; every turn counts, whatever the
restrictions; a layer has people from ``start`` to ``end`` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin_cli.errors import CommandError
from tocsin_cli.importing import names, people, weeks
from tocsin_cli.importing.draft import Draft, Shift
from tocsin_cli.importing.export import Export
from tocsin_cli.importing.overrides import Change, overrides
from tocsin_cli.importing.report import Thing
from tocsin_cli.importing.rotations import Rotation, current, length, rows
from tocsin_cli.importing.rows import Row

_YEAR = 366 * 86_400


def add_schedules(draft: Draft, export: Export) -> None:
    """Puts the schedules into the draft, with their shifts. Raises CommandError."""
    # A list names a schedule, and its own answer has its layers.
    found: dict[str, Row] = {}
    for row in export.rows("schedules"):
        if row.text("id") not in found or "schedule_layers" in row:
            found[row.text("id")] = row
    for row in found.values():
        _schedule(draft, row, export, alone=len(found) == 1)


def zone_of(draft: Draft, row: Row, key: str, thing: Thing) -> str:
    """The zone of a schedule. Raises CommandError: without it every time would be wrong."""
    text = row.maybe(key)
    if text is None:
        draft.report.approximate(thing, "names no time zone: UTC was taken", "write its timezone:")
        return "UTC"
    zone = names.zone(text)
    if zone is None:
        words = f"is {names.label(text, 'empty')!r}, which is not in the IANA database: write it there as Europe/London"
        raise row.error(key, words)
    return zone


def _schedule(draft: Draft, row: Row, export: Export, *, alone: bool) -> None:
    id = row.text("id")
    thing = Thing("schedule", id, row.maybe("name") or row.maybe("summary") or id)
    if "schedule_layers" not in row:
        kind = " (a shift-based one, which has none)" if "rotations" in row else ""
        words = f"is not mapped: the export has no layers of it{kind}"
        draft.report.missing(thing, words, f"export it by itself: GET /schedules/{names.label(id, '')}")
        return
    zone_name = zone_of(draft, row, "time_zone", thing)
    zone = ZoneInfo(zone_name)
    shifts = _shifts(draft, row)
    at = draft.reference(shifts)
    wall = at.astimezone(zone).replace(tzinfo=None)
    layers = []
    # The API lists the highest layer first; here the last one wins.
    for level, layer in enumerate(reversed(row.rows("schedule_layers"))):
        layers += _layer(draft, thing, layer, zone, level)
    name = draft.name("schedules", thing)
    document: dict[str, object] = {"timezone": zone_name}
    if found := rows(current(layers, wall, draft.report, thing), draft.report, thing):
        document["layers"] = found
    changes = _changes(draft, thing, row, export, alone=alone)
    if written := overrides(changes, zone, at, draft.report, thing):
        document["overrides"] = written
    draft.sections["schedules"][name] = document
    draft.shifts[name] = shifts


def _layer(draft: Draft, thing: Thing, row: Row, zone: ZoneInfo, level: int) -> list[Rotation]:
    name = names.label(row.maybe("name"), f"Layer {level + 1}")
    start, virtual = row.instant("start"), row.instant("rotation_virtual_start")
    if start is None and virtual is None:
        raise row.error("start", "is missing")
    origin = virtual or start
    assert origin is not None  # noqa: S101  one of the two is there
    turns = []
    for member in row.rows("users"):
        user = member.row("user")
        if user is None:
            raise member.error("user", "is missing")
        turns.append((people.stranger(draft, user.text("id"), user.maybe("summary")),))
    if not turns:
        draft.report.missing(
            thing, "is left out: it has no users", "put people into it, or leave it out", name
        )
        return []
    seconds = row.whole("rotation_turn_length_seconds", 1, _YEAR)
    turn = length(seconds)
    if turn is None and len(turns) > 1:
        words = f"is left out: turns of {seconds} seconds, which is no whole number of hours"
        draft.report.missing(thing, words, "write the layer by hand with turns of whole hours", name)
        return []
    every, unit = turn or (1, "week")
    if len(turns) > 1 and unit == "hour":
        words = f"its turns of {every} h are counted on the wall clock; when the clock changes, PagerDuty may differ"
        draft.report.approximate(thing, words, "compare the days around a change of the clock", name)
    hours = _hours(draft, thing, row, name, origin, zone)
    end = row.instant("end")
    return [
        Rotation(
            name=name,
            turns=tuple(turns),
            starts=_wall(origin, zone),
            every=every,
            unit=unit,
            hours=hours,
            begins=None if start is None or start <= origin else _wall(start, zone),
            until=None if end is None else _wall(end, zone),
            level=level,
        )
    ]


def _hours(draft: Draft, thing: Thing, row: Row, name: str, origin: datetime, zone: ZoneInfo) -> weeks.Hours:
    """The restrictions, in the schedule's zone whatever zone the answer was rendered in."""
    found = row.rows("restrictions", 200)
    if not found:
        return weeks.ALWAYS
    stretches: list[tuple[int, int]] = []
    rounded = False
    for one in found:
        kind, length = one.text("type"), one.whole("duration_seconds", 1, 7 * 86_400)
        start = clock(one, "start_time_of_day")
        begin, stop = start // 60, -(-(start + length) // 60)
        rounded = rounded or start % 60 != 0 or (start + length) % 60 != 0
        if kind == "daily_restriction":
            days: Sequence[int] = range(7)
        elif kind == "weekly_restriction":
            days = [one.whole("start_day_of_week", 1, 7) - 1]
        else:
            raise one.error("type", "must be daily_restriction or weekly_restriction")
        stretches += [(day * weeks.DAY + begin, day * weeks.DAY + stop) for day in days]
    if rounded:
        words = "its restrictions have seconds: windows here are of whole minutes, up to a minute longer"
        draft.report.approximate(thing, words, place=name)
    shift = origin.astimezone(zone).utcoffset()
    written = origin.utcoffset()
    if shift is not None and written is not None and shift != written:
        minutes = int((shift - written) / timedelta(minutes=1))
        stretches = [(start + minutes, stop + minutes) for start, stop in stretches]
        words = (
            f"its restrictions were taken for times of UTC{_offset(written)}, as the answer has them, and moved to"
            f" {zone.key}: when the clock changes they may be an hour off"
        )
        draft.report.approximate(thing, words, f"export it with time_zone={zone.key}", name)
    return weeks.hours(stretches)


def clock(row: Row, key: str) -> int:
    """A time of day such as ``09:00:00``, in seconds from midnight."""
    parts = row.text(key).rpartition("T")[2].removesuffix("Z")[:8].split(":")
    if len(parts) not in (2, 3) or not all(
        part.isascii() and part.isdigit() and len(part) == 2 for part in parts
    ):
        raise row.error(key, "must be a time of day such as 09:00:00")
    hour, minute, second = (*map(int, parts), 0)[:3]
    if hour > 24 or minute > 59 or second > 59 or hour * 60 + minute > weeks.DAY:
        raise row.error(key, "must be a time of day such as 09:00:00")
    return hour * 3600 + minute * 60 + second


def _offset(offset: timedelta) -> str:
    minutes = int(offset / timedelta(minutes=1))
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _changes(draft: Draft, thing: Thing, row: Row, export: Export, *, alone: bool) -> list[Change]:
    id = thing.id
    nobody = [one for one in export.rows("overrides") if one.of is None]
    found = [*export.owned("overrides", id), *(nobody if alone else ())]
    lost = () if alone else nobody
    if lost:
        words = 'does not say of which schedule these overrides are; write them as {"overrides": {"SCHEDULE ID": […]}}'
        raise CommandError(f"{lost[0].where} {words}")
    rendered = row.row("overrides_subschedule")
    if not found and rendered is not None:
        found = rendered.rows("rendered_schedule_entries")
        words = "its overrides are known for the exported range alone"
        advice = "export those to come: GET /schedules/{id}/overrides?since=…&until=…"
        draft.report.check(thing, words, advice)
    changes = []
    for one in found:
        start, end = _needed(one, "start"), _needed(one, "end")
        user = one.row("user")
        if user is not None:
            who = people.stranger(draft, user.text("id"), user.maybe("summary"))
            changes.append(Change(start, end, (who,)))
    return sorted(changes, key=lambda change: change.start)


def _needed(row: Row, key: str) -> datetime:
    at = row.instant(key)
    if at is None:
        raise row.error(key, "is missing")
    return at


def _shifts(draft: Draft, row: Row) -> list[Shift]:
    """What PagerDuty itself says of the range that was asked for."""
    final = row.row("final_schedule")
    found = []
    for one in final.rows("rendered_schedule_entries") if final else ():
        user = one.row("user")
        if user is not None and "end" in one:
            who = people.stranger(draft, user.text("id"), user.maybe("summary"))
            found.append(Shift(_needed(one, "start"), _needed(one, "end"), (who,)))
    return found

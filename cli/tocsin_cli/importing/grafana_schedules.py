"""Grafana OnCall's schedules: their shifts, of which those of a higher level win and those of one level are on call
together.

A shift is an event that recurs: it begins at a time of day and lasts for ``duration`` seconds of the wall clock. Of a
``rolling_users`` shift each occurrence is the next group's: weeks are counted from ``week_start``, days from the start,
and where days of the week are named a daily rotation counts these alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from tocsin_cli.errors import CommandError
from tocsin_cli.importing import names, people
from tocsin_cli.importing.draft import Draft, Shift
from tocsin_cli.importing.export import Export
from tocsin_cli.importing.grafana_shifts import own_zone, rotation_of, user_groups
from tocsin_cli.importing.overrides import Change, overrides
from tocsin_cli.importing.pagerduty_schedules import zone_of
from tocsin_cli.importing.report import Thing
from tocsin_cli.importing.rotations import Rotation, current, rows
from tocsin_cli.importing.rows import Row
from tocsin_cli.importing.unions import united

NAME = "Grafana OnCall"


def add_schedules(draft: Draft, export: Export) -> None:
    """Puts the schedules into the draft, with their final shifts. Raises CommandError."""
    found = {row.text("id"): row for row in export.rows("schedules")}
    for row in found.values():
        _schedule(draft, row, export, alone=len(found) == 1)


def _schedule(draft: Draft, row: Row, export: Export, *, alone: bool) -> None:
    id = row.text("id")
    thing = Thing("schedule", id, row.maybe("name") or id)
    if row.maybe("type") == "ical":
        words = "is not mapped: it is read from a calendar elsewhere"
        draft.report.missing(thing, words, "write its layers by hand, from what the calendar says")
        return
    if "ical_url_overrides" in row:
        words = "takes overrides from a calendar elsewhere: these are not in the export"
        draft.report.missing(thing, words, "write the overrides to come by hand")
    mine = _of(draft, thing, row, export)
    zone = _zone(draft, thing, mine, ZoneInfo(zone_of(draft, row, "time_zone", thing)))
    shifts = _shifts(draft, export, id, alone=alone)
    at = draft.reference(shifts)
    wall = at.astimezone(zone).replace(tzinfo=None)
    found: list[Rotation] = []
    changes: list[Change] = []
    for shift in mine:
        if shift.text("type") == "override":
            changes.append(_override(draft, shift, zone))
        elif (rotation := rotation_of(draft, thing, shift, zone, at)) is not None:
            found.append(rotation)
    name = draft.name("schedules", thing)
    document: dict[str, object] = {"timezone": zone.key}
    whole = united(
        current(found, wall, draft.report, thing), wall, draft.report, thing, separate=f"in {NAME}"
    )
    if layers := rows(whole, draft.report, thing):
        document["layers"] = layers
    changes.sort(key=lambda change: change.start)
    if written := overrides(changes, zone, at, draft.report, thing):
        document["overrides"] = written
    for one, other in pairwise(changes):
        if other.start < one.end and one.end > at:
            draft.report.approximate(
                thing, "overrides that overlap are on call together in OnCall; here the later one alone"
            )
            break
    draft.sections["schedules"][name] = document
    draft.shifts[name] = shifts


def _of(draft: Draft, thing: Thing, row: Row, export: Export) -> list[Row]:
    """The shifts of a schedule: those that it names, and those that name it."""
    wanted = row.texts("shifts")
    there = {one.text("id"): one for one in export.rows("on_call_shifts")}
    lost = [id for id in wanted if id not in there]
    if lost:
        words = f"the shifts {', '.join(names.label(id, '') for id in lost)} are not in the export: left out"
        draft.report.missing(thing, words, "export on_call_shifts too, all pages")
    named = [there[id] for id in wanted if id in there]
    return named + [
        one for id, one in there.items() if one.maybe("schedule") == thing.id and id not in wanted
    ]


def _zone(draft: Draft, thing: Thing, shifts: Sequence[Row], zone: ZoneInfo) -> ZoneInfo:
    """The zone on whose clock all shifts that recur are, or else the schedule's."""
    own = {own_zone(shift, zone).key for shift in shifts if shift.text("type") != "override"}
    if len(own) != 1 or own == {zone.key}:
        return zone
    found = ZoneInfo(own.pop())
    words = (
        f"its shifts are on the clock of {found.key}, which is its time zone here; in OnCall it is {zone.key}"
    )
    draft.report.check(
        thing, words, f"with {zone.key} they would move when the clock changes: write that if it is meant"
    )
    return found


def _override(draft: Draft, row: Row, zone: ZoneInfo) -> Change:
    start, own = row.wall("start"), own_zone(row, zone)
    if start is None:
        raise row.error("start", "is missing")
    end = start + timedelta(seconds=row.whole("duration", 1, 10**8))
    groups = [row.texts("users"), *user_groups(row)]
    users = [people.stranger(draft, user, None) for group in groups for user in group]
    if not users:
        raise row.error("users", "names nobody")
    return Change(start.replace(tzinfo=own), end.replace(tzinfo=own), tuple(dict.fromkeys(users)))


def _shifts(draft: Draft, export: Export, id: str, *, alone: bool) -> list[Shift]:
    found = []
    for row in export.rows("final_shifts"):
        if row.of is None and not alone:
            words = 'does not say of which schedule it is; write final shifts as {"final_shifts": {"SCHEDULE ID": […]}}'
            raise CommandError(f"{row.where} {words}")
        if row.of in (id, None):
            start, end = row.instant("shift_start"), row.instant("shift_end")
            if start is None or end is None:
                raise row.error("shift_start", "or shift_end is missing")
            who = people.stranger(draft, row.text("user_pk"), row.maybe("user_username"))
            found.append(Shift(start, end, (who,)))
    return found

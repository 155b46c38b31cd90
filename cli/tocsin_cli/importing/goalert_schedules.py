"""GoAlert's schedules: rules by user or rotation that are on call together, temporary schedules, and user overrides.

The first user of a rotation is nobody in particular: ``activeUserIndex`` says whose turn it is, and lasts until the
first of ``nextHandoffTimes``. ``weekdayFilter`` begins on Sunday; equal ``start`` and ``end`` are whole days.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.oncall.model import Unit
from tocsin_cli.importing import names, people, weeks
from tocsin_cli.importing.draft import Draft, Shift
from tocsin_cli.importing.export import Export
from tocsin_cli.importing.goalert_overrides import changes
from tocsin_cli.importing.overrides import overrides
from tocsin_cli.importing.pagerduty_schedules import clock, zone_of
from tocsin_cli.importing.report import Thing
from tocsin_cli.importing.rotations import Rotation, boundary, current, rows, turn_at
from tocsin_cli.importing.rows import Row
from tocsin_cli.importing.unions import united
from tocsin_cli.importing.zones import moved

NAME = "GoAlert"

_UNITS: dict[str, Unit] = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}
_FOREVER = datetime(2000, 1, 1)  # noqa: DTZ001  a wall is naive on purpose


def add_schedules(draft: Draft, export: Export) -> None:
    """Puts the schedules into the draft, with their shifts. Raises CommandError."""
    for row in export.rows("schedules"):
        if draft.find("schedules", row.text("id")) is None:
            _schedule(draft, row, export)


def rotation_schedule(draft: Draft, export: Export, id: str) -> str | None:
    """A schedule of its own for a rotation that a policy pages; None when the export has no such rotation."""
    found = draft.find("schedules", id)
    rows_of = export.owned("rotations", id, "id")
    if found is not None or not rows_of:
        return found
    row = rows_of[0]
    thing = Thing("rotation", id, row.maybe("name") or id)
    zone = ZoneInfo(zone_of(draft, row, "timeZone", thing))
    at = draft.reference(())
    rotation = _rotation(draft, thing, row, zone, at)
    name = draft.name("schedules", thing)
    document: dict[str, object] = {"timezone": zone.key}
    if rotation is not None:
        wall = at.astimezone(zone).replace(tzinfo=None)
        document["layers"] = rows(current([rotation], wall, draft.report, thing), draft.report, thing)
    draft.sections["schedules"][name] = document
    draft.report.check(
        thing, "a policy pages it by itself: it is a schedule of its own, which has no overrides"
    )
    return name


def _schedule(draft: Draft, row: Row, export: Export) -> None:
    thing = Thing("schedule", row.text("id"), row.maybe("name") or row.text("id"))
    if "targets" not in row:
        words = "is not mapped: the export has no targets of it"
        draft.report.missing(thing, words, "ask for schedules { targets { target { id type } rules { … } } }")
        return
    zone = ZoneInfo(zone_of(draft, row, "timeZone", thing))
    shifts = _shifts(draft, row)
    at = draft.reference(shifts)
    wall = at.astimezone(zone).replace(tzinfo=None)
    found = []
    for entry in row.rows("targets"):
        found += _target(draft, thing, entry, export, zone, at)
    name = draft.name("schedules", thing)
    document: dict[str, object] = {"timezone": zone.key}
    whole = united(
        current(found, wall, draft.report, thing), wall, draft.report, thing, separate=f"in {NAME}"
    )
    if layers := rows(whole, draft.report, thing):
        document["layers"] = layers
    changed, temporary = changes(draft, thing, row, export, document, at)
    if written := overrides(changed, zone, at, draft.report, thing):
        document["overrides"] = written
    if temporary:
        document["temporary"] = temporary
    draft.sections["schedules"][name] = document
    draft.shifts[name] = shifts


def _target(
    draft: Draft, thing: Thing, entry: Row, export: Export, zone: ZoneInfo, at: datetime
) -> list[Rotation]:
    """A rotation for a target, with the hours of all its rules: more than one rule of a target adds nothing."""
    target = entry.row("target")
    if target is None:
        raise entry.error("target", "is missing")
    id, kind = target.text("id"), target.text("type")
    called = names.label(target.maybe("name"), id)
    hours = weeks.hours(stretch for rule in entry.rows("rules", 200) for stretch in _stretches(rule))
    if not hours:
        draft.report.missing(
            thing, "is left out: no rule has it on call", "give it a rule, or leave it out", called
        )
        return []
    if kind == "user":
        who = people.stranger(draft, id, target.maybe("name"))
        return [Rotation(called, ((who,),), _FOREVER, hours=hours)]
    if kind != "rotation":
        raise target.error("type", "must be user or rotation")
    rows_of = export.owned("rotations", id, "id")
    if not rows_of:
        words = f"the rotation {called!r} is not in the export: left out"
        draft.report.missing(thing, words, "export rotations too, all pages")
        return []
    rotation = _rotation(draft, thing, rows_of[0], zone, at)
    return [] if rotation is None else [replace(rotation, hours=hours)]


def _stretches(rule: Row) -> weeks.Hours:
    days = []
    for index, value in enumerate(rule.items("weekdayFilter")):
        if not isinstance(value, bool):
            raise rule.error(f"weekdayFilter[{index}]", "must be true or false")
        if value:
            days.append((index - 1) % 7)
    if len(rule.items("weekdayFilter")) != 7:
        raise rule.error("weekdayFilter", "must have seven days, from Sunday on")
    start, end = clock(rule, "start") // 60, clock(rule, "end") // 60
    return weeks.daily(days, start, (end - start) % weeks.DAY or weeks.DAY)


def _rotation(draft: Draft, thing: Thing, row: Row, zone: ZoneInfo, at: datetime) -> Rotation | None:
    """A rotation in the zone of a schedule, turn 0 being that of the active user."""
    name = names.label(row.maybe("name"), row.text("id"))
    ids = row.texts("userIDs") or [one.text("id") for one in row.rows("users")]
    called = {one.text("id"): one.maybe("name") for one in row.rows("users")}
    if not ids:
        draft.report.missing(
            thing, "is left out: nobody is in it", "put people into it, or leave it out", name
        )
        return None
    users = tuple(people.stranger(draft, id, called.get(id)) for id in ids)
    start, kind = row.instant("start"), row.text("type")
    if start is None:
        raise row.error("start", "is missing")
    if kind not in _UNITS:
        raise row.error("type", f"must be one of {', '.join(_UNITS)}")
    own = ZoneInfo(zone_of(draft, row, "timeZone", thing)) if "timeZone" in row else zone
    starts = start.astimezone(own).replace(tzinfo=None, fold=0, second=0)
    active = row.whole("activeUserIndex", -1, max(len(ids) - 1, 0), -1)
    every = row.whole("shiftLength", 1, 9000, 1)
    rotation = Rotation(name, tuple((user,) for user in users), starts, every, _UNITS[kind])
    if len(users) > 1:
        rotation = _from_active(draft, thing, row, rotation, own, at, active)
    return moved(rotation, own, zone, at, draft.report, thing)


def _from_active(
    draft: Draft, thing: Thing, row: Row, rotation: Rotation, own: ZoneInfo, at: datetime, active: int
) -> Rotation:
    """The rotation with the turn of the active user, or an earlier one that was under way at ``at``, as its first.
    Before its start a rotation turns as after it."""
    handoffs = row.items("nextHandoffTimes")
    handoff = Row({"[0]": handoffs[0]}, f"{row.where}.nextHandoffTimes").instant("[0]") if handoffs else None
    if handoff is not None and active >= 0:
        now = handoff - timedelta(minutes=1)
    else:
        now = at
        what = "activeUserIndex" if active < 0 else "nextHandoffTimes"
        words = (
            f"the export has no {what} of it: the turn under way at the import was taken for the one it means"
        )
        draft.report.approximate(thing, words, f"ask for {what} too, or compare with shifts", rotation.name)
    turn = turn_at(rotation, now.astimezone(own).replace(tzinfo=None))
    first = min(turn, turn_at(rotation, at.astimezone(own).replace(tzinfo=None)))
    place = (max(active, 0) - turn + first) % len(rotation.turns)
    turns = rotation.turns[place:] + rotation.turns[:place]
    return replace(rotation, starts=boundary(rotation, first), turns=turns)


def _shifts(draft: Draft, row: Row) -> list[Shift]:
    """What GoAlert itself says, where the export asked for it."""
    found = []
    for one in row.rows("shifts"):
        start, end, user = one.instant("start"), one.instant("end"), one.row("user")
        if start is None or end is None:
            raise one.error("start", "or end is missing")
        id = one.maybe("userID") or (user.text("id") if user else one.text("userID"))
        found.append(Shift(start, end, (people.stranger(draft, id, user.maybe("name") if user else None),)))
    return found

"""Opsgenie's schedules: rotations that are on call together, every turn counted, whatever the restrictions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tocsin.oncall.model import Unit
from tocsin_cli.importing import names, people, weeks
from tocsin_cli.importing.draft import Draft, Shift
from tocsin_cli.importing.export import Export
from tocsin_cli.importing.overrides import Change, overrides, pieces
from tocsin_cli.importing.pagerduty_schedules import zone_of
from tocsin_cli.importing.report import Report, Thing
from tocsin_cli.importing.rotations import Rotation, current, rows
from tocsin_cli.importing.rows import Row
from tocsin_cli.importing.unions import united

NAME = "Opsgenie"

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS: dict[str, Unit] = {"hourly": "hour", "daily": "day", "weekly": "week"}


def add_schedules(draft: Draft, export: Export) -> None:
    """Puts the schedules into the draft, with their shifts. Raises CommandError."""
    for row in export.rows("schedules"):
        if draft.find("schedules", row.text("id")) is None:
            _schedule(draft, row, export)


def _schedule(draft: Draft, row: Row, export: Export) -> None:
    id = row.text("id")
    thing = Thing("schedule", id, row.maybe("name") or id)
    if "rotations" not in row:
        words = "is not mapped: the export has no rotations of it"
        draft.report.missing(thing, words, "export schedules with expand=rotation")
        return
    if not row.flag("enabled", True):
        draft.report.check(thing, "is switched off in Opsgenie; here it is in force")
    zone = ZoneInfo(zone_of(draft, row, "timezone", thing))
    shifts = _shifts(draft, export, id, thing.name)
    at = draft.reference(shifts)
    wall = at.astimezone(zone).replace(tzinfo=None)
    rotations = {}
    for index, one in enumerate(row.rows("rotations")):
        rotation = _rotation(draft, thing, one, zone, index)
        if rotation is not None:
            rotations[one.maybe("id") or f"[{index}]"] = rotation
    name = draft.name("schedules", thing)
    document: dict[str, object] = {"timezone": zone.key}
    whole = united(
        current(list(rotations.values()), wall, draft.report, thing),
        wall,
        draft.report,
        thing,
        separate=f"in {NAME}",
    )
    if found := rows(whole, draft.report, thing):
        document["layers"] = found
    found_of = [one for one in export.rows("overrides") if _owner(one) in (id, thing.name)]
    changes = _changes(draft, thing, [*row.rows("overrides"), *found_of], rotations, zone, at)
    if written := overrides(changes, zone, at, draft.report, thing):
        document["overrides"] = written
    draft.sections["schedules"][name] = document
    draft.shifts[name] = shifts


def _rotation(draft: Draft, thing: Thing, row: Row, zone: ZoneInfo, index: int) -> Rotation | None:
    name = names.label(row.maybe("name"), f"Rotation {index + 1}")
    if not row.flag("enabled", True):
        draft.report.check(thing, "is switched off in Opsgenie: left out", place=name)
        return None
    starts, ends = row.instant("startDate"), row.instant("endDate")
    if starts is None:
        raise row.error("startDate", "is missing")
    kind = row.text("type")
    if kind not in _UNITS:
        raise row.error("type", f"must be one of {', '.join(_UNITS)}")
    turns = tuple(_turn(draft, thing, one, name) for one in row.rows("participants"))
    if not any(turns):
        draft.report.missing(
            thing, "is left out: nobody is in it", "put people into it, or leave it out", name
        )
        return None
    if kind == "hourly" and len(turns) > 1:
        words = "its hours are counted on the wall clock here; when the clock changes, Opsgenie may differ"
        draft.report.approximate(thing, words, "compare the days around a change of the clock", name)
    return Rotation(
        name=name,
        turns=turns,
        starts=starts.astimezone(zone).replace(tzinfo=None, fold=0),
        every=row.whole("length", 1, 9000, 1),
        unit=_UNITS[kind],
        hours=_hours(row),
        until=None if ends is None else ends.astimezone(zone).replace(tzinfo=None, fold=0),
    )


def _turn(draft: Draft, thing: Thing, row: Row, place: str) -> tuple[str, ...]:
    kind = row.text("type")
    if kind == "user":
        return (people.stranger(draft, row.maybe("id") or row.text("username"), row.maybe("username")),)
    if kind == "none":
        return ()
    called = names.label(row.maybe("name") or row.maybe("id"), kind)
    team = draft.find("teams", row.maybe("id")) if kind == "team" else None
    if team is None:
        words = f"the {kind} {called!r} takes turns in it: nobody does here"
        draft.report.missing(thing, words, "name the people (a team is exported with its members)", place)
        return ()
    draft.report.approximate(
        thing, f"the team {called!r} goes by its own routing; here all its members", place=place
    )
    return tuple(draft.sections["teams"][team])


def _hours(row: Row) -> weeks.Hours:
    restriction = row.row("timeRestriction")
    if restriction is None:
        return weeks.ALWAYS
    kind = restriction.text("type")
    if kind == "time-of-day":
        one = restriction.row("restriction")
        found = [one] if one is not None else restriction.rows("restrictions", 200)
        if not found:
            raise restriction.error("restriction", "is missing")
        stretches = []
        for part in found:
            start, end = _minute(part, "start"), _minute(part, "end")
            length = (end - start) % weeks.DAY or weeks.DAY
            stretches += [(day * weeks.DAY + start, day * weeks.DAY + start + length) for day in range(7)]
        return weeks.hours(stretches)
    if kind != "weekday-and-time-of-day":
        raise restriction.error("type", "must be time-of-day or weekday-and-time-of-day")
    parts = restriction.rows("restrictions", 200)
    if not parts:
        raise restriction.error("restrictions", "is missing or empty")
    stretches = []
    for part in parts:
        start = _day(part, "startDay") * weeks.DAY + _minute(part, "start")
        end = _day(part, "endDay") * weeks.DAY + _minute(part, "end")
        stretches.append((start, start + ((end - start) % weeks.WEEK or weeks.WEEK)))
    return weeks.hours(stretches)


def _day(row: Row, key: str) -> int:
    day = row.text(key).lower()
    if day not in _DAYS:
        raise row.error(key, f"must be one of {', '.join(_DAYS)}")
    return _DAYS.index(day)


def _minute(row: Row, which: str) -> int:
    return row.whole(f"{which}Hour", 0, 24) * 60 + row.whole(f"{which}Min", 0, 59, 0)


def _changes(
    draft: Draft,
    thing: Thing,
    found: Sequence[Row],
    rotations: dict[str, Rotation],
    zone: ZoneInfo,
    at: datetime,
) -> list[Change]:
    changes: list[Change] = []
    for row in sorted(found, key=lambda row: _time(row, "startDate")):
        user, place = row.row("user"), f"override {names.label(row.maybe('alias'), 'without alias')}"
        if user is None or user.maybe("type") not in ("user", None):
            draft.report.missing(thing, "is of no user: left out", "write it by hand", place)
            continue
        who = people.stranger(draft, user.maybe("id") or user.text("username"), user.maybe("username"))
        change = Change(_time(row, "startDate"), _time(row, "endDate"), (who,))
        named = {one.maybe(key) for one in row.rows("rotations") for key in ("id", "name")} - {None}
        chosen = [one for key, one in rotations.items() if key in named or one.name in named]
        if not chosen or len(chosen) == len(rotations) or change.end <= max(at, change.start):
            changes.append(change)
        else:
            changes += _partly(draft, thing, chosen, zone, change, place)
    return changes


def _partly(
    draft: Draft, thing: Thing, chosen: Sequence[Rotation], zone: ZoneInfo, change: Change, place: str
) -> list[Change]:
    """An override of some rotations: it is instead of whoever these have on call, at each time."""
    apart = Report(NAME)
    wall = change.start.astimezone(zone).replace(tzinfo=None)
    whole = united(current(chosen, wall, apart, thing), wall, apart, thing, separate="")
    document = {"timezone": zone.key, "layers": rows(whole, apart, thing)}
    (who,) = change.users
    found = []
    for start, end, present in pieces(document, (change.start, change.end)):
        found += [Change(start, end, (who,), one) for one in present if one != who]
    which = " and ".join(one.name for one in chosen)
    words = (
        f"is of {which} alone: here it is instead of whom these have on call, and does not follow later edits"
    )
    draft.report.approximate(thing, words, place=place)
    return found


def _owner(row: Row) -> str | None:
    parent = row.row("_parent")
    return row.of or (parent.maybe("id") or parent.maybe("name") if parent else None)


def _time(row: Row, key: str) -> datetime:
    at = row.instant(key)
    if at is None:
        raise row.error(key, "is missing")
    return at


def _shifts(draft: Draft, export: Export, id: str, name: str) -> list[Shift]:
    """What Opsgenie itself says: the periods of all rotations of the final timeline."""
    found = []
    for timeline in export.rows("timelines"):
        final = timeline.row("finalTimeline")
        if _owner(timeline) not in (id, name) or final is None:
            continue
        for rotation in final.rows("rotations"):
            for period in rotation.rows("periods"):
                recipient = period.row("recipient")
                who = period.rows("flattenedRecipients") or ([recipient] if recipient else [])
                users = tuple(
                    people.stranger(draft, one.maybe("id") or one.text("name"), one.maybe("name"))
                    for one in who
                    if one.maybe("type") in ("user", None)
                )
                if users:
                    found.append(Shift(_time(period, "startDate"), _time(period, "endDate"), users))
    return found

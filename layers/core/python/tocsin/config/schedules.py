"""Schedules: layers, windows and overrides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from tocsin.config import scalars
from tocsin.config.facts import Facts
from tocsin.config.feeds import feed_of
from tocsin.config.notes import Notes
from tocsin.config.problems import Path, shown
from tocsin.oncall.absences import Absences
from tocsin.oncall.model import (
    Advance,
    Carried,
    ChannelRule,
    Layer,
    Override,
    Schedule,
    Shift,
    Temporary,
    Unit,
    Window,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_SCHEDULE = ("timezone", "layers", "overrides", "temporary", "cover", "handoff", "feed")
_LAYER = ("name", "users", "starts", "rotate", "active", "advance", "until")
_WINDOW = ("days", "from", "to")
_OVERRIDE = ("user", "users", "from", "to", "for")
_TEMPORARY = ("name", "from", "to", "shifts")
_CHANNEL = ("before", "email", "slack")
_SHIFT = ("user", "users", "from", "to")
_UNITS = ("hour", "day", "week", "month")
#: How long before a handoff somebody may want to be told of it.
MAX_BEFORE = timedelta(days=14)
#: More than anybody rotates, and few enough that a turn ends within the calendar.
_MOST_UNITS = 9999
_DAY_MINUTES = 24 * 60
_EVERY_DAY = frozenset(range(7))
# Stands for a time that could not be read: the configuration is refused then.
_UNREAD = datetime(2000, 1, 1)  # noqa: DTZ001  a wall is naive on purpose

_LIKE_SCHEDULE = "{timezone: Europe/London, layers: […]}"
_LIKE_LAYER = "{name: weekly, users: [ana, ben], starts: 2026-01-05T09:00, rotate: {every: 1, unit: week}}"
_LIKE_USERS = "[ana, ben, [chi, dee]]"
_LIKE_WINDOW = '{days: [mon, fri], from: "09:00", to: "17:00"}'
_LIKE_TEMPORARY = "{name: christmas, from: 2026-12-24T09:00, to: 2026-12-27T09:00, shifts: […]}"
_LIKE_CHANNEL = "{before: 1h, email: payments@example.com}"
_LIKE_OVERRIDE = "{user: ben, from: 2026-12-24T09:00, to: 2026-12-26T09:00}"


def schedules(
    rows: Mapping[str, Any], users: Collection[str], away: Absences, facts: Facts, notes: Notes
) -> dict[str, Schedule]:
    """The schedules by name. ``away`` are the absences of all people; ``facts`` say which order a layer carries on."""
    return {
        name: replace(
            _schedule(name, row, ("schedules", name), facts.carried.get(name, {}), users, notes), away=away
        )
        for name, row in rows.items()
    }


def windows(value: object, path: Path, notes: Notes) -> tuple[Window, ...]:
    """The windows of ``active``: at least one."""
    like = f"[{_LIKE_WINDOW}]"
    return tuple(
        _window(item, (*path, index), notes)
        for index, item in enumerate(notes.items(value, path, like, some=True))
    )


def _schedule(
    name: str,
    value: object,
    path: Path,
    carried: Mapping[str, Carried],
    users: Collection[str],
    notes: Notes,
) -> Schedule:
    row = notes.fields(value, path, _SCHEDULE, ("timezone",), like=_LIKE_SCHEDULE)
    layers: list[Layer] = []
    seen: dict[str, int] = {}
    for index, item in enumerate(
        notes.items(row["layers"], (*path, "layers"), "[…]") if "layers" in row else ()
    ):
        inner = (*path, "layers", index)
        layer = _layer(item, inner, index, users, notes)
        if layer.name in seen:
            before = seen[layer.name]
            notes.add(
                (*inner, "name"),
                f"{shown(layer.name)} is the name of layers[{before}] already: choose another",
            )
        seen.setdefault(layer.name, index)
        layers.append(replace(layer, carried=_order(carried.get(layer.name), layer)))
    like = f"[{_LIKE_OVERRIDE}]"
    overrides = notes.items(row["overrides"], (*path, "overrides"), like) if "overrides" in row else ()
    return Schedule(
        name=name,
        timezone=notes.option(row, "timezone", path, scalars.timezone, "UTC"),
        layers=tuple(layers),
        overrides=tuple(
            _override(item, (*path, "overrides", index), users, notes) for index, item in enumerate(overrides)
        ),
        temporary=_temporaries(row["temporary"], (*path, "temporary"), users, notes)
        if "temporary" in row
        else (),
        handoff=_channels(row["handoff"], (*path, "handoff"), notes) if "handoff" in row else (),
        cover=windows(row["cover"], (*path, "cover"), notes) if "cover" in row else None,
        feed=feed_of(row["feed"], (*path, "feed"), notes) if "feed" in row else None,
    )


def _channels(value: object, path: Path, notes: Notes) -> tuple[ChannelRule, ...]:
    found: list[ChannelRule] = []
    for index, item in enumerate(notes.items(value, path, f"[{_LIKE_CHANNEL}]")):
        inner = (*path, index)
        row = notes.fields(item, inner, _CHANNEL, like=_LIKE_CHANNEL)
        before = notes.option(row, "before", inner, scalars.duration, timedelta(0))
        if before > MAX_BEFORE:
            notes.add((*inner, "before"), f"is too long: {scalars.spelled(MAX_BEFORE)} is the most")
        if ("email" in row) == ("slack" in row) and isinstance(item, Mapping):
            notes.add(inner, "wants one of email and slack: whom it tells")
        email = notes.scalar(row["email"], (*inner, "email"), scalars.email) if "email" in row else None
        slack = (
            notes.scalar(row["slack"], (*inner, "slack"), scalars.slack_channel) if "slack" in row else None
        )
        found.append(ChannelRule(before, email, slack))
    return tuple(found)


def _order(carried: Carried | None, layer: Layer) -> Carried | None:
    """The order, if it is one of the layer's turns."""
    fits = carried is not None and sorted(carried.order) == list(range(len(layer.users)))
    return carried if fits else None


def _layer(value: object, path: Path, index: int, users: Collection[str], notes: Notes) -> Layer:
    row = notes.fields(value, path, _LAYER, ("users", "starts"), like=_LIKE_LAYER)
    starts = notes.scalar(row["starts"], (*path, "starts"), scalars.wall) if "starts" in row else None
    until = notes.scalar(row["until"], (*path, "until"), scalars.wall) if "until" in row else None
    if starts is not None and until is not None and until <= starts:
        notes.add((*path, "until"), "must be after starts")
    turns = _turns(row["users"], (*path, "users"), users, notes) if "users" in row else ()
    every, unit = 1, "week"
    if "rotate" in row:
        like = "{every: 1, unit: week}"
        inner = (*path, "rotate")
        rotate = notes.fields(row["rotate"], inner, ("every", "unit"), ("unit",), like=like)
        every = notes.whole(rotate, "every", inner, 1, 1, _MOST_UNITS)
        unit = notes.choice(rotate, "unit", inner, _UNITS, "week")
    elif len(turns) > 1:
        notes.add(
            (*path, "rotate"), "is missing: say when the next turn begins, such as {every: 1, unit: week}"
        )
    return Layer(
        name=notes.option(row, "name", path, scalars.label, str(index + 1)),
        users=turns,
        starts=starts or _UNREAD,
        every=every,
        unit=cast(Unit, unit),
        active=windows(row["active"], (*path, "active"), notes) if "active" in row else None,
        advance=cast(Advance, notes.choice(row, "advance", path, ("served", "calendar"), "served")),
        until=until,
    )


def _turns(value: object, path: Path, users: Collection[str], notes: Notes) -> tuple[tuple[str, ...], ...]:
    """The turns in order; a nested list is one turn of several people together."""
    turns: list[tuple[str, ...]] = []
    for index, item in enumerate(notes.items(value, path, _LIKE_USERS, some=True)):
        inner = (*path, index)
        if not isinstance(item, list):
            turns.append((notes.reference(item, inner, "user", users) or "",))
            continue
        if not item:
            notes.add(inner, "is empty: a turn needs somebody")
        together = [notes.reference(one, (*inner, place), "user", users) for place, one in enumerate(item)]
        turns.append(tuple(dict.fromkeys(one for one in together if one is not None)))
    return tuple(turns)


def _window(value: object, path: Path, notes: Notes) -> Window:
    row = notes.fields(value, path, _WINDOW, ("from", "to"), like=_LIKE_WINDOW)
    days = _days(row["days"], (*path, "days"), notes) if "days" in row else _EVERY_DAY
    start = notes.scalar(row["from"], (*path, "from"), scalars.day_minute) if "from" in row else None
    end = notes.scalar(row["to"], (*path, "to"), scalars.day_minute) if "to" in row else None
    if start == _DAY_MINUTES:
        notes.add((*path, "from"), "24:00 is a day's end: a window begins at 00:00 of the next day")
    elif start is not None and start == end:
        notes.add((*path, "to"), 'is equal to from: a whole day is from: "00:00", to: "24:00"')
    if start is None or end is None:
        return Window(days, 0, _DAY_MINUTES)
    return Window(days, start, end if end > start else end + _DAY_MINUTES)


def _days(value: object, path: Path, notes: Notes) -> frozenset[int]:
    found: set[int] = set()
    for index, item in enumerate(notes.items(value, path, "[mon, tue]", some=True)):
        day = notes.text(item, (*path, index))
        if day in DAYS:
            found.add(DAYS.index(day))
        elif day is not None:
            hint = notes.closest(day[:3], DAYS)
            notes.add((*path, index), f"{shown(day)} is no day{hint}: there are {', '.join(DAYS)}")
    return frozenset(found)


def _override(value: object, path: Path, users: Collection[str], notes: Notes) -> Override:
    row = notes.fields(value, path, _OVERRIDE, ("from", "to"), like=_LIKE_OVERRIDE)
    people = _people(row, value, path, _LIKE_OVERRIDE, users, notes)
    start, end = _span(row, path, notes)
    replaces = notes.reference(row["for"], (*path, "for"), "user", users) if "for" in row else None
    return Override(people, start, end, replaces)


def _temporaries(value: object, path: Path, users: Collection[str], notes: Notes) -> tuple[Temporary, ...]:
    found: list[Temporary] = []
    for index, item in enumerate(notes.items(value, path, f"[{_LIKE_TEMPORARY}]")):
        inner = (*path, index)
        row = notes.fields(item, inner, _TEMPORARY, ("from", "to", "shifts"), like=_LIKE_TEMPORARY)
        start, end = _span(row, inner, notes)
        shifts: list[Shift] = []
        like = f"[{_LIKE_OVERRIDE}]"
        listed = notes.items(row["shifts"], (*inner, "shifts"), like) if "shifts" in row else ()
        for place, one in enumerate(listed):
            here = (*inner, "shifts", place)
            fields = notes.fields(one, here, _SHIFT, ("from", "to"), like=_LIKE_OVERRIDE)
            people = _people(fields, one, here, _LIKE_OVERRIDE, users, notes)
            begins, ends = _span(fields, here, notes)
            if (begins < start or ends > end) and _UNREAD not in (start, end, begins, ends):
                notes.add(here, "reaches beyond its temporary schedule: change from and to of one of them")
            shifts.append(Shift(people, begins, ends))
        name = notes.option(row, "name", inner, scalars.label, str(index + 1))
        found.append(Temporary(name, start, end, tuple(shifts)))
    return tuple(found)


def _span(row: Mapping[str, Any], path: Path, notes: Notes) -> tuple[datetime, datetime]:
    """``from`` and ``to``, walls of the schedule's zone."""
    start = notes.scalar(row["from"], (*path, "from"), scalars.wall) if "from" in row else None
    end = notes.scalar(row["to"], (*path, "to"), scalars.wall) if "to" in row else None
    if start is not None and end is not None and end <= start:
        notes.add((*path, "to"), "must be after from")
    return start or _UNREAD, end or _UNREAD


def _people(
    row: Mapping[str, Any], value: object, path: Path, like: str, users: Collection[str], notes: Notes
) -> tuple[str, ...]:
    """``user``, or ``users``."""
    people: tuple[str, ...] = ()
    if "users" in row:
        listed = notes.items(row["users"], (*path, "users"), "[ben, chi]", some=True)
        found = [
            notes.reference(one, (*path, "users", index), "user", users) for index, one in enumerate(listed)
        ]
        people = tuple(dict.fromkeys(one for one in found if one is not None))
    if "user" in row:
        one = notes.reference(row["user"], (*path, "user"), "user", users)
        people = (one,) if one is not None else ()
        if "users" in row:
            notes.add((*path, "users"), "stands beside user: write one of the two")
    elif "users" not in row and isinstance(value, Mapping):
        notes.add((*path, "user"), f"is missing: {like}")
    return people

"""One shift of Grafana OnCall as a rotation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.oncall.model import Advance, Unit
from tocsin_cli.importing import names, people, weeks
from tocsin_cli.importing.draft import Draft
from tocsin_cli.importing.report import Thing
from tocsin_cli.importing.rotations import Rotation
from tocsin_cli.importing.rows import Row
from tocsin_cli.importing.zones import moved

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNITS: dict[str, Unit] = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}
_MINUTES = {"hour": 60, "day": weeks.DAY, "week": weeks.WEEK, "month": 31 * weeks.DAY}

Turns = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Event:
    """What recurs: every ``interval`` units from ``start`` (a wall) on for ``minutes``, on ``days`` alone if there are
    any. ``rolling``: each time the next of the groups."""

    start: datetime
    minutes: int
    unit: Unit
    interval: int
    days: tuple[int, ...]
    week_start: int
    rolling: bool

    @property
    def clock(self) -> int:
        return self.start.hour * 60 + self.start.minute


def own_zone(row: Row, zone: ZoneInfo) -> ZoneInfo:
    """The zone on whose clock a shift is: its own, or the schedule's. Raises CommandError."""
    text = row.maybe("time_zone")
    found = zone.key if text is None else names.zone(text)
    if found is None:
        raise row.error("time_zone", f"is {names.label(text, 'empty')!r}, which is not in the IANA database")
    return ZoneInfo(found)


def user_groups(row: Row) -> list[list[str]]:
    """The groups of ``rolling_users``, the first to serve first. Raises CommandError."""
    groups: list[list[str]] = []
    for index, group in enumerate(row.items("rolling_users")):
        if not isinstance(group, list) or not all(isinstance(user, str) and user for user in group):
            raise row.error(f"rolling_users[{index}]", "must be a list of users' ids")
        groups.append(group)
    first = row.whole("start_rotation_from_user_index", 0, max(0, len(groups) - 1), 0) if groups else 0
    return groups[first:] + groups[:first]


def rotation_of(draft: Draft, thing: Thing, row: Row, zone: ZoneInfo, at: datetime) -> Rotation | None:
    """The rotation of a shift on the wall clock of ``zone``; None when it has none, which is reported."""
    name = names.label(row.maybe("name"), row.text("id"))
    kind, start = row.text("type"), row.wall("start")
    if kind not in ("single_event", "recurrent_event", "rolling_users"):
        raise row.error("type", "must be single_event, recurrent_event, rolling_users or override")
    if start is None:
        raise row.error("start", "is missing")
    groups = user_groups(row) if kind == "rolling_users" else [row.texts("users")]
    turns = tuple(
        tuple(dict.fromkeys(people.stranger(draft, user, None) for user in group)) for group in groups
    )
    if not any(turns):
        draft.report.missing(
            thing, "is left out: nobody is in it", "put people into it, or leave it out", name
        )
        return None
    minutes = -(-row.whole("duration", 1, 10**8) // 60)
    level = row.whole("level", 0, 1000, 0)
    frequency = row.maybe("frequency")
    if kind == "single_event" or frequency is None:
        whole = Rotation(name, turns[:1], start, until=start + timedelta(minutes=minutes), level=level)
        return moved(whole, own_zone(row, zone), zone, at, draft.report, thing)
    if frequency not in _UNITS:
        raise row.error("frequency", f"must be one of {', '.join(_UNITS)}")
    days = _by_day(draft, thing, row, name)
    if days is None:
        return None
    event = _Event(
        start=start,
        minutes=minutes,
        unit=_UNITS[frequency],
        interval=row.whole("interval", 1, 1000, 1),
        days=days,
        week_start=_day(row, "week_start", row.maybe("week_start") or "SU"),
        rolling=kind == "rolling_users",
    )
    begins = row.wall("rotation_start")
    found = _turning(draft, thing, name, event, turns, begins)
    if found is None:
        words = "is left out: it is on call for a part of each turn, which no windows of a week say"
        draft.report.missing(thing, words, "write its times as overrides, or as a rotation of weeks", name)
        return None
    starts, every, unit, people_of, hours, advance = found
    own = own_zone(row, zone)
    until = row.wall("until")
    if until is not None:
        # The start is on the shift's own clock, and the end of its recurrence on that of UTC.
        until = until.replace(tzinfo=UTC).astimezone(own).replace(tzinfo=None, fold=0)
        if until > at.astimezone(own).replace(tzinfo=None):
            words = (
                f"ends on {until:%Y-%m-%d %H:%M}, also a shift under way, which in OnCall may run to its end"
            )
            draft.report.check(thing, words, place=name)
    opens = max(begins or start, start)
    rotation = Rotation(name, people_of, starts, every, unit, hours, advance, opens, until, level)
    return moved(rotation, own, zone, at, draft.report, thing)


def _by_day(draft: Draft, thing: Thing, row: Row, name: str) -> tuple[int, ...] | None:
    """The days of the week that it is limited to, () for none; None when it is limited in a way that no week has."""
    for key in ("by_month", "by_monthday"):
        if row.items(key):
            words = f"is left out: it is limited {key.replace('_', ' ')}, which no windows of a week say"
            draft.report.missing(thing, words, "write its times as overrides", name)
            return None
    days = row.texts("by_day")
    if any(day[:-2] for day in days):
        words = "is left out: it recurs on such days as the first Monday of a month"
        draft.report.missing(thing, words, "write its times as overrides", name)
        return None
    return tuple(sorted({_day(row, "by_day", day) for day in days}))


def _day(row: Row, key: str, text: str) -> int:
    if text not in _DAYS:
        raise row.error(key, f"must be of {', '.join(_DAYS)}, has {names.label(text, 'nothing')!r}")
    return _DAYS.index(text)


def _turning(
    draft: Draft, thing: Thing, name: str, event: _Event, groups: Turns, begins: datetime | None
) -> tuple[datetime, int, Unit, Turns, weeks.Hours, Advance] | None:
    """Where turns start, their length, who has them, and the hours in which anybody has."""
    period = event.interval * _MINUTES[event.unit]
    if not event.days and event.minutes >= (
        period if event.unit != "month" else event.interval * 28 * weeks.DAY
    ):
        if event.minutes > period or event.unit == "month":
            words = "each turn is as long as from its start to the next one's: OnCall's may overlap, or end before"
            draft.report.approximate(thing, words, place=name)
        return event.start, event.interval, event.unit, groups, weeks.ALWAYS, "calendar"
    if event.days and event.minutes > weeks.DAY:
        words = "its shifts are longer than a day: here one that is under way ends with its turn"
        draft.report.approximate(thing, words, place=name)
    if event.unit == "hour":
        return _hourly(draft, thing, name, event, groups)
    rests: Turns = ((),) * (event.interval - 1)
    spread = tuple(turn for group in groups for turn in (group, *rests))
    if not event.days:
        return _undated(draft, thing, name, event, spread)
    hours = weeks.daily(event.days, event.clock, event.minutes)
    first = _first(event, begins)
    if event.unit == "week":
        monday = first - timedelta(days=(first.weekday() - event.week_start) % 7)
        return monday, 1, "week", spread, hours, "calendar"
    if event.unit == "month":
        return first.replace(day=1), 1, "month", spread, hours, "calendar"
    if not event.rolling and event.interval > 1:
        words = (
            f"is on call on every {event.interval}th day, where that is one of its days; here on all of them"
        )
        draft.report.approximate(thing, words, place=name)
    return first, 1, "day", tuple(group for group in groups for _ in range(event.interval)), hours, "served"


def _undated(
    draft: Draft, thing: Thing, name: str, event: _Event, spread: Turns
) -> tuple[datetime, int, Unit, Turns, weeks.Hours, Advance] | None:
    """An event that is shorter than its period: once a day, or once a week."""
    if event.unit == "month":
        return None
    size = _MINUTES[event.unit]
    if event.minutes > size:
        words = "is on call for a part of each turn, which is rounded up here to whole days or weeks"
        draft.report.approximate(thing, words, place=name)
        many = -(-event.minutes // size)
        held = tuple(
            spread[place - place % event.interval] if place % event.interval < many else ()
            for place in range(len(spread))
        )
        return event.start, 1, event.unit, held, weeks.ALWAYS, "calendar"
    days = range(7) if event.unit == "day" else (event.start.weekday(),)
    return event.start, 1, event.unit, spread, weeks.daily(days, event.clock, event.minutes), "calendar"


def _hourly(
    draft: Draft, thing: Thing, name: str, event: _Event, groups: Turns
) -> tuple[datetime, int, Unit, Turns, weeks.Hours, Advance] | None:
    if not event.days or event.minutes < event.interval * 60:
        return None
    words = "a turn that begins on the last of its days ends at midnight here"
    draft.report.approximate(thing, words, place=name)
    return event.start, event.interval, "hour", groups, weeks.daily(event.days, 0, weeks.DAY), "calendar"


def _first(event: _Event, begins: datetime | None) -> datetime:
    """The day from which turns are counted: that of the start, or when it is none of the days, the first of them in
    the order of the week, as long as no shift of the start's own week is still to come."""
    start = event.start
    if start.weekday() in event.days:
        return start
    left = 7 - (start.weekday() - event.week_start) % 7
    if begins is not None and begins != start and event.unit == "week":
        week = (start + timedelta(days=day) for day in range(left))
        if any(day.weekday() in event.days and day >= begins for day in week):
            return start
    expected = min(event.days, key=lambda day: (day - event.week_start) % 7)
    return start + timedelta(days=(expected - start.weekday()) % 7)

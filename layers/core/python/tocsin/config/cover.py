"""Whether schedules hold what they promise: somebody on call whenever somebody should be, who can be reached, and the
load shared fairly.

Plain functions on a compiled configuration; times are aware instants. (When an alert would reach nobody, whatever the
schedules say one by one, is for `coverage`.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from tocsin.config.coverage import to_cover
from tocsin.config.model import Config
from tocsin.config.reach import WAKING, reached
from tocsin.escalation.model import User
from tocsin.incidents.incident import Urgency
from tocsin.oncall.absences import Absences
from tocsin.oncall.load import Calendar, Load, goes_round, in_force, loads, shifts
from tocsin.oncall.model import Gap, Schedule, Span
from tocsin.oncall.ranges import Range, common, rest, united
from tocsin.oncall.timeline import timeline
from tocsin.oncall.walltime import instant, instant_number

Remark = Literal["", "overloaded", "underloaded", "stands in"]

#: In percent of the mean: who carries more or less than this is named.
MOST, LEAST = 115, 85


@dataclass(frozen=True, slots=True)
class Hole:
    """Nobody is on call in [start, end); ``declared``: nobody has to be, for it lies outside the schedule's cover."""

    start: datetime
    end: datetime
    declared: bool


@dataclass(frozen=True, slots=True)
class Stint:
    """``user`` is on call in [start, end) without a pause."""

    user: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Untaken:
    """In [start, end) ``user`` would be on call and is away, and ``delegate``, who should stand in, is away too."""

    user: str
    delegate: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Cover:
    """What there is to say about one schedule, each list in the order of time."""

    schedule: Schedule
    holes: tuple[Hole, ...]
    unreachable: tuple[Stint, ...]
    only_email: tuple[Stint, ...]
    untaken: tuple[Untaken, ...]

    @property
    def fails(self) -> bool:
        """Whether a page would be lost: nobody there who should be, or somebody whom nothing reaches."""
        return bool(self.unreachable) or any(not hole.declared for hole in self.holes)


@dataclass(frozen=True, slots=True)
class Carrier:
    """Somebody's load; ``share`` is in percent of the mean, None where that is nothing."""

    user: User
    load: Load
    share: float | None
    remark: Remark


@dataclass(frozen=True, slots=True)
class Balance:
    """Whoever has hours or is in a layer that is in force, most hours first. ``mean`` is that of the latter.

    ``short`` are the layers (schedule, layer) that do not go round in the range: where there are any, nobody's load is
    judged.
    """

    carriers: tuple[Carrier, ...]
    mean: timedelta
    short: tuple[tuple[str, str], ...]


def examine(
    config: Config, names: Iterable[str], start: datetime, end: datetime
) -> tuple[list[Cover], Balance]:
    """The schedules of these names (each once) in [start, end), one by one, and the load of all of them together.

    Raises KeyError for an unknown name, ValueError for a naive time or an end before the start.
    """
    schedules = [config.book.schedules[name] for name in names]
    timelines = [timeline(schedule, start, end) for schedule in schedules]
    covers = [
        _cover(config, schedule, spans, gaps, start, end)
        for schedule, (spans, gaps) in zip(schedules, timelines, strict=True)
    ]
    return covers, _balance(config, schedules, [spans for spans, _ in timelines], start, end)


def out_of_reach(user: User, start: datetime, end: datetime) -> tuple[list[Range], list[Range]]:
    """When in [start, end) (aware) nothing reaches the person at high urgency, and when only mail."""
    found = reached(user, Urgency.HIGH, start, end)
    asleep = rest(reached(user, Urgency.HIGH, start, end, WAKING), start, end)
    return rest(found, start, end), common(asleep, found)


def _cover(
    config: Config, schedule: Schedule, spans: list[Span], gaps: list[Gap], start: datetime, end: datetime
) -> Cover:
    wanted = to_cover(schedule, start, end)
    nobody = [(gap.start, gap.end) for gap in gaps]
    holes = [Hole(*one, declared=False) for one in common(nobody, wanted)]
    holes += [Hole(*one, declared=True) for one in common(nobody, rest(wanted, start, end))]
    stints = sorted(
        (Stint(user, *one) for user, ranges in shifts(spans).items() for one in ranges),
        key=lambda stint: (stint.start, stint.user),
    )
    people = {stint.user: config.book.users[stint.user] for stint in stints}
    silent = {user: out_of_reach(one, start, end) for user, one in people.items()}
    unreachable, only_email = (
        tuple(
            Stint(stint.user, *one)
            for stint in stints
            for one in common([(stint.start, stint.end)], silent[stint.user][which])
        )
        for which in (0, 1)
    )
    return Cover(
        schedule,
        tuple(sorted(holes, key=lambda hole: hole.start)),
        unreachable,
        only_email,
        tuple(sorted(_untaken(schedule, start, end), key=lambda one: (one.start, one.user, one.delegate))),
    )


def _untaken(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Untaken]:
    away = schedule.away
    if not away.delegates:
        return
    # Delegates change nothing about whose turn it is, so without them one sees for whom they stand in.
    alone = replace(schedule, away=Absences(row for row in away.rows if row.delegate is None))
    for user, ranges in shifts(timeline(alone, start, end)[0]).items():
        rows = [row for row in away.rows if row.user == user and row.delegate is not None]
        absent = united((row.start, row.end) for row in rows if row.start < row.end)
        found: dict[str, list[Range]] = {}
        for begin, stop in _pieces(away, common(ranges, absent)):
            taker = away.stand_in(user, instant_number(begin))
            if taker == user:
                # Delegates in a circle: whoever is named for this time is away like everybody in it.
                named = [row.delegate for row in rows if row.start <= begin < row.end and row.delegate]
                found.setdefault(named[-1], []).append((begin, stop))
            else:
                passed = [(instant(one), instant(other)) for one, other in away.passing(taker)]
                found.setdefault(taker, []).extend(common([(begin, stop)], passed))
        for delegate, times in found.items():
            for one in united(times):
                yield Untaken(user, delegate, *one)


def _pieces(away: Absences, ranges: Iterable[Range]) -> Iterator[Range]:
    """The ranges, cut wherever somebody begins or ceases to stand in for somebody."""
    for start, end in ranges:
        at = start
        while at < end:
            change = away.next_change(instant_number(at))
            stop = end if change >= instant_number(end) else instant(change)
            yield at, stop
            at = stop


def _balance(
    config: Config, schedules: Sequence[Schedule], timelines: list[list[Span]], start: datetime, end: datetime
) -> Balance:
    layers = [(one, layer) for one in schedules for layer in one.layers]
    living = [(one, layer) for one, layer in layers if in_force(layer, one.timezone, start, end)]
    members = {user for _, layer in living for people in layer.users for user in people}
    short = tuple(
        (one.name, layer.name) for one, layer in living if not goes_round(layer, one.timezone, start, end)
    )
    present = members | {user for spans in timelines for span in spans for user in span.users}
    calendars = {id: _calendar(config, id) for id in config.book.users if id in present}
    carried = loads(timelines, calendars, start, end)
    together = sum((carried[user].total for user in members), timedelta(0))
    carriers = []
    for user, load in carried.items():
        portion = load.total * len(members)
        remark: Remark = "" if user in members else "stands in"
        # Products of whole numbers, so that whoever has exactly 115 % of the mean is not above it.
        if together and not short:
            if portion * 100 > together * MOST:
                remark = "overloaded"
            elif user in members and portion * 100 < together * LEAST:
                remark = "underloaded"
        share = portion * 100 / together if together else None
        carriers.append(Carrier(config.book.users[user], load, share, remark))
    carriers.sort(key=lambda one: -one.load.total)
    mean = together / len(members) if members else timedelta(0)
    return Balance(tuple(carriers), mean, short)


def _calendar(config: Config, id: str) -> Calendar:
    """The person's clock and public holidays; those of a country that the facts do not have are not known."""
    row = config.document.get("users", {}).get(id)
    code = row.get("holidays") if isinstance(row, dict) else None
    return Calendar(
        config.book.users[id].timezone, config.facts.holidays.get(code) if code is not None else ()
    )

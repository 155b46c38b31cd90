"""`tocsin coverage`: is somebody on call whenever somebody should be, can they be reached, is the load fair?"""

from __future__ import annotations

import csv
import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from tocsin.config.cover import LEAST, MOST, Balance, Carrier, Cover, Hole, Stint, Untaken, examine
from tocsin.escalation.model import User
from tocsin.oncall.ranges import total
from tocsin_cli.errors import CommandError, unknown
from tocsin_cli.reading import read
from tocsin_cli.writing import clock, counted, iso, length, offset, person, print_json, print_table

#: So many rows of one kind are shown to people: a schedule for office hours has five gaps a week.
_ROWS = 12
_HOUR = timedelta(hours=1)
_HEAD = ("person", "total h", "% of mean", "nights", "weekends", "holidays", "shifts", "longest", "")
# With these a spreadsheet takes a cell for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LIKE_COVER = 'cover: [{days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00"}]'
# The columns of the CSV, each a key of `_person`.
_COLUMNS = (
    "user", "name", "hours", "share", "night_hours", "weekend_hours", "holiday_hours", "shifts", "longest_hours",
    "remark",
)  # fmt: skip

Users = Mapping[str, User]
Timed = Hole | Stint | Untaken


def run(args: Namespace) -> int:
    """0, or 1 with ``--strict`` for a gap that nobody declared and for a shift of somebody whom nothing reaches.

    Times are in each schedule's zone, those of the range at the offset of ``--from``. Raises ConfigError, CommandError.
    """
    start = args.start or datetime.now(UTC).replace(second=0, microsecond=0)
    end = start + timedelta(days=args.days)
    _, config = read(args.files, start, end)
    schedules = config.book.schedules
    for name in args.schedule:
        if name not in schedules:
            raise unknown("schedule", name, schedules)
    if not schedules:
        raise CommandError("the configuration has no schedule to look at: add one under schedules")
    covers, balance = examine(config, dict.fromkeys(args.schedule or schedules), start, end)
    if args.json:
        _print_json(covers, balance, start, end)
    elif args.csv:
        _print_csv(balance)
    else:
        _print(covers, balance, config.book.users, start, end)
    return 1 if args.strict and any(cover.fails for cover in covers) else 0


def _print_json(covers: list[Cover], balance: Balance, start: datetime, end: datetime) -> None:
    zone = start.tzinfo or UTC
    print_json(
        {
            "from": iso(start, zone),
            "to": iso(end, zone),
            "schedules": [_schedule(cover) for cover in covers],
            "people": [_person(one) for one in balance.carriers],
            "mean_hours": _hours(balance.mean),
            "judged": not balance.short,
        }
    )


def _schedule(cover: Cover) -> dict[str, Any]:
    zone = ZoneInfo(cover.schedule.timezone)

    def times(one: Timed) -> dict[str, str]:
        return {"start": iso(one.start, zone), "end": iso(one.end, zone)}

    return {
        "schedule": cover.schedule.name,
        "gaps": [{**times(hole), "declared": hole.declared} for hole in cover.holes],
        "gap_hours": {
            "accidental": _hours(_together(_holes(cover, declared=False))),
            "declared": _hours(_together(_holes(cover, declared=True))),
        },
        "unreachable": [{"user": one.user, **times(one)} for one in cover.unreachable],
        "only_email": [{"user": one.user, **times(one)} for one in cover.only_email],
        "delegates_away": [
            {"user": one.user, "delegate": one.delegate, **times(one)} for one in cover.untaken
        ],
    }


def _person(one: Carrier) -> dict[str, Any]:
    """A row of the balance. Hours and percent are numbers, None where that is not known."""
    load = one.load
    return {
        "user": one.user.id,
        "name": one.user.name,
        "hours": _hours(load.total),
        "share": None if one.share is None else round(one.share, 1),
        "night_hours": _hours(load.nights),
        "weekend_hours": _hours(load.weekends),
        "holiday_hours": None if load.holidays is None else _hours(load.holidays),
        "shifts": load.shifts,
        "longest_hours": _hours(load.longest),
        "remark": one.remark,
    }


def _print_csv(balance: Balance) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in balance.carriers:
        row = _person(one)
        writer.writerow([_cell(column, row[column]) for column in _COLUMNS])


def _cell(column: str, value: str | float | None) -> str:
    """Names are what somebody typed: no spreadsheet may run them."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return f"{value:.2f}" if column.endswith("hours") else str(value)


def _print(covers: list[Cover], balance: Balance, users: Users, start: datetime, end: datetime) -> None:
    zone = start.tzinfo or UTC
    print(
        " ".join(("from", clock(start, zone), offset(start, zone), "to", clock(end, zone), offset(end, zone)))
    )
    for cover in covers:
        print(f"\n{cover.schedule.name}: {_verdict(cover)}")
        _print_cover(cover, users)
    if balance.carriers:
        print()
        _print_balance(balance)


def _verdict(cover: Cover) -> str:
    accidental, declared = _holes(cover, declared=False), _holes(cover, declared=True)
    words = f"{_amount(accidental, 'gap')}, that nobody declared" if accidental else "covered"
    if declared:
        words += f"; {_amount(declared, 'gap')}, outside of its cover"
    if cover.unreachable:
        words += f"; {_amount(cover.unreachable, 'shift')}, of somebody who cannot be reached"
    return words


def _print_cover(cover: Cover, users: Users) -> None:
    schedule = cover.schedule
    zone = ZoneInfo(schedule.timezone)
    gaps = _holes(cover, declared=False)
    _print_rows(f"nobody is on call (in {schedule.timezone})", [(gap, "") for gap in gaps], zone)
    if gaps and schedule.cover is None:
        print(
            f"  Where that is meant, add to schedules.{schedule.name} the hours in which somebody has to be there:"
        )
        print(f"  {_LIKE_COVER}")
    silent = [(one, person(one.user, users)) for one in cover.unreachable]
    _print_rows(
        "cannot be reached: no notification rule for high urgency has a contact that fits", silent, zone
    )
    for user in dict.fromkeys(one.user for one in cover.only_email):
        theirs = [one for one in cover.only_email if one.user == user]
        print(
            f"  note: {person(user, users)} is reached by e-mail alone, which wakes nobody: {_amount(theirs, 'shift')}"
        )
    absent = [
        (one, f"{person(one.delegate, users)}, instead of {person(one.user, users)}") for one in cover.untaken
    ]
    _print_rows("should stand in, and is away too", absent, zone)


def _print_rows(words: str, rows: Sequence[tuple[Timed, str]], zone: tzinfo) -> None:
    if not rows:
        return
    print(f"  {words}:")
    print_table(
        [
            (f"    {clock(one.start, zone)}", offset(one.start, zone), length(one.end - one.start), who)
            for one, who in rows[:_ROWS]
        ]
    )
    if len(rows) > _ROWS:
        print(f"    and {len(rows) - _ROWS} more: --json lists all of them")


def _print_balance(balance: Balance) -> None:
    lines = [_HEAD, *(_line(one) for one in balance.carriers)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    # Numbers stand right, the person and the remark left.
    print_table(
        [
            (
                line[0],
                *(cell.rjust(width) for cell, width in zip(line[1:-1], widths[1:-1], strict=True)),
                line[-1],
            )
            for line in lines
        ]
    )
    print(
        "\nHours; nights (22:00 to 06:00), weekends and public holidays are those of each person's own clock."
    )
    if balance.short:
        layers = ", ".join(f"{layer} of {schedule}" for schedule, layer in balance.short)
        print(
            "Whether it is fair cannot be said: not everybody has a whole turn in these days "
            f"({layers}). Try more --days."
        )
    else:
        mean = f"{_hours(balance.mean):.1f} h"
        print(f"The mean is {mean}: overloaded is above {MOST} % of it, underloaded below {LEAST} %.")


def _line(one: Carrier) -> tuple[str, ...]:
    load = one.load
    return (
        person(one.user.id, {one.user.id: one.user}),
        f"{_hours(load.total):.1f}",
        "" if one.share is None else f"{one.share:.0f}",
        f"{_hours(load.nights):.1f}",
        f"{_hours(load.weekends):.1f}",
        "?" if load.holidays is None else f"{_hours(load.holidays):.1f}",
        str(load.shifts),
        length(load.longest),
        one.remark,
    )


def _holes(cover: Cover, *, declared: bool) -> list[Hole]:
    return [hole for hole in cover.holes if hole.declared is declared]


def _amount(rows: Sequence[Timed], thing: str) -> str:
    """``3 gaps, 41 h``."""
    return f"{counted(len(rows), thing)}, {_hours(_together(rows)):.10g} h"


def _together(rows: Iterable[Timed]) -> timedelta:
    return total((one.start, one.end) for one in rows)


def _hours(span: timedelta) -> float:
    return round(span / _HOUR, 2)

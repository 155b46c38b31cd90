"""Tells what a change means for the people on call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.config.facts import Facts
from tocsin.config.history import book_with
from tocsin.config.model import Config
from tocsin.config.shifts import ShiftChange, passed_over, shift_changes
from tocsin.escalation.model import Book
from tocsin.oncall.changes import NO_CHANGES, Changes
from tocsin.oncall.model import Carried, Layer
from tocsin_cli.writing import clock, counted, length, offset, person

DAYS = 90
#: So many rows of one person are told, the next first.
_ROWS = 8


def foretold(
    old: Config | None,
    new: Config,
    facts: Facts,
    now: datetime,
    changes: Changes = NO_CHANGES,
    days: int = DAYS,
) -> str:
    """What ``new`` means from ``now`` on, for whom, against ``old``; "" where nobody's hours change.

    ``new`` has its ``facts``; ``changes`` are those made from day to day, which go on in both.
    """
    before = book_with(old, changes) if old is not None else Book()
    after = book_with(new, changes)
    end = now + timedelta(days=days)
    rows = shift_changes(before.schedules, after.schedules, now, end) if old is not None else []
    lines = [*_orders(new, facts), *_gone(before, after)]
    if rows:
        lines.append(f"What changes on call in the {days} days from now, and for whom:")
        lines.extend(by_person(rows, after, before))
    return "\n".join(lines)


def _orders(new: Config, facts: Facts) -> Iterator[str]:
    for schedule, layers in facts.carried.items():
        for layer in new.book.schedules[schedule].layers:
            if layer.name in layers:
                queue = ", then ".join(_queue(layer, layers[layer.name]))
                yield f"{schedule}, layer {layer.name}: no turn is cut short; it goes on with {queue}"


def _queue(layer: Layer, carried: Carried) -> list[str]:
    named = [" and ".join(layer.users[place]) for place in carried.order]
    return named if len(named) <= 6 else [*named[:5], "…"]


def _gone(before: Book, after: Book) -> Iterator[str]:
    for user, schedules in passed_over(before.users, after.users, before.schedules).items():
        yield f"{user} is gone, and passed over on {', '.join(schedules)}"


def by_person(rows: Sequence[ShiftChange], after: Book, before: Book) -> Iterator[str]:
    """The changes of each person, with their hours in all; nobody's first, for that is a gap."""
    users = {**before.users, **after.users}
    people = sorted({row.user for row in rows if row.user is not None})
    for user in (None, *people) if any(row.user is None for row in rows) else people:
        mine = [row for row in rows if row.user == user]
        yield f"  {person(user, users) if user is not None else 'nobody'}: {_sum(mine)}"
        cells = [_row(row, _zone(row.schedule, after, before)) for row in mine[:_ROWS]]
        widths = [max(len(line[column]) for line in cells) for column in range(5)]
        for line in cells:
            yield (
                "    "
                + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            )
        if len(mine) > _ROWS:
            yield f"    … and {counted(len(mine) - _ROWS, 'time')} more"


def _zone(schedule: str, after: Book, before: Book) -> ZoneInfo:
    known: Mapping[str, str] = {
        name: one.timezone for book in (before, after) for name, one in book.schedules.items()
    }
    return ZoneInfo(known[schedule])


def _row(row: ShiftChange, zone: ZoneInfo) -> tuple[str, str, str, str, str]:
    sign = "+" if row.gains else "-"
    start, end = (f"{clock(at, zone)} {offset(at, zone)}" for at in (row.start, row.end))
    return sign, start, f"→ {end}", length(row.end - row.start), row.schedule


def _sum(rows: Sequence[ShiftChange]) -> str:
    parts = []
    for gains, sign in ((True, "+"), (False, "-")):
        total = sum((row.end - row.start for row in rows if row.gains is gains), timedelta(0))
        if total:
            parts.append(f"{sign}{length(total)}")
    return ", ".join(parts)

"""Changes for a time, as the overrides that the file has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from tocsin.config.compile import compile_config
from tocsin.oncall.model import Gap, Span
from tocsin.oncall.timeline import timeline
from tocsin_cli.importing.report import Report, Thing
from tocsin_cli.importing.rotations import spelled


@dataclass(frozen=True, slots=True)
class Change:
    """From ``start`` to ``end`` (aware): ``instead`` (None: everybody) is replaced by ``users``."""

    start: datetime
    end: datetime
    users: tuple[str, ...]
    instead: str | None = None


def overrides(
    changes: Iterable[Change], zone: ZoneInfo, at: datetime, report: Report, thing: Thing
) -> list[dict[str, Any]]:
    """The overrides of the file for changes that have not ended at ``at`` (aware), in the order given."""
    found: list[dict[str, Any]] = []
    past = 0
    for change in changes:
        if change.end <= change.start:
            continue
        if change.end <= at:
            past += 1
            continue
        start, end = change.start.astimezone(zone), change.end.astimezone(zone)
        if spelled(end) <= spelled(start):
            words = "begins and ends within the hour that the clock shows twice: left out"
            report.missing(
                thing, words, "write it by hand for the hours around it", f"override from {spelled(start)}"
            )
            continue
        # A start means the first time that the clock shows it, an end the last.
        other = end.replace(fold=1 - end.fold)
        if start.fold or (not end.fold and other.utcoffset() != end.utcoffset() and _real(other)):
            words = "begins or ends in the hour that the clock shows twice, and is up to an hour longer here"
            report.approximate(thing, words, place=f"override from {spelled(start)}")
        row = {**people(change.users), "from": spelled(start), "to": spelled(end)}
        if change.instead is not None:
            row["for"] = change.instead
        found.append(row)
    if past:
        many = "1 override is" if past == 1 else f"{past} overrides are"
        report.check(thing, f"{many} left out, having ended before {at.astimezone(zone):%Y-%m-%d %H:%M}")
    return found


def people(users: Sequence[str]) -> dict[str, Any]:
    """``user`` for one, ``users`` for several."""
    return {"user": users[0]} if len(users) == 1 else {"users": list(users)}


def pieces(
    schedule: Mapping[str, Any], times: Sequence[datetime]
) -> list[tuple[datetime, datetime, tuple[str, ...]]]:
    """Who is on call by the layers of a schedule, cut at the times (aware, in order, two or more)."""
    known = {user for layer in schedule.get("layers", []) for turn in layer["users"] for user in _turn(turn)}
    document = {"version": "1", "users": dict.fromkeys(known, ""), "schedules": {"s": schedule}}
    spans, gaps = timeline(compile_config(document).book.schedules["s"], times[0], times[-1])
    parts: list[Span | Gap] = sorted([*spans, *gaps], key=lambda part: part.start)
    found = []
    for part in parts:
        users = part.users if isinstance(part, Span) else ()
        inner = [part.start, *(time for time in times if part.start < time < part.end), part.end]
        found += [(start, end, users) for start, end in pairwise(inner)]
    return found


def _turn(turn: str | list[str]) -> list[str]:
    return [turn] if isinstance(turn, str) else turn


def _real(at: datetime) -> bool:
    """Whether the wall stands on the clock at all."""
    zone = at.tzinfo
    return at.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) == at.replace(tzinfo=None)

"""What a change means for people: who gets which hours on call, and who gives them away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from tocsin.oncall.model import Gap, Schedule, Span
from tocsin.oncall.timeline import timeline


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """``user`` is on call from ``start`` to ``end`` (aware UTC) after the change and was not before (``gains``), or the
    other way round. ``user`` None: it is nobody who is on call."""

    schedule: str
    user: str | None
    start: datetime
    end: datetime
    gains: bool


def shift_changes(
    before: Mapping[str, Schedule], after: Mapping[str, Schedule], start: datetime, end: datetime
) -> list[ShiftChange]:
    """Every difference in [start, end) (aware), by schedule and time; of one that is new or gone it is all."""
    found: list[ShiftChange] = []
    for name in (*after, *(name for name in before if name not in after)):
        old, new = before.get(name), after.get(name)
        if old != new:
            found.extend(_of_one(name, _parts(old, start, end), _parts(new, start, end)))
    return found


def _parts(schedule: Schedule | None, start: datetime, end: datetime) -> list[Span | Gap]:
    if schedule is None:
        return []
    spans, gaps = timeline(schedule, start, end)
    return sorted([*spans, *gaps], key=lambda part: part.start)


def _of_one(name: str, before: list[Span | Gap], after: list[Span | Gap]) -> list[ShiftChange]:
    edges = sorted({edge for part in (*before, *after) for edge in (part.start, part.end)})
    going: dict[tuple[str, bool], ShiftChange] = {}
    done: list[ShiftChange] = []
    olds, news = iter(before), iter(after)
    old, new = next(olds, None), next(news, None)
    for opens, closes in pairwise(edges):
        while old is not None and old.end <= opens:
            old = next(olds, None)
        while new is not None and new.end <= opens:
            new = next(news, None)
        was, will = _people(old, opens), _people(new, opens)
        here = {(user, True) for user in will - was} | {(user, False) for user in was - will}
        for key in [key for key in going if key not in here]:
            done.append(going.pop(key))
        for user, gains in sorted(here):
            known = going.get((user, gains))
            going[user, gains] = (
                replace(known, end=closes)
                if known is not None
                else ShiftChange(name, user or None, opens, closes, gains)
            )
    done.extend(going.values())
    return sorted(done, key=lambda one: (one.start, one.gains, one.user or ""))


def _people(part: Span | Gap | None, at: datetime) -> set[str]:
    """Who is on call at an instant; "" stands for nobody, and for no schedule there is not even that."""
    if part is None or part.start > at:
        return set()
    return set(part.users) if isinstance(part, Span) else {""}


def passed_over(
    before: Iterable[str], after: Iterable[str], schedules: Mapping[str, Schedule]
) -> dict[str, list[str]]:
    """Who is gone, with the schedules on which they had turns or overrides: those go to others."""
    gone = set(before) - set(after)
    found: dict[str, list[str]] = {}
    for name, schedule in schedules.items():
        members = {user for layer in schedule.layers for group in layer.users for user in group}
        members.update(user for override in schedule.overrides for user in override.users)
        for user in sorted(gone & members):
            found.setdefault(user, []).append(name)
    return found

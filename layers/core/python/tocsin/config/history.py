"""Configurations in time: which one was in force when, and how the next goes on from it.

What is asked about an instant is asked of the revision that was in force then, with what people had changed from day
to day; so an answer about the past never changes. An apply hands the order of each layer to the next revision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from tocsin.config.facts import Facts
from tocsin.config.model import Config
from tocsin.escalation.amended import amended
from tocsin.escalation.model import Book
from tocsin.oncall.changes import Change, Changes, LeaveMade
from tocsin.oncall.model import Carried, Gap, Schedule, Span
from tocsin.oncall.succession import settled, succession
from tocsin.oncall.timeline import timeline
from tocsin.oncall.walltime import instant


@dataclass(frozen=True, slots=True)
class Era:
    """From ``start`` on, to the next era's, ``book`` is in force: a revision's, with all changes from day to day."""

    start: datetime
    book: Book


def eras(
    applied: Sequence[tuple[datetime, Config]],
    changes: Sequence[Change],
    push: frozenset[str] = frozenset(),
) -> list[Era]:
    """The eras of revisions, each given with the instant at which it became current, in order.

    ``changes`` are all that were over after the first of them began, in the order in which they were made. Whoever is
    in ``push`` now is taken to have had it in all of them.
    """
    return [Era(at, book_with(config, Changes(tuple(changes), push=push))) for at, config in applied]


def book_with(config: Config, changes: Changes) -> Book:
    """A revision's book with what people changed from day to day: whatever asks who is on call asks this."""
    return amended(config.book, changes, config.facts.settled)


def timeline_of(
    eras: Sequence[Era], schedule: str, start: datetime, end: datetime
) -> tuple[list[Span], list[Gap]]:
    """As ``timeline``, over several eras.

    Before the first of them, and in one that has no such schedule, nobody is on call.
    """
    spans: list[Span] = []
    gaps: list[Gap] = []
    nobody: list[tuple[datetime, Schedule | None]] = [(start, None)]
    parts = nobody + [(era.start, era.book.schedules.get(schedule)) for era in eras]
    for (begins, asked), (ends, _) in pairwise([*parts, (end, None)]):
        low, high = max(start, begins), min(end, ends)
        if low >= high:
            continue
        if asked is None:
            _join_gaps(gaps, [Gap(low, high)])
        else:
            found = timeline(asked, low, high)
            _join(spans, found[0])
            _join_gaps(gaps, found[1])
    return spans, gaps


def era_at(eras: Sequence[Era], at: datetime) -> Era | None:
    """The era that an instant lies in; None before the first."""
    return next((era for era in reversed(eras) if era.start <= at), None)


def look_over(eras: Sequence[Era]) -> Callable[[Schedule, datetime, datetime], tuple[list[Span], list[Gap]]]:
    """As ``timeline``, for a schedule of that name, over several eras."""
    return lambda schedule, start, end: timeline_of(eras, schedule.name, start, end)


def _join(spans: list[Span], more: list[Span]) -> None:
    if spans and more and spans[-1].end == more[0].start and spans[-1].users == more[0].users:
        spans[-1] = replace(spans[-1], end=more[0].end)
        more = more[1:]
    spans.extend(more)


def _join_gaps(gaps: list[Gap], more: list[Gap]) -> None:
    if gaps and more and gaps[-1].end == more[0].start:
        gaps[-1] = replace(gaps[-1], end=more[0].end)
        more = more[1:]
    gaps.extend(more)


def facts_for(
    old: Config | None,
    changes: Changes,
    new: Config,
    at: datetime,
    holidays: Mapping[str, tuple[date, ...]],
) -> tuple[Facts, datetime]:
    """The facts with which ``new`` becomes current at ``at``, going on from ``old``; and the instant before which
    absences are settled by them.

    ``new`` is compiled with the ``holidays`` already. No turn in progress is cut short by an apply.
    """
    earlier = old.facts.settled if old is not None else None
    begins = [instant(settled(schedule, at)) for schedule in new.book.schedules.values()]
    since = max([min([at, *begins]), *([earlier] if earlier is not None else [])])
    left = any(
        isinstance(row, LeaveMade) and row.delegate is None and row.start < since for row in changes.rows
    )
    after = amended(new.book, changes, since)
    carried: dict[str, Mapping[str, Carried]] = {}
    if old is not None:
        before = book_with(old, changes)
        for name, schedule in after.schedules.items():
            if name in before.schedules and (orders := succession(before.schedules[name], schedule, at)):
                carried[name] = orders
    return Facts(holidays, carried, since if left or earlier is not None else None), since

"""Configurations in time: which one was in force when, and how the next goes on from it.

What is asked about an instant is asked of the revision that was in force then, with what people had changed from day
to day; so an answer about the past never changes. An apply hands the order of each layer to the next revision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from tocsin.config.facts import Facts
from tocsin.config.model import Config
from tocsin.escalation.amended import amended
from tocsin.escalation.model import Book
from tocsin.oncall.changes import Change, Changes
from tocsin.oncall.model import Gap, Schedule, Span
from tocsin.oncall.succession import settled, succession
from tocsin.oncall.timeline import timeline
from tocsin.oncall.walltime import instant


@dataclass(frozen=True, slots=True)
class Era:
    """From ``start`` on, to the next era's, ``book`` is in force: a revision's, with all changes from day to day."""

    start: datetime
    book: Book


def eras(applied: Sequence[tuple[datetime, Config]], changes: Sequence[Change]) -> list[Era]:
    """The eras of revisions, each given with the instant at which it became current, in order.

    ``changes`` are all that were over after the first of them began, in the order in which they were made.
    """
    return [Era(at, amended(config.book, Changes(tuple(changes)))) for at, config in applied]


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
    after = amended(new.book, changes)
    since = min([at, *(instant(settled(schedule, at)) for schedule in after.schedules.values())])
    if old is None:
        return Facts(holidays), since
    before = amended(old.book, changes)
    carried = {
        name: orders
        for name, schedule in after.schedules.items()
        if name in before.schedules and (orders := succession(before.schedules[name], schedule, at))
    }
    return Facts(holidays, carried), since

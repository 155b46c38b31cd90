"""A product's own shifts beside ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from tocsin.oncall.model import Gap, Schedule, Span
from tocsin.oncall.timeline import timeline
from tocsin_cli.importing.draft import Shift
from tocsin_cli.writing import iso

LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Difference:
    """In [start, end) (aware) the product has ``theirs`` on call, the document ``ours``: sorted, none twice."""

    start: datetime
    end: datetime
    theirs: tuple[str, ...]
    ours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``rows`` in order and apart; how long both have the same people, or nobody, and how long not."""

    rows: tuple[Difference, ...]
    agree: timedelta
    differ: timedelta


def differences(theirs: Iterable[Shift], spans: Sequence[Span], gaps: Sequence[Gap]) -> Comparison:
    """Where shifts and a timeline differ, over the range that the timeline covers.

    Shifts may come in any order, overlap (then all of them are on call) and reach beyond the range. A time at which
    nobody is on call for both agrees. Neighbouring rows with the same people are one.
    """
    parts: list[Span | Gap] = sorted([*spans, *gaps], key=lambda part: part.start)
    if not parts:
        return Comparison((), timedelta(0), timedelta(0))
    begin, stop = parts[0].start, parts[-1].end
    events: list[tuple[datetime, int, tuple[str, ...]]] = []
    for shift in theirs:
        start, end = max(shift.start, begin), min(shift.end, stop)
        if start < end:
            events += [(start, 1, shift.users), (end, -1, shift.users)]
    events.sort(key=lambda event: event[0])
    cuts = sorted({*(part.start for part in parts), stop, *(at for at, _, _ in events)})
    present: dict[str, int] = {}
    rows: list[Difference] = []
    agree = differ = timedelta(0)
    event = part = 0
    for start, end in pairwise(cuts):
        while event < len(events) and events[event][0] <= start:
            for user in events[event][2]:
                present[user] = present.get(user, 0) + events[event][1]
            event += 1
        while parts[part].end <= start:
            part += 1
        here = parts[part]
        ours = here.users if isinstance(here, Span) else ()
        who = tuple(sorted(user for user, times in present.items() if times > 0))
        if who == ours:
            agree += end - start
            continue
        differ += end - start
        if rows and rows[-1].end == start and (rows[-1].theirs, rows[-1].ours) == (who, ours):
            rows[-1] = Difference(rows[-1].start, end, who, ours)
        else:
            rows.append(Difference(start, end, who, ours))
    return Comparison(tuple(rows), agree, differ)


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison of one schedule over [start, end); None when there is nothing to compare it with."""

    schedule: Schedule
    start: datetime
    end: datetime
    result: Comparison

    def as_json(self) -> dict[str, Any]:
        """Times in the schedule's zone, lengths in hours."""
        zone = ZoneInfo(self.schedule.timezone)
        return {
            "schedule": self.schedule.name,
            "from": iso(self.start, zone),
            "to": iso(self.end, zone),
            "hours_agree": hours(self.result.agree),
            "hours_differ": hours(self.result.differ),
            "differences": [
                {
                    "start": iso(row.start, zone),
                    "end": iso(row.end, zone),
                    "theirs": list(row.theirs),
                    "ours": list(row.ours),
                }
                for row in self.result.rows
            ],
        }


def compared(schedule: Schedule, shifts: Sequence[Shift], since: datetime | None) -> Compared | None:
    """A schedule beside its shifts: from ``since`` (None: the first shift) to the last shift's end, 90 days at most;
    None when they have no time in common."""
    if not shifts:
        return None
    first, last = min(shift.start for shift in shifts), max(shift.end for shift in shifts)
    start = first if since is None else max(first, since)
    end = min(last, start + LONGEST)
    if start >= end:
        return None
    return Compared(schedule, start, end, differences(shifts, *timeline(schedule, start, end)))


def hours(length: timedelta) -> float:
    """To a hundredth, without a needless fraction."""
    found = round(length / timedelta(hours=1), 2)
    return int(found) if found == int(found) else found

"""Who is on call, told once more from the file format's own sentences: slow, and free of the code under test.

It goes by what was written down (documents, the facts noted beside them, and changes from day to day), and knows what
the teams of the histories have: zones without odd clocks, one layer, hours and days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

from tocsin.config.facts import Facts
from tocsin.oncall.changes import Change, Cover, LeaveMade, OverrideMade, TemporaryMade

_UNITS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
#: By what an edge is passed to look at what comes after it.
TICK = timedelta(microseconds=1)

Group = tuple[str, ...]
Queue = tuple[Group, ...]
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Era:
    """From ``at`` on ``document`` counts, with the facts of its revision."""

    at: datetime
    revision: str
    document: Mapping[str, Any]
    facts: Facts


@dataclass(frozen=True, slots=True)
class Stand:
    """Somebody's time on call by hand: from when on, whom it is for (None: everybody), in which order it was made."""

    users: tuple[str, ...]
    span: Span
    instead: str | None
    made: datetime


def in_force(row: Change, start: datetime, end: datetime, since: datetime | None = None) -> Span | None:
    """A change counts from when it was made, and until it was cancelled."""
    begins = max(start, since or row.made.at)
    ends = min(end, row.made.cancelled_at) if row.made.cancelled_at is not None else end
    return (begins, ends) if begins < ends else None


@dataclass(frozen=True)
class Duty:
    """What one revision says, with the changes that are known."""

    era: Era
    rows: Sequence[Change]

    @cached_property
    def users(self) -> Mapping[str, Any]:
        return self.era.document["users"]

    def on_call(self, schedule: str, at: datetime) -> tuple[str, ...]:
        """The layers; a temporary schedule instead of them; the overrides, one after another; delegates last."""
        people = self._planned(schedule, at)
        for stand in self.stands(schedule):
            if not stand.span[0] <= at < stand.span[1]:
                continue
            if stand.instead is None:
                people = {*stand.users}
            elif stand.instead in people:
                people = (people - {stand.instead}) | {*stand.users}
        return tuple(sorted({self.stand_in(person, at) for person in people}))

    def _planned(self, schedule: str, at: datetime) -> set[str]:
        if schedule not in self.era.document.get("schedules", {}):
            return set()
        for row in reversed(self.temporaries(schedule)):
            span = in_force(row, row.start, row.end)
            if span is not None and span[0] <= at < span[1]:
                shifts = [shift for shift in row.shifts if shift.start <= at < shift.end]
                return {user for shift in shifts for user in shift.users if user in self.users}
        return {*self.in_turn(schedule, at)}

    def temporaries(self, schedule: str) -> list[TemporaryMade]:
        return [row for row in self.rows if isinstance(row, TemporaryMade) and row.schedule == schedule]

    def stands(self, schedule: str) -> list[Stand]:
        """The file's overrides, then what was made by hand in the order in which it was. Who is gone is passed over."""
        return self._stands.get(schedule, [])

    @cached_property
    def _stands(self) -> Mapping[str, list[Stand]]:
        found: dict[str, list[Stand]] = {}
        for name, document in self.era.document.get("schedules", {}).items():
            rows = [
                Stand((row["user"],), (_utc(row["from"]), _utc(row["to"])), row.get("for"), _utc(row["from"]))
                for row in document.get("overrides", ())
            ]
            made = sorted(
                (stand for row in self.rows for stand in self._by_hand(row, name)), key=lambda one: one.made
            )
            found[name] = rows + made
        return found

    def _by_hand(self, row: Change, schedule: str) -> Iterator[Stand]:
        if isinstance(row, LeaveMade | TemporaryMade) or row.schedule != schedule:
            return
        for users, start, end, instead, made in _given(row):
            here = tuple(user for user in users if user in self.users)
            span = in_force(row, start, end, made)
            if here and span is not None:
                yield Stand(here, span, instead, made)

    # -- absences -----------------------------------------------------------------------------------------------

    @cached_property
    def _leaves(self) -> list[tuple[str, Span, str | None]]:
        found = []
        for row in self.rows:
            if isinstance(row, LeaveMade) and row.user in self.users:
                span = in_force(row, row.start, row.end)
                if span is not None:
                    found.append((row.user, span, row.delegate if row.delegate in self.users else None))
        return found

    @cached_property
    def away(self) -> Mapping[str, list[Span]]:
        """When the layers pass somebody over. What was over before the orders were carried on is in them."""
        settled = self.era.facts.settled
        found: dict[str, list[Span]] = {}
        for user, span, delegate in self._leaves:
            if delegate is None and (settled is None or span[1] > settled):
                found.setdefault(user, []).append(span)
        return found

    def stand_in(self, person: str, at: datetime) -> str:
        """A delegate's delegate is followed; delegates in a circle take nothing."""
        seen = [person]
        while True:
            delegates = [
                delegate
                for user, (start, end), delegate in self._leaves
                if user == seen[-1] and delegate is not None and start <= at < end
            ]
            if not delegates:
                return seen[-1]
            if delegates[-1] in seen:
                return person
            seen.append(delegates[-1])

    # -- turns --------------------------------------------------------------------------------------------------

    def turn(self, schedule: str, at: datetime) -> int:
        """The number of the turn that an instant lies in; below 0 there is none."""
        layer = self.layer(schedule)
        return (at - _utc(layer["starts"])) // _UNITS[layer["rotate"]["unit"]]

    def begins(self, schedule: str, turn: int) -> datetime:
        layer = self.layer(schedule)
        return _utc(layer["starts"]) + turn * _UNITS[layer["rotate"]["unit"]]

    def layer(self, schedule: str) -> Mapping[str, Any]:
        (layer,) = self.era.document["schedules"][schedule]["layers"]
        return layer

    def groups(self, schedule: str) -> Queue:
        """The people of the layer as the file lists them."""
        return tuple((one,) if isinstance(one, str) else tuple(one) for one in self.layer(schedule)["users"])

    def in_turn(self, schedule: str, at: datetime) -> Group:
        """The first in the queue who is there; of people on call together those who are."""
        turn = self.turn(schedule, at)
        return next(self._there(self.queue(schedule, turn), at), ()) if turn >= 0 else ()

    def _there(self, queue: Queue, at: datetime) -> Iterator[Group]:
        for group in queue:
            there = tuple(user for user in group if not any(a <= at < b for a, b in self.away.get(user, ())))
            if there:
                yield there

    def queue(self, schedule: str, turn: int) -> Queue:
        """The queue at a turn's beginning: when a turn is over, whoever served most of it goes to the end."""
        groups = self.groups(schedule)
        base, queue = 0, groups
        carried = self.era.facts.carried.get(schedule, {}).get(self.layer(schedule)["name"])
        if carried is not None:
            base, queue = carried.turn, tuple(groups[place] for place in carried.order)
        if turn < base or not any(user in self.away for group in groups for user in group):
            return rotated(queue, turn - base)
        for number in range(base, turn):
            queue = self._after(queue, self.begins(schedule, number), self.begins(schedule, number + 1))
        return queue

    def _after(self, queue: Queue, begin: datetime, end: datetime) -> Queue:
        leaves = [edge for spans in self.away.values() for span in spans for edge in span]
        cuts = sorted({begin, end, *(edge for edge in leaves if begin < edge < end)})
        served = dict.fromkeys(queue, timedelta(0))
        for opens, closes in pairwise(cuts):
            there = next(self._there(queue, opens), None)
            if there is not None:
                served[next(group for group in queue if {*there} <= {*group})] += closes - opens
        most = max(served.values())
        if not most:
            return queue
        first = next(group for group in queue if served[group] == most)
        return (*(group for group in queue if group != first), first)

    # -- instants at which something may change -----------------------------------------------------------------

    def edges(self, schedule: str, low: datetime, high: datetime) -> list[datetime]:
        """Those in [low, high]."""
        if schedule not in self.era.document.get("schedules", {}):
            return []
        found = [edge for stand in self.stands(schedule) for edge in stand.span]
        found += [edge for _, span, _ in self._leaves for edge in span]
        for row in self.temporaries(schedule):
            if (span := in_force(row, row.start, row.end)) is not None:
                found += [*span, *(edge for shift in row.shifts for edge in (shift.start, shift.end))]
        turns = range(max(0, self.turn(schedule, low)), self.turn(schedule, high) + 1)
        found += [self.begins(schedule, turn) for turn in turns]
        return sorted({edge for edge in found if low <= edge <= high})


def rotated(queue: Queue, by: int) -> Queue:
    by %= len(queue)
    return queue[by:] + queue[:by]


def _given(
    row: OverrideMade | Cover,
) -> Iterable[tuple[tuple[str, ...], datetime, datetime, str | None, datetime]]:
    """Who has which time instead of whom, and since when that counts."""
    if isinstance(row, OverrideMade):
        return [(row.users, row.start, row.end, row.replaces, row.made.at)]
    given: list[tuple[tuple[str, ...], datetime, datetime, str | None, datetime]] = [
        ((part.user,), part.start, part.end, row.user, part.at) for part in row.parts
    ]
    if row.swap is not None and row.parts:
        given.append(((row.user,), row.swap.start, row.swap.end, row.swap.user, row.parts[0].at))
    return given


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

"""Who is away, and who stands in: out of office with a delegate, and time off without one.

Somebody away *with* a delegate keeps their turns; wherever they are on call, and wherever a policy names them, the
delegate is there instead. Somebody away *without* one is passed over by the layers (see `order`): the turn goes
to the next who is there. Times are instants.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tocsin.oncall.ranges import united
from tocsin.oncall.walltime import FOREVER, instant_number

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Away:
    """`user` is away from `start` to `end` (instants); `delegate` takes their pages and shifts, None for nobody."""

    user: str
    start: datetime
    end: datetime
    delegate: str | None = None


class Absences:
    """The absences of a schedule's people, made once and asked often. Equal when their rows are.

    `memory` is for what others work out from absences and layers, and want to keep as long as these live.
    """

    __slots__ = ("_delegated", "_edges", "_hash", "_passed", "memory", "rows")

    def __init__(self, rows: Iterable[Away] = ()) -> None:
        """A later row for the same time and person wins among delegates. Raises ValueError for a naive time."""
        self.rows = tuple(rows)
        self._hash = hash(self.rows)
        self.memory: dict[Hashable, Any] = {}
        passed: dict[str, list[Range]] = {}
        self._delegated: dict[str, list[tuple[int, int, str]]] = {}
        edges: set[int] = set()
        for row in self.rows:
            begin, end = instant_number(row.start), instant_number(row.end)
            if begin >= end:
                continue
            if row.delegate is None:
                passed.setdefault(row.user, []).append((begin, end))
            else:
                self._delegated.setdefault(row.user, []).append((begin, end, row.delegate))
                edges.update((begin, end))
        self._passed = {user: united(ranges) for user, ranges in passed.items()}
        self._edges = sorted(edges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Absences) and (self is other or self.rows == other.rows)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Absences({list(self.rows)!r})"

    def passing(self, user: str) -> list[Range]:
        """When the layers pass the person over: in order, apart."""
        return self._passed.get(user, [])

    def passed_over(self, user: str, at: int) -> bool:
        """Whether the layers pass the person over at an instant."""
        ranges = self._passed.get(user)
        return ranges is not None and _within(ranges, at)

    def stand_in(self, user: str, at: int) -> str:
        """Who takes the person's pages at an instant: the person, or the delegate, or the delegate's delegate.

        Delegates in a circle take nothing: it is the person then.
        """
        seen = {user}
        one = user
        while (delegate := self._delegate(one, at)) is not None:
            if delegate in seen:
                return user
            seen.add(delegate)
            one = delegate
        return one

    def next_change(self, after: int) -> int:
        """The first instant after this one at which some delegate begins or ceases to stand in."""
        index = bisect_right(self._edges, after)
        return self._edges[index] if index < len(self._edges) else FOREVER

    @property
    def delegates(self) -> bool:
        """Whether anybody ever stands in for anybody."""
        return bool(self._delegated)

    def _delegate(self, user: str, at: int) -> str | None:
        found = None
        for begin, end, delegate in self._delegated.get(user, ()):
            if begin <= at < end:
                found = delegate
        return found


def _within(ranges: list[Range], at: int) -> bool:
    index = bisect_right(ranges, (at, FOREVER)) - 1
    return index >= 0 and ranges[index][1] > at


NOBODY_AWAY = Absences()

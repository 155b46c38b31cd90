"""The turns of a layer: their boundaries on the wall clock, and which of them count.

Turn k runs from boundary k to boundary k + 1, each `starts` + k times `every` units on the wall clock and
only then mapped to an instant, as a start. A turn may thus be longer or shorter than `every`, or take no time
at all, where the zone changes its clock.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from functools import lru_cache
from math import gcd

from tocsin.oncall.model import Layer
from tocsin.oncall.walltime import DAY, HOUR, WEEK, Clock, wall_number
from tocsin.oncall.windows import Weekly, contains_time, weekly

_LENGTHS = {"hour": HOUR, "day": DAY, "week": WEEK}
_ORDINAL_ZERO = date(2001, 1, 1).toordinal()
# The Gregorian calendar repeats after so many years, which are so many days.
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097


class Turns:
    """The turns of one layer. Making one is cheap and takes no longer however long ago the layer started.

    `starts` is the layer's own, as a wall's number; `week` are its active hours, None when it is always
    active.

    With `served` only turns that contain active time count, on a wall clock that never changes. Turns of
    whole weeks and of months all do, as soon as there is any window, for each holds every moment of the week.
    Of months that is so because a turn of months has at least 28 days. It is enough to see it for one month,
    as a longer turn contains such a one. Let the start's day be d, the turn begin in a month of m days and
    end in the next, of n days; it lasts m - min(d, m) + min(d, n) days. If d <= m, that is m when d <= n, and
    m - d + n >= n when d > n; if d > m, it is min(d, n), where d > m >= 28 and n >= 28.
    """

    __slots__ = ("_counted", "_every", "_first_day", "_first_month", "_length", "starts", "week")

    def __init__(self, layer: Layer) -> None:
        self.starts = wall_number(layer.starts)
        self.week: Weekly | None = None if layer.active is None else weekly(layer.active)
        self._every = layer.every
        self._first_month = layer.starts.year * 12 + layer.starts.month - 1
        self._first_day = layer.starts.day
        # None for months, which have no one length.
        self._length = None if layer.unit == "month" else layer.every * _LENGTHS[layer.unit]
        # Set where some turns may not count.
        self._counted: tuple[int, ...] | None = None
        if layer.advance == "served" and self.week and self._length is not None and self._length % WEEK:
            self._counted = _counted(self.starts % WEEK, self._length, self.week)

    def boundary(self, turn: int) -> int:
        """The wall at which turn `turn` begins.

        Months are counted from the start each time, so that a 31st comes back after a shorter month.
        """
        if self._length is not None:
            return self.starts + turn * self._length
        year, month = divmod(self._first_month + turn * self._every, 12)
        cycle, year = divmod(year, _CYCLE_YEARS)
        year += _CYCLE_YEARS
        day = date(year, month + 1, min(self._first_day, monthrange(year, month + 1)[1])).toordinal()
        return (day - _ORDINAL_ZERO + (cycle - 1) * _CYCLE_DAYS) * DAY + self.starts % DAY

    def at(self, clock: Clock, at: int) -> int:
        """The turn in force at an instant, which must not be before the layer's start."""
        wall = clock.wall(at)
        if self._length is not None:
            turn = max(0, (wall - self.starts) // self._length)
            if clock.steady(wall - self._length, wall + self._length) is not None:
                return turn
        else:
            today = date.fromordinal(wall // DAY + _ORDINAL_ZERO)
            turn = max(0, (today.year * 12 + today.month - 1 - self._first_month) // self._every)
        # That is the turn by what the clock shows; near a change, or early in a month, it may be one close
        # by.
        while clock.first(self.boundary(turn + 1)) <= at:
            turn += 1
        while turn and clock.first(self.boundary(turn)) > at:
            turn -= 1
        return turn

    def served(self, turn: int) -> int:
        """How many turns count up to and including turn `turn`, the first that counts being taken for begun: at
        least 1. Whoever has the turn of that number is on call in it.

        With `calendar` every turn counts, with `served` those that have active time. A turn that does not count
        has none, but for one case: where a window ends at a time that happens twice, its last occurrence can lie
        beyond the boundary at which the turn ended. That rest stays with whoever had the last turn that counts
        (with the first user if there was none): the shift ends with its window.
        """
        return max(1, self._count(turn))

    def counts(self, turn: int) -> bool:
        """Whether turn `turn` counts."""
        counted = self._counted
        if counted is None:
            return True
        phase = turn % len(counted)
        return counted[phase] > (counted[phase - 1] if phase else 0)

    def begun(self, turn: int) -> bool:
        """Whether a turn up to and including turn `turn` counts."""
        return self._count(turn) > 0

    def _count(self, turn: int) -> int:
        counted = self._counted
        if counted is None:
            return turn + 1
        periods, phase = divmod(turn, len(counted))
        return periods * counted[-1] + counted[phase]

    @property
    def longest(self) -> int:
        """No turn is longer than this."""
        return self._length if self._length is not None else self._every * 31 * DAY


@lru_cache(maxsize=1024)
def _counted(phase: int, length: int, week: Weekly) -> tuple[int, ...]:
    """How many turns count among the first 1, 2, … of a period, for turns of `length` from `phase` into a
    week.

    Which turns count repeats as soon as a whole number of turns makes a whole number of weeks: after at most
    168 turns, as turns are of whole hours.
    """
    counted = []
    total = 0
    for turn in range(WEEK // gcd(length, WEEK)):
        begin = phase + turn * length
        total += contains_time(week, begin, begin + length)
        counted.append(total)
    return tuple(counted)

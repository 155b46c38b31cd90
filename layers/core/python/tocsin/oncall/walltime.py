"""The wall clock of a time zone, mapped to instants and back, to the microsecond.

Inside this room both walls and instants are whole microseconds counted from Monday 2001-01-01 00:00 (a wall
on the zone's own clock, an instant in UTC), so that `wall = instant + offset` and the phase in a week is a
remainder. Datetimes appear only at the room's doors.

A *start* (a handoff, the start of a window or an override, `starts`) that happens twice means its first
occurrence, an *end* (of a window or an override, `until`) its last; either one that does not exist means the
first instant after the gap. Both mappings never decrease as the wall moves on, so boundaries keep their order
whatever the zone does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import add
from zoneinfo import ZoneInfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
# Offsets lie within a day of UTC, so two of one zone differ by less than this: walls further apart than that
# have their instants in the same order, and an instant is never further than that from its wall.
REACH = 2 * DAY
# Later than anything.
FOREVER = 1 << 80

_WALL_ZERO = datetime(2001, 1, 1)  # noqa: DTZ001  a wall is naive on purpose
_INSTANT_ZERO = datetime(2001, 1, 1, tzinfo=UTC)
# What `datetime` and `zoneinfo` can hold; beyond, the offset stays as it is there.
_FIRST_DAY = (datetime(1, 1, 4, tzinfo=UTC) - _INSTANT_ZERO).days * DAY
_LAST_DAY = (datetime(9999, 12, 28, tzinfo=UTC) - _INSTANT_ZERO).days * DAY
# Changes of offset are looked for in blocks of time, by probing this often. The shortest stay between two
# changes in the whole database is four days (Freetown, 1939).
_BLOCK = 512 * DAY
_PROBE = 2 * DAY


def wall_number(wall: datetime) -> int:
    """The number of a wall (naive)."""
    since = wall - _WALL_ZERO
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def instant_number(at: datetime) -> int:
    """The number of an instant (aware). Raises ValueError for a naive one: whose wall clock would it be?"""
    if at.tzinfo is None:
        raise ValueError(f"the instant {at.isoformat()} has no time zone: pass an aware datetime")
    since = at - _INSTANT_ZERO
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def instant(number: int) -> datetime:
    """The instant (aware, UTC) of a number."""
    return _INSTANT_ZERO + timedelta(0, 0, number)


def instants(numbers: Iterable[int]) -> list[datetime]:
    """The instants (aware, UTC) of many numbers."""
    return [_INSTANT_ZERO + timedelta(0, 0, number) for number in numbers]


class Clock:
    """A zone's wall clock over a stretch of time.

    It is exact for every instant in the stretch and every wall that means one; a wall that means an instant
    outside of the stretch is mapped to one on the same side of it, so answers clipped to the stretch need no
    care.
    """

    __slots__ = ("_firsts", "_instants", "_lasts", "_offsets")

    def __init__(self, changes: list[tuple[int, int]]) -> None:
        """`changes` are (instant, offset from then on), in order; the first offset also holds before its
        instant."""
        # Piece i of the clock lasts from _instants[i] to _instants[i + 1], with _offsets[i].
        self._offsets = [offset for _, offset in changes]
        self._instants = [-FOREVER, *(at for at, _ in changes[1:]), FOREVER]
        # A wall belongs, as a start, to the first piece whose clock reaches or passes it: piece i + 1 takes what
        # piece i has not reached. As an end it belongs to the last piece that has not begun after it. Both lists
        # are in order, as no change of offset is as large as the stay before or after it is long.
        self._firsts = [-FOREVER, *map(add, self._instants[1:-1], self._offsets)]
        self._lasts = [*map(add, self._instants[:-1], self._offsets)]

    def wall(self, at: int) -> int:
        """What the clock shows at an instant."""
        return at + self._offsets[bisect_right(self._instants, at) - 1]

    def first(self, wall: int) -> int:
        """The instant of a start: the first one at which the clock shows `wall` or has passed it."""
        piece = bisect_right(self._firsts, wall) - 1
        at, begin = wall - self._offsets[piece], self._instants[piece]
        return at if at > begin else begin

    def last(self, wall: int) -> int:
        """The instant of an end: the last at which the clock shows `wall`, or the first after the gap around
        it."""
        piece = bisect_right(self._lasts, wall) - 1
        at, end = wall - self._offsets[piece], self._instants[piece + 1]
        return at if at < end else end

    def steady(self, begin: int, end: int) -> int | None:
        """The offset that maps every wall in [begin, end], start and end alike; None when a change is
        near."""
        piece = bisect_right(self._firsts, begin) - 1
        offset = self._offsets[piece]
        since, until = self._instants[piece] + REACH, self._instants[piece + 1] - REACH
        return offset if since <= begin - offset and end - offset <= until else None


def opening(clock: Clock, at: datetime) -> int:
    """The instant at which something begins: a wall (naive) as a start, or an instant (aware) itself."""
    return clock.first(wall_number(at)) if at.tzinfo is None else instant_number(at)


def closing(clock: Clock, at: datetime) -> int:
    """The instant at which something is over: a wall (naive) as an end, or an instant (aware) itself."""
    return clock.last(wall_number(at)) if at.tzinfo is None else instant_number(at)


def instant_of(timezone: str, wall: datetime, *, end: bool = False) -> datetime:
    """The instant (aware, UTC) of a wall in an IANA zone, as a start or as an end.

    Raises zoneinfo.ZoneInfoNotFoundError for an unknown zone.
    """
    number = wall_number(wall)
    clock = clock_for(timezone, number - REACH, number + REACH)
    return instant(clock.last(number) if end else clock.first(number))


def clock_for(timezone: str, begin: int, end: int) -> Clock:
    """The wall clock of an IANA zone for the stretch [begin, end] of instants.

    The work grows with the length of the stretch alone, and its result is kept for the next call. Raises
    zoneinfo.ZoneInfoNotFoundError for an unknown zone.
    """
    return _clock(timezone, (begin - 2 * REACH) // _BLOCK, (end + 2 * REACH) // _BLOCK)


@lru_cache(maxsize=512)
def _clock(timezone: str, first_block: int, last_block: int) -> Clock:
    begin = first_block * _BLOCK
    changes = [(begin, _offset(ZoneInfo(timezone), begin))]
    for block in range(first_block, last_block + 1):
        changes += _changes(timezone, block)
    return Clock(changes)


@lru_cache(maxsize=2048)
def _changes(timezone: str, block: int) -> tuple[tuple[int, int], ...]:
    """The changes of offset after the block's begin and up to its end, each with the offset from then on."""
    zone = ZoneInfo(timezone)
    at = block * _BLOCK
    offset = _offset(zone, at)
    found = []
    for probe in range(at + _PROBE, at + _BLOCK + 1, _PROBE):
        after = _offset(zone, probe)
        if after != offset:
            found.append((_change_between(zone, at, probe, offset), after))
        at, offset = probe, after
    return tuple(found)


def _change_between(zone: ZoneInfo, before: int, after: int, offset: int) -> int:
    """The instant in (before, after] from which the offset is no longer `offset`: always a whole second."""
    low, high = before // SECOND, after // SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle * SECOND) == offset:
            low = middle
        else:
            high = middle
    return high * SECOND


def _offset(zone: ZoneInfo, at: int) -> int:
    local = instant(min(max(at, _FIRST_DAY), _LAST_DAY)).astimezone(zone)
    offset = local.replace(tzinfo=UTC) - local
    return (offset.days * 86_400 + offset.seconds) * SECOND + offset.microseconds

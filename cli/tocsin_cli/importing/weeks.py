"""Hours of a week as stretches of minutes from Monday 00:00, and as the windows that the file has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from tocsin.config.schedules import DAYS

DAY = 24 * 60
WEEK = 7 * DAY

#: Stretches [start, end) within one week, in order and apart.
Hours = tuple[tuple[int, int], ...]
ALWAYS: Hours = ((0, WEEK),)


def hours(stretches: Iterable[tuple[int, int]]) -> Hours:
    """Stretches of any length that begin anywhere, as the hours of any week."""
    parts: list[tuple[int, int]] = []
    for start, end in stretches:
        if end - start >= WEEK:
            return ALWAYS
        if end > start:
            begin = start % WEEK
            stop = begin + end - start
            parts += [(begin, min(stop, WEEK)), (0, stop - WEEK)]
    united: list[tuple[int, int]] = []
    for start, end in sorted(part for part in parts if part[1] > part[0]):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return tuple(united)


def daily(days: Iterable[int], start: int, length: int) -> Hours:
    """On each of the days (Monday is 0) ``length`` minutes from the minute ``start`` on."""
    return hours((day * DAY + start, day * DAY + start + length) for day in days)


def common(one: Hours, other: Hours) -> Hours:
    """What lies in both."""
    return tuple(
        (max(start, begin), min(end, stop))
        for start, end in one
        for begin, stop in other
        if max(start, begin) < min(end, stop)
    )


def without(one: Hours, other: Hours) -> Hours:
    """What lies in the first and not in the other."""
    left = list(one)
    for start, end in other:
        left = [
            part
            for begin, stop in left
            for part in ((begin, min(stop, start)), (max(begin, end), stop))
            if part[0] < part[1]
        ]
    return tuple(left)


def windows(week: Hours) -> list[dict[str, object]]:
    """The hours as windows of ``active``; days with the same times share one."""
    stretches = list(week)
    if len(stretches) > 1 and stretches[0][0] == 0 and stretches[-1][1] == WEEK:
        stretches[-1] = (stretches[-1][0], WEEK + stretches[0][1])
        del stretches[0]
    days: dict[tuple[int, int], list[int]] = {}
    for start, end in stretches:
        for begin, stop in _pieces(start, end):
            days.setdefault((begin % DAY, begin % DAY + stop - begin), []).append(begin // DAY % 7)
    found: list[dict[str, object]] = []
    for (begin, stop), which in sorted(days.items(), key=lambda item: (sorted(item[1]), item[0])):
        row: dict[str, object] = {}
        if len(which) < 7:
            row["days"] = [DAYS[day] for day in sorted(which)]
        found.append({**row, "from": _clock(begin), "to": _clock(stop if stop <= DAY else stop - DAY)})
    return found


def _pieces(start: int, end: int) -> Sequence[tuple[int, int]]:
    """A window ends before the time at which it began the day before: what is longer is cut at midnight."""
    if end - start < DAY:
        return [(start, end)]
    cuts = [start, *range(start // DAY * DAY + DAY, end, DAY), end]
    return list(pairwise(cuts))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"

"""Stretches of time, put together and taken apart: of aware instants, or of the numbers that `walltime` has for them.

A range holds its start and not its end. Lists of ranges are in order and apart, where nothing else is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

#: Aware instants, the second not included.
Range = tuple[datetime, datetime]

Moment = TypeVar("Moment", int, datetime)


def united(ranges: Iterable[tuple[Moment, Moment]]) -> list[tuple[Moment, Moment]]:
    """The ranges (however they lie) in order and apart; those that touch are one."""
    found: list[tuple[Moment, Moment]] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def common(
    first: Sequence[tuple[Moment, Moment]], second: Sequence[tuple[Moment, Moment]]
) -> list[tuple[Moment, Moment]]:
    """What both lists have."""
    found: list[tuple[Moment, Moment]] = []
    one = other = 0
    while one < len(first) and other < len(second):
        start, end = max(first[one][0], second[other][0]), min(first[one][1], second[other][1])
        if start < end:
            found.append((start, end))
        if first[one][1] <= second[other][1]:
            one += 1
        else:
            other += 1
    return found


def rest(ranges: Iterable[tuple[Moment, Moment]], start: Moment, end: Moment) -> list[tuple[Moment, Moment]]:
    """What the ranges leave of [start, end)."""
    left: list[tuple[Moment, Moment]] = []
    at = start
    for begins, ends in ranges:
        if begins > at:
            left.append((at, begins))
        at = max(at, ends)
    if at < end:
        left.append((at, end))
    return left


def total(ranges: Iterable[Range]) -> timedelta:
    """How long they are together. Across a change of the clock, hours are those that pass."""
    return sum((end.astimezone(UTC) - start.astimezone(UTC) for start, end in ranges), timedelta(0))

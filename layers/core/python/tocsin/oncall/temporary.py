"""Temporary schedules: what they say of an instant, and what they fill of a range."""

from __future__ import annotations

from tocsin.oncall.absences import Range
from tocsin.oncall.layers import NOBODY, State
from tocsin.oncall.model import Temporary
from tocsin.oncall.walltime import Clock, closing, opening


def people_of(temporary: Temporary, clock: Clock, at: int) -> tuple[str, ...] | None:
    """Who it has at an instant (sorted, none twice, () for nobody); None when it is not in force then."""
    if not opening(clock, temporary.start) <= at < closing(clock, temporary.end):
        return None
    here = (
        shift for shift in temporary.shifts if opening(clock, shift.start) <= at < closing(clock, shift.end)
    )
    return tuple(sorted({user for shift in here for user in shift.users}))


def fill(temporary: Temporary, clock: Clock, free: list[Range], states: dict[int, State]) -> list[Range]:
    """Put what it says of the `free` ranges (in order and apart) into `states`, by the instant at which each
    state begins, and give back the ranges in which it is not in force."""
    begin, end = opening(clock, temporary.start), closing(clock, temporary.end)
    shifts = [(opening(clock, one.start), closing(clock, one.end), one.users) for one in temporary.shifts]
    edges = sorted({edge for opens, closes, _ in shifts for edge in (opens, closes) if begin < edge < end})
    left: list[Range] = []
    for start, stop in free:
        low, high = max(start, begin), min(stop, end)
        if low >= high:
            left.append((start, stop))
            continue
        if start < low:
            left.append((start, low))
        for at in (low, *(edge for edge in edges if low < edge < high)):
            people = tuple(
                sorted({user for opens, closes, users in shifts if opens <= at < closes for user in users})
            )
            states[at] = (people, f"temporary:{temporary.name}") if people else NOBODY
        if high < stop:
            left.append((high, stop))
    return left

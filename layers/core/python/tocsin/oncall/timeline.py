"""Who is on call over a range: the spans with the same people, and the gaps with nobody."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import datetime

from tocsin.oncall import temporary
from tocsin.oncall.absences import Absences
from tocsin.oncall.layers import NOBODY, State, fill
from tocsin.oncall.model import Gap, Override, Schedule, Span
from tocsin.oncall.walltime import Clock, clock_for, closing, instant_number, instants, opening
from tocsin.oncall.who import applied, delegated, near

OVERRIDE = "override"
DELEGATE = "delegate"


def timeline(schedule: Schedule, start: datetime, end: datetime) -> tuple[list[Span], list[Gap]]:
    """Spans and gaps of [start, end) (aware), each list in order; together they cover each instant of it
    once.

    At every instant the people are those of `on_call`. Neighbouring spans with equal people are one, with the
    source of the first part that lies in the range; so are neighbouring gaps. Times are aware UTC. The work
    grows with the range and what happens in it, not with the schedule's age.

    Raises zoneinfo.ZoneInfoNotFoundError for an unknown zone; ValueError for a naive time, or an end before
    the start.
    """
    begin, stop = instant_number(start), instant_number(end)
    if stop < begin:
        raise ValueError(f"the range ends at {end.isoformat()}, before it starts at {start.isoformat()}")
    if stop == begin:
        return [], []
    clock = clock_for(schedule.timezone, begin, stop)
    found: dict[int, State] = {}
    free = [(begin, stop)]
    for one in reversed(near(schedule.temporary, start, end)):
        free = temporary.fill(one, clock, free, found)
    starts, states = _of_layers(schedule, clock, free, found, stop)
    for override in near(schedule.overrides, start, end):
        opens = max(begin, opening(clock, override.start))
        closes = min(stop, closing(clock, override.end))
        if opens < closes:
            _apply(override, opens, closes, starts, states)
    if schedule.away.delegates:
        _delegate(schedule.away, starts, states)
    return _joined(starts, states)


def _of_layers(
    schedule: Schedule, clock: Clock, free: list[tuple[int, int]], found: dict[int, State], stop: int
) -> tuple[list[int], list[State]]:
    """When each state begins, where layers fill what is `free` beside the states already `found`, and the state;
    one more at the end, for `stop`, says nothing."""
    for layer in reversed(schedule.layers):
        free = fill(layer, clock, free, found, schedule.timezone, schedule.away)
    for opens, _ in free:
        found[opens] = NOBODY
    starts = sorted(found)
    return [*starts, stop], [*(found[opens] for opens in starts), NOBODY]


def _apply(override: Override, opens: int, closes: int, starts: list[int], states: list[State]) -> None:
    """Change the states in [opens, closes) as the override says."""
    if override.replaces is None:
        first, after = _cut(opens, starts, states), _cut(closes, starts, states)
        starts[first:after] = [opens]
        states[first:after] = [_overridden(override, ())]
        return
    first, after = bisect_right(starts, opens) - 1, bisect_left(starts, closes)
    if any(override.replaces in people for people, _ in states[first:after]):
        first, after = _cut(opens, starts, states), _cut(closes, starts, states)
        for index in range(first, after):
            if override.replaces in states[index][0]:
                states[index] = _overridden(override, states[index][0])


def _delegate(absences: Absences, starts: list[int], states: list[State]) -> None:
    """Let delegates stand in for those who are away."""
    at = starts[0]
    while (at := absences.next_change(at)) < starts[-1]:
        _cut(at, starts, states)
    for index, (people, _) in enumerate(states):
        if (instead := delegated(absences, people, starts[index])) != people:
            states[index] = (instead, DELEGATE)


def _overridden(override: Override, people: tuple[str, ...]) -> State:
    people = applied(override, people)
    return (people, OVERRIDE) if people else NOBODY


def _cut(at: int, starts: list[int], states: list[State]) -> int:
    """Make a state begin at `at`, if none does, and say which it is."""
    index = bisect_left(starts, at)
    if starts[index] != at:
        starts.insert(index, at)
        states.insert(index, states[index - 1])
    return index


def _joined(starts: list[int], states: list[State]) -> tuple[list[Span], list[Gap]]:
    """The states as spans and gaps, neighbours with equal people being one."""
    spans: list[Span] = []
    gaps: list[Gap] = []
    moments = instants(starts)
    opened, stop = moments[0], moments[-1]
    users, source = states[0]
    for moment, (people, origin) in zip(moments, states, strict=True):
        if people != users or moment is stop:
            if users:
                spans.append(Span(opened, moment, users, source))
            else:
                gaps.append(Gap(opened, moment))
            opened, users, source = moment, people, origin
    return spans, gaps

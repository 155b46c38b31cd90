"""What one layer says: who it has at an instant, and what it fills of a range."""

from __future__ import annotations

from tocsin.oncall.absences import Absences, Range
from tocsin.oncall.model import Layer
from tocsin.oncall.order import order_of
from tocsin.oncall.turns import Turns
from tocsin.oncall.walltime import FOREVER, Clock, wall_number
from tocsin.oncall.windows import hours

# Who is on call, and where they come from; nobody comes from nowhere.
State = tuple[tuple[str, ...], str]
NOBODY: State = ((), "")
_NEVER = (FOREVER, FOREVER)


def people_at(layer: Layer, clock: Clock, at: int, timezone: str, absences: Absences) -> tuple[str, ...]:
    """Who the layer has at an instant: sorted, none twice, () for nobody."""
    turns = Turns(layer)
    if not layer.users or not clock.first(turns.starts) <= at < _end(layer, clock):
        return ()
    if turns.week is not None and not hours(turns.week, clock, at, at + 1):
        return ()
    return order_of(layer, turns, timezone, absences).people(turns.served(turns.at(clock, at)), at)


def fill(
    layer: Layer, clock: Clock, free: list[Range], states: dict[int, State], timezone: str, absences: Absences
) -> list[Range]:
    """Put what the layer says of the `free` ranges (in order and apart) into `states`, by the instant at
    which each state begins, and give back the ranges in which it has nobody."""
    turns = Turns(layer)
    begin, end = clock.first(turns.starts), _end(layer, clock)
    active = _active(turns, clock, max(begin, free[0][0]), min(end, free[-1][1])) if free else []
    if not active or not layer.users:
        return free
    source = f"layer:{layer.name}"
    order = order_of(layer, turns, timezone, absences)
    left: list[Range] = []
    stretches = iter(active)
    opens, closes = next(stretches)
    turn, turn_end, served, changes = -1, begin, 0, begin
    state: State = NOBODY
    for start, stop in free:
        while start < stop:
            while closes <= start:
                opens, closes = next(stretches, _NEVER)
            if start < opens:
                cut = opens if opens < stop else stop
                left.append((start, cut))
                start = cut
                continue
            if start >= turn_end:
                turn += 1
                turn_end = clock.first(turns.boundary(turn + 1))
                if start >= turn_end:
                    turn = turns.at(clock, start)
                    turn_end = clock.first(turns.boundary(turn + 1))
                served = turns.served(turn)
                changes = start
            if start >= changes:
                state = (order.people(served, start), source)
                changes = order.next_change(start)
            cut = closes if closes < stop else stop
            if turn_end < cut:
                cut = turn_end
            if changes < cut:
                cut = changes
            if state[0]:
                states[start] = state
            else:
                left.append((start, cut))
            start = cut
    return left


def _end(layer: Layer, clock: Clock) -> int:
    """The instant from which the layer has nobody any more."""
    return FOREVER if layer.until is None else clock.last(wall_number(layer.until))


def _active(turns: Turns, clock: Clock, begin: int, end: int) -> list[Range]:
    """The stretches of [begin, end) in which the layer's hours are in force: in order, apart, clipped."""
    if begin >= end:
        return []
    if turns.week is None:
        return [(begin, end)]
    found = hours(turns.week, clock, begin, end)
    if found:
        found[0] = (max(begin, found[0][0]), found[0][1])
        found[-1] = (found[-1][0], min(end, found[-1][1]))
    return found

"""How a layer goes on when its people, its hours or its handoffs are changed: no turn in progress is cut short.

Whoever has the turn in progress keeps it until the new version's next handoff, and the others follow in the order in
which they stood: somebody new comes after whom the list names before them, somebody who takes another's place in the
list takes their place in the queue, and who is gone is passed over. Where the list itself has another order, that one
is followed from whoever has the turn. What begins in the future, or has not begun, begins as the file says.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from tocsin.oncall.model import Carried, Layer, Schedule
from tocsin.oncall.order import Order, Queue, order_of, rotated
from tocsin.oncall.turns import Turns
from tocsin.oncall.walltime import Clock, clock_for, instant_number

Group = tuple[str, ...]


def succession(old: Schedule, new: Schedule, at: datetime) -> dict[str, Carried]:
    """By layer, the order with which ``new`` goes on from ``old`` at an instant (aware).

    A layer is left out when its file alone says the same: then it needs no memory. Layers are the same when they have
    the same name.
    """
    before = {layer.name: layer for layer in old.layers}
    found = {}
    for layer in new.layers:
        past = before.get(layer.name)
        if past is None or not past.users or not layer.users:
            continue
        if (carried := _carried(old, past, new, layer, instant_number(at))) is not None:
            found[layer.name] = carried
    return found


def settled(schedule: Schedule, at: datetime) -> int:
    """The instant before which no absence moves the order any more, when it is carried over at ``at`` (aware): the
    earliest beginning of a turn in progress. A number, as ``walltime`` has them."""
    now = instant_number(at)
    clock = _clock(schedule, now)
    begins = [now]
    for layer in schedule.layers:
        turns = Turns(layer)
        if clock.first(turns.starts) <= now:
            begins.append(clock.first(turns.boundary(turns.at(clock, now))))
    return min(begins)


def _carried(old: Schedule, past: Layer, new: Schedule, layer: Layer, now: int) -> Carried | None:
    queue = _queue_now(old, past, now)
    clock = _clock(new, now)
    turns = Turns(layer)
    if queue is None or clock.first(turns.starts) > now:
        return None
    turn = turns.at(clock, now)
    order = _joined(past.users, queue, layer.users)
    plain = Order(replace(layer, carried=None), turns).queue(turns.served(turn))
    if order == plain and not _was_away(new, layer, clock.first(turns.boundary(turn))):
        return None
    return Carried(turn, order)


def _queue_now(schedule: Schedule, layer: Layer, now: int) -> Queue | None:
    """The queue of the turn in progress; None when no turn has begun that counts."""
    clock = _clock(schedule, now)
    turns = Turns(layer)
    if clock.first(turns.starts) > now:
        return None
    turn = turns.at(clock, now)
    if not turns.begun(turn):
        return None
    return order_of(layer, turns, schedule.timezone, schedule.away).queue(turns.served(turn))


def _joined(old: tuple[Group, ...], queue: Queue, new: tuple[Group, ...]) -> Queue:
    """The queue of places in ``new`` that goes on from a queue of places in ``old``."""
    stay = Counter(old) & Counter(new)
    here, there = _places(old, stay), _places(new, stay)
    names, wanted = [old[place] for place in here], [new[place] for place in there]
    shift = next((by for by in range(len(there)) if names == wanted[by:] + wanted[:by]), None)
    if here and shift is None:
        return _in_the_order_of_the_list(old, queue, new, here, there)
    heirs = _heirs(len(old), here, len(new), there[shift or 0 :] + there[: shift or 0])
    # Whoever has the turn keeps it, in whatever company, though somebody else stands where they stood in the list.
    if queue[0] not in here and (kept := _kept(old[queue[0]], new)) is not None:
        heirs = {place: heir for place, heir in heirs.items() if heir != kept} | {queue[0]: kept}
    order = [heirs[place] for place in queue if place in heirs]
    known = order[0]
    for place in (*range(known + 1, len(new)), *range(known)):
        if place not in order:
            order.insert(order.index((place - 1) % len(new)) + 1, place)
    return tuple(order)


def _heirs(old: int, here: list[int], new: int, there: list[int]) -> dict[int, int]:
    """Which place in the new list goes on for one in the old: ``there`` for ``here``, and between two of those the
    first who came for the first who is gone, and so on."""
    found = dict(zip(here, there, strict=True))
    if not here:
        return dict(zip(range(old), range(new), strict=False))
    for index, (one, other) in enumerate(zip(here, there, strict=True)):
        after = (index + 1) % len(here)
        gone = (here[after] - one - 1) % old
        come = (there[after] - other - 1) % new
        for step in range(1, min(gone, come) + 1):
            found[(one + step) % old] = (other + step) % new
    return found


def _in_the_order_of_the_list(
    old: tuple[Group, ...], queue: Queue, new: tuple[Group, ...], here: list[int], there: list[int]
) -> Queue:
    """The new list's own order, from the first in the queue who is still in it."""
    waiting = {
        group: [place for place in there if new[place] == group] for group in {old[place] for place in here}
    }
    places = {place: waiting[old[place]].pop(0) for place in here}
    kept = None if queue[0] in places else _kept(old[queue[0]], new)
    first = kept if kept is not None else next(places[place] for place in queue if place in places)
    return rotated(tuple(range(len(new))), first)


def _kept(group: Group, new: tuple[Group, ...]) -> int | None:
    """The first place of the same people, or else of some of them."""
    equal = (place for place, other in enumerate(new) if other == group)
    some = (place for place, other in enumerate(new) if not {*other}.isdisjoint(group))
    return next(equal, next(some, None))


def _places(groups: tuple[Group, ...], stay: Counter[Group]) -> list[int]:
    """Where those who stay stand in a list."""
    left = stay.copy()
    found = []
    for place, group in enumerate(groups):
        if left[group] > 0:
            left[group] -= 1
            found.append(place)
    return found


def _was_away(schedule: Schedule, layer: Layer, begin: int) -> bool:
    """Whether an absence of the layer's people began before the turn in progress did, and may have moved the order."""
    members = {user for group in layer.users for user in group}
    return any(opens < begin for user in members for opens, _ in schedule.away.passing(user))


def _clock(schedule: Schedule, now: int) -> Clock:
    """Exact for the turn in progress of each layer, too."""
    longest = max((Turns(layer).longest for layer in schedule.layers), default=0)
    return clock_for(schedule.timezone, now - longest, now + longest)

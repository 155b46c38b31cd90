"""Whose turn it is: the order of a layer's people, who is passed over, and who comes next.

The people of a layer (those who are on call together count as one) stand in a queue. At every instant of a turn the
first in the queue who is there is on call; of people on call together, those of them who are there. When the turn
is over, whoever served most of its active time (the one further ahead where two served the same) goes to the queue's
end. So nobody away loses their place: they are first on their return. With nobody away that is the rotation.
"""

from __future__ import annotations

from bisect import bisect_right

from tocsin.oncall.absences import Absences, Range
from tocsin.oncall.model import Layer
from tocsin.oncall.ranges import united
from tocsin.oncall.turns import Turns
from tocsin.oncall.walltime import FOREVER, clock_for, wall_number
from tocsin.oncall.windows import hours

Queue = tuple[int, ...]


class Order:
    """Who has which turn of a layer in which nobody is ever away."""

    __slots__ = ("_base", "_order", "_size", "groups")

    def __init__(self, layer: Layer, turns: Turns) -> None:
        #: The people of each place in the layer's `users`: sorted, none twice.
        self.groups = [_sorted(users) for users in layer.users]
        self._size = len(layer.users)
        carried = layer.carried
        self._order: Queue | None = carried.order if carried is not None else None
        self._base = turns.served(carried.turn) if carried is not None else 1

    def people(self, served: int, at: int) -> tuple[str, ...]:
        """Who is on call at an instant of the turn that is the `served`-th to count."""
        place = (served - self._base) % self._size
        return self.groups[place if self._order is None else self._order[place]]

    def next_change(self, after: int) -> int:
        """The first instant after this one at which somebody goes away or returns."""
        return FOREVER

    def queue(self, served: int) -> Queue:
        """The queue at the beginning of the turn that is the `served`-th to count."""
        order = self._order if self._order is not None else tuple(range(self._size))
        return rotated(order, served - self._base)


class OrderWithAbsences(Order):
    """As `Order`, where somebody is away at some time.

    A turn in which the first in the queue is there all the time moves everybody up by one; only the others are
    worked out, once, in their order, as far as anybody asks. So the work grows with the turns that absences touch
    since the layer's order was last carried over, and not with the layer's age.
    """

    __slots__ = (
        "_absences",
        "_after",
        "_busy",
        "_clock",
        "_done",
        "_edges",
        "_end",
        "_known",
        "_queues",
        "_serveds",
        "_turns",
    )

    def __init__(self, layer: Layer, turns: Turns, timezone: str, absences: Absences) -> None:
        super().__init__(layer, turns)
        self._turns = turns
        self._absences = absences
        members = {user for group in self.groups for user in group}
        self._busy = united(span for user in members for span in absences.passing(user))
        self._edges = sorted({edge for user in members for span in absences.passing(user) for edge in span})
        # From the `_serveds[i]`-th turn on, until the next of these, everybody moves up by one with each turn.
        self._serveds = [self._base]
        self._queues = [super().queue(self._base)]
        #: Turns before this one are worked out.
        self._done = layer.carried.turn if layer.carried is not None else 0
        #: Nobody's absence touches a turn that is not worked out and comes before the `_known`-th to count.
        self._known = 0
        # The whole of every turn that an absence touches lies in this stretch.
        self._clock = clock_for(timezone, self._busy[0][0] - turns.longest, self._busy[-1][1] + turns.longest)
        self._end = FOREVER if layer.until is None else self._clock.last(wall_number(layer.until))

    def people(self, served: int, at: int) -> tuple[str, ...]:
        for place in self.queue(served):
            if there := self._there(place, at):
                return there
        return ()

    def next_change(self, after: int) -> int:
        index = bisect_right(self._edges, after)
        return self._edges[index] if index < len(self._edges) else FOREVER

    def queue(self, served: int) -> Queue:
        if served > self._known:
            self._work_out(served)
        index = max(0, bisect_right(self._serveds, served) - 1)
        return rotated(self._queues[index], served - self._serveds[index])

    def _there(self, place: int, at: int) -> tuple[str, ...]:
        return tuple(user for user in self.groups[place] if not self._absences.passed_over(user, at))

    def _work_out(self, served: int) -> None:
        """Work out every turn that absences touch and that comes before the `served`-th to count."""
        clock, turns = self._clock, self._turns
        while self._busy:
            begin, end = self._busy[0]
            turn = self._done
            if begin > clock.first(turns.boundary(turn)):
                turn = turns.at(clock, begin)
            if clock.first(turns.boundary(turn)) >= end:
                self._busy.pop(0)
                continue
            number = turns.served(turn)
            if number >= served:
                self._known = number
                return
            self._done = turn + 1
            if turns.counts(turn):
                self._settle(turn, number)
        self._known = FOREVER

    def _settle(self, turn: int, number: int) -> None:
        """Note the queue after a turn that counts, if it is not the one before moved up by one."""
        clock = self._clock
        queue = rotated(self._queues[-1], number - self._serveds[-1])
        begin, end = clock.first(self._turns.boundary(turn)), clock.first(self._turns.boundary(turn + 1))
        if not self._touched(queue[0], begin, end):
            return
        active = self._active(begin, min(end, self._end))
        served = dict.fromkeys(queue, 0)
        for opens, closes in active:
            at = opens
            while at < closes:
                cut = min(closes, self.next_change(at))
                place = next((place for place in queue if self._there(place, at)), None)
                if place is not None:
                    served[place] += cut - at
                at = cut
        most = max(served.values())
        if served[queue[0]] == most and (most or not active):
            return
        after = queue
        if most:  # else nobody was there, and nobody moves up
            credited = next(place for place in queue if served[place] == most)
            after = (*(place for place in queue if place != credited), credited)
        self._serveds.append(number + 1)
        self._queues.append(after)

    def _touched(self, place: int, begin: int, end: int) -> bool:
        """Whether anybody of a place in `users` is away at some time of [begin, end)."""
        return any(
            opens < end and closes > begin
            for user in self.groups[place]
            for opens, closes in self._absences.passing(user)
        )

    def _active(self, begin: int, end: int) -> list[Range]:
        if begin >= end:
            return []
        if self._turns.week is None:
            return [(begin, end)]
        found = hours(self._turns.week, self._clock, begin, end)
        return [(max(begin, opens), min(end, closes)) for opens, closes in found]


def order_of(layer: Layer, turns: Turns, timezone: str, absences: Absences) -> Order:
    """The order of a layer whose people are away as `absences` say."""
    if not absences.rows or not any(absences.passing(user) for group in layer.users for user in group):
        return Order(layer, turns)
    key = layer, timezone
    known: Order | None = absences.memory.get(key)
    if known is None:
        known = absences.memory[key] = OrderWithAbsences(layer, turns, timezone, absences)
    return known


def rotated(queue: Queue, by: int) -> Queue:
    """The queue after so many turns, before them where it is negative."""
    by %= len(queue)
    return queue[by:] + queue[:by]


def _sorted(users: tuple[str, ...]) -> tuple[str, ...]:
    return users if len(users) == 1 else tuple(sorted(set(users)))

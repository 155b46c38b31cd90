"""Queues as SQS keeps them, and the event source mappings that feed functions from them.

Standard: at least once, in any order. FIFO: in order within a group, a group waits while one of its messages is out,
and what bears the same deduplication id within five minutes is taken once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.simulation.dice import Dice
from tests.simulation.kernel import Kernel, us
from tests.simulation.weather import Weather

DEDUPLICATED = us(300)


@dataclass(slots=True)
class Lying:
    """A message in a queue. It is out, with whoever received it, until ``visible_at``."""

    id: str
    body: str
    sequence: int
    group: str
    visible_at: int
    receives: int = 0
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """A queue of the template: visibility in seconds, the receives it allows, and how many messages one run gets."""

    name: str
    function: str
    visibility: float
    receives: int
    batch: int
    fifo: bool


#: Runs a function on a batch, spared of faults or not, and says in the end which of its messages failed; None for all.
Work = Callable[[str, Sequence[Lying], bool, Callable[[Sequence[str] | None], None]], None]
#: So many receives before a queue would give a message up, nothing strikes its consumer any more: an outage that lasts
#: for all ten of them has the dead letters' alarm for it, and people who send them again.
SPARED = 3


@dataclass(slots=True)
class Queue:
    """One queue. ``dead`` are the messages that it gave up."""

    declared: Declared
    kernel: Kernel
    dice: Dice
    weather: Weather
    work: Work
    messages: dict[str, Lying] = field(default_factory=dict)
    dead: list[Lying] = field(default_factory=list)
    taken: int = 0
    _known: dict[str, int] = field(default_factory=dict)
    _sequence: int = 0
    _polls: int = 0

    def put(self, id: str, body: str, group: str = "", deduplication: str = "") -> bool:
        """Takes a message; False when it was known already (it is taken all the same)."""
        now = self.kernel.now
        if self.declared.fifo and deduplication:
            known = self._known.get(deduplication)
            if known is not None and now - known < DEDUPLICATED:
                return False
            self._known[deduplication] = now
        self._sequence += 1
        self.taken += 1
        wait = us(self.dice.between(f"{id}/wait", 0.01, 0.2))
        if self.weather.strikes("late", f"{self.declared.name} {id}", now):
            wait += us(self.dice.between(f"{id}/late", 1, 50))
        copies = 1
        if not self.declared.fifo and self.weather.strikes("duplicate", f"{self.declared.name} {id}", now):
            copies = 2
        for copy in range(copies):
            name = id if copy == 0 else f"{id}'"
            wait += us(self.dice.between(f"{id}/again", 0.0, 40.0)) if copy else 0
            self.messages[name] = Lying(name, body, self._sequence, group, now + wait)
            self.look_at(now + wait)
        return True

    def hide(self, id: str, seconds: float) -> None:
        """ChangeMessageVisibility."""
        message = self.messages.get(id)
        if message is not None and not message.gone:
            message.visible_at = self.kernel.now + us(seconds)
            self.look_at(message.visible_at)

    def look_at(self, when: int) -> None:
        self.kernel.at(when, self._poll)

    def _poll(self) -> None:
        batch = self._next_batch()
        if not batch:
            return
        self._polls += 1
        out = self.kernel.now + us(self.declared.visibility)
        for message in batch:
            message.receives += 1
            message.visible_at = out
            self.look_at(out)
        over = [message for message in batch if message.receives > self.declared.receives]
        for message in over:
            self.dead.append(message)
            self._forget(message)
        rest = [message for message in batch if not message.gone]
        if rest:
            name = f"{self.declared.function}({rest[0].id}{f'+{len(rest) - 1}' if rest[1:] else ''})#{rest[0].receives}"
            spared = any(one.receives > self.declared.receives - SPARED for one in rest)
            if not spared and self.weather.strikes("throttled", name, self.kernel.now):
                return
            self.work(name, rest, spared, lambda failed: self._worked(rest, failed))

    def _next_batch(self) -> list[Lying]:
        now = self.kernel.now
        if not self.declared.batch:
            return []
        batch: list[Lying] = []
        blocked: set[str] = set()
        # Insertion order is the order of sequence numbers.
        for message in self.messages.values():
            if self.declared.fifo and message.group in blocked:
                continue
            if message.visible_at > now:
                if self.declared.fifo:
                    blocked.add(message.group)
                continue
            batch.append(message)
            if len(batch) == self.declared.batch:
                break
        return batch

    def _worked(self, batch: Sequence[Lying], failed: Sequence[str] | None) -> None:
        """What did not fail is deleted; what did comes back when its visibility ends. After a crash, all of it does.

        Deleting fails, too: then what was done comes back.
        """
        if failed is None:
            return
        for message in batch:
            if message.id in failed:
                continue
            where = f"{message.id} deleted from {self.declared.name} after {message.receives}"
            spared = message.receives > self.declared.receives - SPARED
            if spared or not self.weather.strikes("undeleted", where, self.kernel.now):
                self._forget(message)
        self.look_at(self.kernel.now)

    def _forget(self, message: Lying) -> None:
        message.gone = True
        self.messages.pop(message.id, None)

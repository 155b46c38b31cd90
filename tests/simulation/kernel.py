"""Virtual time, and the processes that live in it.

A process is a function's run: a greenlet that gives the word back to the kernel at every effect. Between two effects it
is alone, as every program is that shares nothing; at its effects anything may have happened since the one before.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from greenlet import getcurrent, greenlet

SECOND = 1_000_000


def us(seconds: float) -> int:
    """Seconds as the kernel counts time."""
    return int(seconds * SECOND)


class Died(BaseException):
    """The process ends here. Not an Exception: nothing in it may catch this."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: with an answer, with an exception, or (both None and ``died``) without a word."""

    answer: Any = None
    error: Exception | None = None
    died: bool = False

    @property
    def well(self) -> bool:
        return self.error is None and not self.died


class Kernel:
    """What happens when, in whole microseconds since the history's beginning."""

    def __init__(self, begin: datetime) -> None:
        self.begin = begin
        self.now = 0
        self.steps = 0
        #: Where processes give the word back to.
        self.home = getcurrent()
        self._until: int | None = None
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    def instant(self, at: int | None = None) -> datetime:
        return self.begin + timedelta(microseconds=self.now if at is None else at)

    def since(self, at: datetime) -> int:
        """An instant as the kernel counts time."""
        return (at - self.begin) // timedelta(microseconds=1)

    def at(self, when: int, act: Callable[[], None]) -> None:
        """``act`` happens at ``when``; at once when that is past."""
        self._count += 1
        heapq.heappush(self._heap, (max(when, self.now), self._count, act))

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        self.at(self.now + us(seconds), act)

    def free_until(self, when: int) -> bool:
        """Whether nothing else happens up to ``when``: whoever is at work may just go on."""
        if self._until is not None and when > self._until:
            return False
        return not self._heap or self._heap[0][0] > when

    def run(self, until: int | None = None) -> None:
        """Everything up to ``until`` (all there is when None); then it is ``until``."""
        self._until = until
        heap = self._heap
        while heap and (until is None or heap[0][0] <= until):
            self.now, _, act = heapq.heappop(heap)
            self.steps += 1
            act()
        if until is not None:
            self.now = max(self.now, until)


class Process(greenlet):
    """One run of a function, in a container whose clock is off by ``skew`` microseconds, until ``deadline``."""

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        body: Callable[[], Any],
        done: Callable[[Ended], None],
        *,
        timeout: float,
        skew: int = 0,
    ) -> None:
        super().__init__(self._life, kernel.home)
        self.kernel = kernel
        self.name = name
        self.skew = skew
        self.began = kernel.now
        self.deadline = kernel.now + us(timeout)
        self.effects = 0
        self.gone = False
        #: Whether no fault strikes it.
        self.spared = False
        self.ports: Any = None
        self._body = body
        self._done = done

    def _life(self) -> None:
        try:
            ended = Ended(self._body())
        except Died:
            ended = Ended(died=True)
        except Exception as error:
            ended = Ended(error=error)
        self.gone = True
        self.kernel.at(self.kernel.now, lambda: self._done(ended))

    def begin(self) -> None:
        self.kernel.at(self.kernel.now, self._go_on)

    def _go_on(self) -> None:
        self.switch()

    def rest(self, microseconds: int, in_flight: Callable[[], Any] | None = None) -> None:
        """Lets time go by. Whoever rests beyond the deadline is killed then; what is in flight still lands."""
        kernel = self.kernel
        until = kernel.now + microseconds
        if until > self.deadline:
            if in_flight is not None:
                kernel.at(until, lambda: _land(in_flight))
            until = self.deadline
            self._wait(until)
            self.gone = True
            raise Died
        self._wait(until)

    def _wait(self, until: int) -> None:
        kernel = self.kernel
        if kernel.free_until(until):
            kernel.now = max(kernel.now, until)
            return
        kernel.at(until, self._go_on)
        kernel.home.switch()


def _land(act: Callable[[], Any]) -> None:
    """A request whose sender is dead: it takes effect, and nobody hears the answer."""
    try:
        act()
    except Exception:
        return


def current() -> Process:
    """The process at work. Raises AssertionError outside of one."""
    process = getcurrent()
    if not isinstance(process, Process):
        raise AssertionError("nothing but a function's run acts through these ports")
    return process

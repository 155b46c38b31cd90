"""The simulation's queues keep what queues promise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from tests.simulation.dice import Dice
from tests.simulation.kernel import Kernel, us
from tests.simulation.queue_contract import RECEIVES, VISIBILITY, FifoContract, StandardContract
from tests.simulation.queues import Declared, Lying, Queue
from tests.simulation.weather import Weather

Done = Callable[[Sequence[str] | None], None]


class SimulatedLane:
    """A queue whose consumer takes its time: a batch is over when each of its messages is decided."""

    def __init__(self, fifo: bool) -> None:
        self.kernel = Kernel(datetime(2026, 11, 23, tzinfo=UTC))
        dice = Dice(0)
        weather = Weather(dice)
        weather.rates = {}
        declared = Declared("lane", "worker", VISIBILITY, RECEIVES, 10, fifo)
        self.queue = Queue(declared, self.kernel, dice, weather, self.work)
        self.given: list[str] = []
        self.batches: list[tuple[list[str], Done]] = []
        self.finished: dict[int, set[str]] = {}
        self.count = 0
        self.ids: dict[str, str] = {}

    def work(self, name: str, batch: Sequence[Lying], spared: bool, done: Done) -> None:
        self.given += [message.body for message in batch]
        self.batches.append(([message.body for message in batch], done))

    def put(self, words: str, group: str = "g", id: str = "") -> None:
        self.count += 1
        self.ids[words] = f"m{self.count}"
        self.queue.put(self.ids[words], words, group, id or words)

    def receive(self) -> list[str]:
        self.pass_time(0.5)
        given, self.given = self.given, []
        return given

    def done(self, words: str) -> None:
        for bodies, done in self.batches:
            if words in bodies:
                done([self.ids[other] for other in bodies if other != words])

    def hide(self, words: str, seconds: int) -> None:
        self.queue.hide(self.ids[words], seconds)

    def pass_time(self, seconds: float) -> None:
        self.kernel.run(self.kernel.now + us(seconds))

    def dead(self) -> list[str]:
        return [message.body for message in self.queue.dead]


@pytest.fixture
def fifo() -> SimulatedLane:
    return SimulatedLane(True)


@pytest.fixture
def standard() -> SimulatedLane:
    return SimulatedLane(False)


class TestFifo(FifoContract):
    pass


class TestStandard(StandardContract):
    pass

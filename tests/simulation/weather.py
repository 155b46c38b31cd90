"""The faults of one history: which kinds there are in it, how often each comes, and what each may cost.

Most histories have few kinds of fault, and some have none: what happens then has to be exact.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulation.dice import Dice
from tests.simulation.kernel import SECOND

#: Each kind of fault, and by how many seconds one of it may at most delay what a page waits for. The figures follow
#: from the template: a queue's visibility and a lease are 60 s, a task of the state machine is tried again within
#: 30 s, the auditor takes a clock for lost after 60 s, looks every minute, and its index may lag.
COSTS: dict[str, float] = {
    "crash": 185,
    "error": 125,
    "lost": 125,
    "conflict": 8,
    "echo": 8,
    "slow": 185,
    "throttled": 125,
    "partial": 125,
    "duplicate": 65,
    "undeleted": 65,
    "late": 65,
    "dropped wake": 150,
    "dropped tick": 65,
    "busy": 60,
    "doubt": 60,
    "refused": 65,
}
#: Kinds that concern a carrier's answer rather than the machinery.
_RATES: dict[str, tuple[float, ...]] = {
    "crash": (0.002, 0.01, 0.04),
    "error": (0.002, 0.01, 0.04),
    "lost": (0.002, 0.01, 0.03),
    "conflict": (0.01, 0.05, 0.2),
    "echo": (0.02, 0.1),
    "slow": (0.002, 0.01, 0.03),
    "throttled": (0.01, 0.05, 0.15),
    "partial": (0.02, 0.2),
    "duplicate": (0.02, 0.1, 0.4),
    "undeleted": (0.02, 0.2),
    "late": (0.02, 0.1, 0.3),
    "dropped wake": (0.02, 0.15),
    "dropped tick": (0.05, 0.3),
    "busy": (0.05, 0.3),
    "doubt": (0.05, 0.3),
    "refused": (0.05, 0.3),
}
#: In how many of the histories a kind of fault is there at all, and in how many there is none.
_PRESENT = 0.3
_CALM = 0.12


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that happened: when, of what kind, to whom."""

    at: int
    kind: str
    where: str


class Weather:
    """Decides on faults, and remembers them. ``over`` ends them all."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        calm = dice.roll("weather/calm") < _CALM
        self.rates = {
            kind: dice.pick(f"weather/{kind}/rate", rates)
            for kind, rates in _RATES.items()
            if not calm and dice.roll(f"weather/{kind}") < _PRESENT
        }
        #: How long a request takes: in a history either all are quick or some are slow enough to be overtaken.
        self.latency = dice.pick("weather/latency", (0.01, 0.05, 0.4))
        #: By how much a container's clock may be off. AWS keeps Lambda's to milliseconds; nothing here rests on that.
        skew = 0.0 if calm else dice.pick("weather/skew", (0.0, 0.0, 0.0, 0.5, 2.0))
        self.skew = skew if skew and dice.allowed("clocks that differ") else 0.0
        lag = dice.pick("weather/lag", (0.0, 1.0, 5.0))
        self.lag = lag if lag and dice.allowed("an index that lags") else 0.0
        self.faults: list[Fault] = []
        self.over = False

    def strikes(self, kind: str, where: str, at: int) -> bool:
        """Whether a fault of this kind happens here."""
        rate = self.rates.get(kind)
        if rate is None or self.over:
            return False
        if not self._dice.happens(f"{kind}: {where}", rate):
            return False
        self.faults.append(Fault(at, kind, where))
        return True

    def note(self, kind: str, where: str, at: int) -> None:
        """A fault that follows from another one: a vendor that is down is so for whoever asks."""
        self.faults.append(Fault(at, kind, where))

    def one_of(self, kinds: tuple[str, ...], where: str, at: int) -> str | None:
        """The fault of these kinds that happens here, if any: one roll for all of them."""
        if self.over or not self.rates:
            return None
        roll = self._dice.roll(where)
        for kind in kinds:
            rate = self.rates.get(kind, 0.0)
            if roll < rate:
                if not self._dice.allowed(f"{kind}: {where}"):
                    return None
                self.faults.append(Fault(at, kind, where))
                return kind
            roll -= rate
        return None

    def pause(self, where: str) -> int:
        """Microseconds that a request takes."""
        return int((0.1 + self._dice.roll(f"{where}/takes") ** 3) * self.latency * SECOND)

    def stall(self, where: str) -> int:
        """Microseconds that a slow request takes longer: at most more than any function may run."""
        return int((1 + 39 * self._dice.roll(f"{where}/stalls") ** 2) * SECOND)

    def late_side(self, where: str) -> bool:
        """Whether a crash finds the effect done."""
        return self._dice.roll(f"{where}/side") < 0.5

    def skew_of(self, container: str) -> int:
        if not self.skew:
            return 0
        return int((2 * self._dice.roll(f"{container}/skew") - 1) * self.skew * SECOND)

    def cost(self, begin: int, end: int) -> int:
        """Microseconds by which the faults between these instants may have delayed something, at most."""
        return int(sum(COSTS[fault.kind] for fault in self.faults if begin <= fault.at <= end) * SECOND)

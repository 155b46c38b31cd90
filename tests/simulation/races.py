"""Races, run in every order: two runs of functions, and all the ways in which their effects can follow one another.

What emulators cannot show (they answer one request after another) is here no matter of luck.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tests.simulation import installation, invariants
from tests.simulation.cloud import Cloud
from tests.simulation.dice import Dice
from tests.simulation.effects import Effects, Unavailable
from tests.simulation.kernel import Process, us
from tests.simulation.machine import Machine
from tests.simulation.queues import Declared
from tests.simulation.senders import Senders
from tests.simulation.weather import Fault, Weather
from tests.simulation.witness import Act
from tocsin.alerts.keys import hash_key
from tocsin.config.load import load_text
from tocsin.config.revision import pack
from tocsin.store.common import FIRST_NUMBER
from tocsin.store.configuration import KeyRecord

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ANA, BEN = "+12025550001", "+12025550002"
KEY = "a" * 32

TEAM = """
version: 1
users:
  ana: {name: Ana, email: ana@example.com, contacts: {mobile: "+12025550001"},
        notify: {high: [{after: 0m, via: sms}, {after: 1m, via: voice}]}}
  ben: {name: Ben, email: ben@example.com, contacts: {mobile: "+12025550002"},
        notify: {high: [{after: 0m, via: voice}, {after: 3m, via: email}]}}
policies:
  p:
    steps: [{page: [{user: ana}, {user: ben}], wait: 2m}, {page: [{user: ben}], wait: 5m}]
    last_resort: [{user: ana}]
services: {checkout: {policy: p, ack_timeout: 3m}}
integrations: {checkout: {service: checkout, source: generic}}
catch_all: checkout
"""

#: Begins one of those that race.
Run = Callable[[], None]


class _Still(Dice):
    """Chance that takes the shortest time whenever it is asked for one."""

    def between(self, name: str, low: float, high: float) -> float:
        return low


class _Calm(Weather):
    def __init__(self) -> None:
        super().__init__(Dice(0))
        self.rates, self.latency, self.skew, self.lag = {}, 0.0, 0.0, 0.0


class _Turns(Effects):
    """Effects that wait for their turn."""

    def __init__(self, weather: Weather) -> None:
        super().__init__(weather)
        self.waiting: dict[Process, str] = {}

    def __call__(
        self, process: Process, label: str, act: Callable[[], Any], kinds: tuple[str, ...], asked: object = ""
    ) -> Any:
        self.waiting[process] = label
        process.kernel.home.switch()
        return act()


class _NoMachine(Machine):
    """Starts nothing; what runs already runs on."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine.kernel, machine.dice, machine.weather, machine.invoke, machine.executions)

    def start(self, name: str, text: str) -> None:
        raise Unavailable("no execution can be started")


@cache
def _packed() -> tuple[str, bytes]:
    return pack(load_text(TEAM).document)


@dataclass
class Account:
    """A small team's account, in which everything goes well and nothing takes long."""

    cloud: Cloud = field(init=False)
    answers: dict[str, Any] = field(default_factory=dict)
    #: Whose effect came when, in this order of them.
    order: list[str] = field(default_factory=list)
    _sent: int = 0
    _held: dict[str, Declared] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cloud = cloud = Cloud(AT, _Still(0), _Calm(), 100)
        id, blob = _packed()
        cloud.store.apply(id, blob, None, AT, "tests")
        cloud.store.put_key(KeyRecord(hash_key(KEY), "checkout", AT))
        cloud.witness.secrets += [ANA, BEN, KEY]
        self.senders = Senders(cloud, {"checkout": KEY})

    def alert(self, key: str = "disk", action: str = "trigger") -> None:
        """An event, from the door to wherever it comes."""
        row = {"title": f"{key} burns", "dedup_key": key, "action": action}
        self._sent += 1
        self.senders.post(f"{action} {key}, message {self._sent}", "checkout", [row])
        self.pass_time(0.9)

    def pass_time(self, seconds: float) -> None:
        self.cloud.kernel.run(self.cloud.kernel.now + us(seconds))

    def held_back(self, queue: str) -> list[dict[str, Any]]:
        """Takes what lies in a held queue, as its function would get it; the queue hands it out once more later on."""
        lying = self.cloud.queues[queue]
        lying.declared = self._held.pop(queue, lying.declared)
        records = []
        for message in lying.messages.values():
            message.visible_at = self.cloud.kernel.now + us(lying.declared.visibility)
            lying.look_at(message.visible_at)
            records.append(self.cloud.record(message, queue))
        return records

    def hold(self, name: str) -> None:
        """From now until the race the queue keeps what it is given."""
        queue = self.cloud.queues[name]
        self.late("late", f"the queue {name}")
        self._held[name] = queue.declared
        queue.declared = replace(queue.declared, batch=0)

    def late(self, kind: str, where: str) -> None:
        """What is arranged here delays something, as a fault of this kind would."""
        self.cloud.weather.faults.append(Fault(self.cloud.kernel.now, kind, where))

    @contextmanager
    def no_executions(self) -> Iterator[None]:
        """Inside, no execution can be started."""
        machine, self.cloud.machine = self.cloud.machine, _NoMachine(self.cloud.machine)
        self.late("error", "start of an execution")
        try:
            yield
        finally:
            self.cloud.machine = machine

    def acts(self, who: str, surface: str, wish: str, incident: int, id: str = "") -> None:
        """Somebody is about to act."""
        self.cloud.witness.acts.append(Act(self.cloud.kernel.now, who, surface, wish, id, incident))

    def sent(self, key: str, action: str) -> list[dict[str, Any]]:
        """An event that has come through the door, as triage is about to get it."""
        known = set(self.cloud.queues["alerts"].messages)
        self.hold("alerts")
        self.alert(key, action)
        return [record for record in self.held_back("alerts") if record["messageId"] not in known]

    def run(self, function: str, name: str, event: dict[str, Any]) -> Run:
        """A run of a function. Its answer will be among ``answers``."""
        return lambda: self.cloud.run(function, name, event, lambda ended: self.answers.update({name: ended}))

    def wake(self) -> Run:
        """Whatever happens by itself up to the next instant at which the first incident's clock wakes."""
        incident = self.cloud.store.incident(FIRST_NUMBER)
        if incident is None or incident.due is None:
            raise AssertionError("nothing is due")
        due = self.cloud.kernel.since(incident.due)
        self.cloud.kernel.run(due)
        return lambda: self.cloud.kernel.run(due + us(0.05))

    def race(self, runs: Sequence[Run], choices: Sequence[int], switches: int) -> list[int]:
        """Lets them run side by side, the next effect being that of the run which ``choices`` names.

        Nobody who could go on is interrupted more than ``switches`` times in all. Gives how many could have been next.
        """
        cloud = self.cloud
        turns = _Turns(cloud.weather)
        usual, cloud.effects = cloud.effects, turns
        for begin in runs:
            begin()
        cloud.kernel.run(cloud.kernel.now)
        options: list[int] = []
        last: Process | None = None
        while turns.waiting:
            # Whoever was at work goes on, unless another is chosen.
            waiting = sorted(turns.waiting, key=lambda process: (process is not last, process.name))
            if last in turns.waiting and not switches:
                waiting = waiting[:1]
            choice = choices[len(options)] if len(options) < len(choices) else 0
            options.append(len(waiting))
            process = waiting[choice]
            switches -= last in turns.waiting and process is not last
            last = process
            self.order.append(f"{process.name}: {turns.waiting.pop(process)}")
            process.switch()
            # A millisecond goes by, for whoever rests and for what follows from a run's end.
            cloud.kernel.run(cloud.kernel.now + 1000)
        cloud.effects = usual
        return options

    def rest(self, minutes: float = 9) -> list[str]:
        """Lets everything that follows happen; gives what is wrong then."""
        cloud = self.cloud
        for number in range(int(minutes) + 1):
            cloud.kernel.later(60 * number + 30, lambda number=number: cloud.minute(number))  # type: ignore[misc]
        self.pass_time(60 * minutes)
        cloud.machine.still, cloud.still, cloud.ended = True, True, cloud.kernel.now
        cloud.kernel.run()
        return invariants.judge(cloud)


def orders(prepare: Callable[[Account], Sequence[Run]], switches: int) -> Iterator[Account]:
    """The account after each order in which the effects of the runs can follow one another.

    All of them would be too many for long runs: in these somebody is interrupted at most ``switches`` times. A defect
    that needs more is rare, and the histories' to find.
    """
    choices: list[int] = []
    while True:
        with installation.installed():
            account = Account()
            options = account.race(prepare(account), choices, switches)
            yield account
        taken = [choices[index] if index < len(choices) else 0 for index in range(len(options))]
        while taken and taken[-1] + 1 >= options[len(taken) - 1]:
            taken.pop()
        if not taken:
            return
        choices = [*taken[:-1], taken[-1] + 1]

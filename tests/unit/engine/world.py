"""A small world for the use cases: in-memory ports, a clock that is moved, carriers, functions that die."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.alerts.event import Action, AlertEvent, Parsed, Severity, event_id
from tocsin.config.load import load_text
from tocsin.config.revision import pack
from tocsin.engine.audit import audit
from tocsin.engine.deliver import deliver
from tocsin.engine.history import next_apply
from tocsin.engine.ports import Ports
from tocsin.engine.triage import Queued, triage
from tocsin.engine.wake import wake
from tocsin.incidents.incident import Entry, Incident
from tocsin.paging import channels
from tocsin.paging.channels.base import ChannelSettings, Later, Message, Outcome, Refused, Sent
from tocsin.paging.texts import Facts
from tocsin.store.doubles import (
    CountingIds,
    ManualClock,
    MemoryAlarms,
    MemoryExecutions,
    MemoryMetrics,
    MemoryPageQueue,
)
from tocsin.store.memory import MemoryStore
from tocsin.store.messages import OnPageQueue

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

TEAM = """
version: 1
users:
  ana: {name: Ana Souza, email: ana@example.com, contacts: {mobile: "+12025550101"},
        notify: {high: [{after: 0m, via: sms}, {after: 3m, via: voice}], low: [{after: 0m, via: email}]}}
  ben: {name: Ben Okafor, email: ben@example.com, contacts: {mobile: "+12025550102"},
        notify: {high: [{after: 0m, via: voice}, {after: 2m, via: email}]}}
  chi: {name: Chi Tanaka, email: chi@example.com, contacts: {mobile: "+12025550103"},
        notify: {high: [{after: 0m, via: sms}]}}
  lee: {name: Lee Nobody}
policies:
  p:
    steps: [{page: [{user: ana}], wait: 5m}, {page: [{user: ben}], wait: 5m}]
    repeat: 1
    last_resort: [{user: chi}]
  nobody: {steps: [{page: [{user: lee}]}]}
  other: {steps: [{page: [{user: chi}]}]}
services:
  checkout: {policy: p, ack_timeout: 20m}
  quiet: {policy: p, auto_resolve: 1h, ack_timeout: never}
  empty: {policy: nobody}
integrations:
  checkout: {service: checkout, source: generic}
  quiet: {service: quiet, source: generic}
  empty: {service: empty, source: generic}
catch_all: checkout
"""


_WAYS = {
    "sms": "sms",
    "voice": "connect",
    "email": "email",
    "whatsapp": "whatsapp",
    "slack": "slack",
    "telegram": "telegram",
    "webhook": "webhook",
    "push": "push",
}


class Died(BaseException):
    """A function dies here. Not an Exception: nothing in between may catch it."""


@dataclass
class Grave:
    """Lets whoever acts through the ports die at the ``at``-th effect: before it, or just after."""

    at: int | None = None
    after: bool = False
    seen: int = 0

    def effect(self, act: Callable[[], Any]) -> Any:
        self.seen += 1
        if self.at != self.seen:
            return act()
        self.at = None
        if not self.after:
            raise Died
        act()
        raise Died


class Mortal:
    """A port whose every call is an effect at which one can die."""

    def __init__(self, port: Any, grave: Grave) -> None:
        self._port = port
        self._grave = grave

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found) or name in (
            "now",
            "fresh",
            "token",
            "takes_replies",
            "compose",
            "link",
            "channel",
        ):
            return found
        return lambda *args, **kwargs: self._grave.effect(lambda: found(*args, **kwargs))


@dataclass
class Carriers:
    """Every channel on. ``says`` decides what a carrier answers; ``sent`` is what people got."""

    clock: ManualClock
    says: Callable[[str, Message], Outcome] | None = None
    sent: list[tuple[datetime, str, Message]] = field(default_factory=list)
    off: frozenset[str] = frozenset()

    def channel(self, via: str) -> str | None:
        return None if via in self.off else _WAYS.get(via)

    def takes_replies(self, channel: str, to: str) -> bool:
        return channel == "sms"

    def compose(self, channel: str, page_id: str, to: str, facts: Facts) -> Message:
        return channels.compose(
            channel, ChannelSettings(sms_identity="+12025550100"), page_id=page_id, to=to, facts=facts
        )

    def send(self, channel: str, message: Message) -> Outcome:
        outcome = self.says(channel, message) if self.says else Sent(f"m-{len(self.sent)}")
        if isinstance(outcome, Sent):
            self.sent.append((self.clock.now(), channel, message))
        return outcome

    def send_each(self, channel: str, messages: Sequence[Message]) -> list[Outcome]:
        return [self.send(channel, message) for message in messages]

    def link(self, token: str) -> str:
        return f"https://tocsin.example/l/{token}"


class World:
    """Everything in memory. ``mortal`` are the same ports, at which a function can die."""

    def __init__(self, team: str = TEAM, page_cap: int | None = None) -> None:
        self.clock = ManualClock(AT)
        self.store = MemoryStore()
        self.queue = MemoryPageQueue()
        self.executions = MemoryExecutions()
        self.alarms = MemoryAlarms()
        self.metrics = MemoryMetrics()
        self.ids = CountingIds()
        self.carriers = Carriers(self.clock)
        self.grave = Grave()
        self.ports = Ports(
            self.store, self.queue, self.executions, self.clock, self.ids, self.alarms, self.metrics, page_cap
        )
        self.mortal = replace(
            self.ports,
            store=Mortal(self.store, self.grave),
            pages=Mortal(self.queue, self.grave),
            executions=Mortal(self.executions, self.grave),
            alarms=Mortal(self.alarms, self.grave),
        )
        self.mortal_carriers: Any = Mortal(self.carriers, self.grave)
        self._waiting: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = 0
        self._seq = 0
        self.apply(team)

    # -- what comes in ----------------------------------------------------------------------------------------

    def apply(self, team: str) -> None:
        id, blob = pack(load_text(team).document)
        at = next_apply(self.store, self.clock.now())
        self.store.apply(id, blob, self.store.current_revision(), at, "tests")

    def event(
        self,
        key: str = "disk",
        action: Action = Action.TRIGGER,
        integration: str = "checkout",
        came_at: datetime | None = None,
        id: str | None = None,
        seq: int | None = None,
    ) -> Queued:
        self._seq += 1
        parsed = Parsed(action, key, f"{key} is on fire", Severity.CRITICAL, None)
        event = AlertEvent(
            id or event_id(f"d{self._seq}", 0), integration, "generic", came_at or self.clock.now(), parsed
        )
        return Queued(event, str(seq or self._seq).zfill(40))

    def alert(self, key: str = "disk", integration: str = "checkout") -> Incident:
        """A trigger, triaged."""
        event = self.event(key, integration=integration)
        triage(self.ports, [event])
        return self.incident_of(event)

    def incident_of(self, queued: Queued) -> Incident:
        alert, _ = self.store.alert(queued.event.group())
        assert alert is not None
        assert alert.incident is not None
        return self.get(alert.incident)

    def get(self, number: int) -> Incident:
        incident = self.store.incident(number)
        assert incident is not None
        return incident

    # -- time -------------------------------------------------------------------------------------------------

    def run(self, minutes: float = 0, audits: bool = True) -> None:
        """Lets everything happen that happens by itself in so many minutes: executions, pages, the auditor."""
        end = self.clock.now() + timedelta(minutes=minutes)
        if audits:
            tick = self.clock.now() + timedelta(seconds=60)
            while tick <= end:
                self._later(tick, lambda: (audit(self.ports), None)[1])
                tick += timedelta(seconds=60)
        while True:
            self._collect()
            if not self._waiting or self._waiting[0][0] > end:
                break
            at, _, act = heapq.heappop(self._waiting)
            if at > self.clock.now():
                self.clock.set(at)
            act()
        self.clock.set(max(end, self.clock.now()))

    def _later(self, at: datetime, act: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._waiting, (at, self._order, act))

    def _collect(self) -> None:
        for started in self.executions.take():
            born = self.clock.now()
            self._sleep(started.incident, started.name, born, started.due)
        for message in self.queue.take():
            self._later(self.clock.now(), lambda m=message: self._deliver(m))  # type: ignore[misc]

    def _sleep(self, number: int, name: str, born: datetime, due: datetime) -> None:
        self._later(due, lambda: self._wake(number, name, born, due))

    def _wake(self, number: int, name: str, born: datetime, due: datetime) -> None:
        wait = wake(self.ports, number, name, born, due)
        if wait.due is not None:
            self._sleep(number, name, born, wait.due)

    def _deliver(self, message: OnPageQueue) -> None:
        again = deliver(self.ports, self.carriers, message)
        if again is not None:
            self._later(self.clock.now() + timedelta(seconds=again), lambda: self._deliver(message))

    # -- what there is to see -----------------------------------------------------------------------------------

    def sent(self) -> list[tuple[float, str, str]]:
        """(minutes after 02:00, channel, the end of the address) of everything that reached a carrier."""
        return [
            (round((at - AT).total_seconds() / 60, 2), channel, message.to.split("@")[0][-3:])
            for at, channel, message in self.carriers.sent
        ]

    def timeline(self, number: int) -> list[Entry]:
        return list(self.store.timeline(number))

    def kinds(self, number: int) -> list[str]:
        return [entry.kind for entry in self.timeline(number)]

    @contextmanager
    def dying(self, at: int, after: bool) -> Iterator[Grave]:
        """Inside, the ``at``-th effect through ``mortal`` kills; outside nothing does."""
        self.grave.at, self.grave.after, self.grave.seen = at, after, 0
        try:
            yield self.grave
        finally:
            self.grave.at = None


def refuse(reason: str = "invalid_number", *tos: str) -> Callable[[str, Message], Outcome]:
    """Carriers that refuse the addresses ending so (all when none is named)."""

    def says(channel: str, message: Message) -> Outcome:
        if not tos or message.to.endswith(tos):
            return Refused(reason)
        return Sent(f"ok-{message.page_id}-{channel}")

    return says


def busy(times: int) -> Callable[[str, Message], Outcome]:
    """Carriers that cannot the first ``times`` times."""
    left = [times]

    def says(channel: str, message: Message) -> Outcome:
        left[0] -= 1
        return Later("throttled") if left[0] >= 0 else Sent(f"ok-{message.page_id}")

    return says


def story(world: World, number: int) -> str:
    """The timeline as text, for a test that fails."""
    return "\n".join(
        f"{entry.at:%H:%M:%S} {entry.kind} {entry.actor.name} {json.dumps(dict(entry.details))}"
        for entry in world.timeline(number)
    )

"""Feeds by script, and a team that follows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests.unit.config.documents import small
from tests.unit.oncall.calendars.feeds import feed
from tocsin.config.history import book_with, timeline_of
from tocsin.config.revision import pack
from tocsin.engine.feed import Fetched, FetchFailed
from tocsin.engine.feeds import Refreshed, refresh
from tocsin.engine.history import eras_of, next_apply
from tocsin.engine.ports import Ports
from tocsin.oncall.who import on_call
from tocsin.store.doubles import (
    CountingIds,
    ManualClock,
    MemoryAlarms,
    MemoryExecutions,
    MemoryMetrics,
    MemoryPageQueue,
)
from tocsin.store.feeds import FeedState
from tocsin.store.memory import MemoryStore

URL = "https://calendar.example.com/secret-3f2b.ics"
AWAY_URL = "https://hr.example.com/secret-ana.ics"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def days(*shifts: tuple[str, int, int], since: datetime) -> bytes:
    """A calendar of events, each a summary and its first and last day after ``since``."""
    events = []
    for number, (summary, start, end) in enumerate(shifts):
        times = [f"{since + day * DAY:%Y%m%dT%H%M%SZ}" for day in (start, end)]
        events.append(f"UID:{number}\nSUMMARY:{summary}\nDTSTART:{times[0]}\nDTEND:{times[1]}")
    return feed(*events)


@dataclass
class Internet:
    """What each address answers: content, whose name is its hash, or why there is none. ``asked`` tells what came.

    An address takes ``takes`` of the clock's time.
    """

    clock: ManualClock
    pages: dict[str, bytes | str | Exception] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    takes: dict[str, timedelta] = field(default_factory=dict)
    names: bool = True

    def __call__(self, url: str, state: FeedState) -> Fetched:
        self.asked.append((url, state.etag))
        self.clock.advance(self.takes.get(url, timedelta()))
        found = self.pages.get(url, "is not known")
        if isinstance(found, Exception):
            raise found
        if isinstance(found, str):
            raise FetchFailed(f"calendar.example.com {found}")
        etag = f'"{hash(found)}"' if self.names else ""
        return Fetched(None) if etag and etag == state.etag else Fetched(found, etag)


@dataclass
class Team:
    """A team whose feeds are read by hand."""

    ports: Ports
    internet: Internet

    @property
    def clock(self) -> ManualClock:
        assert isinstance(self.ports.clock, ManualClock)
        return self.ports.clock

    @property
    def alarms(self) -> list[tuple[str, str]]:
        assert isinstance(self.ports.alarms, MemoryAlarms)
        return self.ports.alarms.raised

    def apply(self, schedule: Mapping[str, Any] | None = None, **ana: Any) -> None:
        layer = {
            "name": "w",
            "users": ["ana", "ben"],
            "starts": "2026-01-05T00:00",
            "rotate": {"unit": "week", "every": 52},
        }
        primary = {"timezone": "UTC", "layers": [layer], **(schedule or {})}
        document = small(
            users={"ana": ana, "ben": {"name": "Ben Okafor"}, "chi": {}, "dee": {}},
            schedules={"primary": primary},
            policies={"shop": {"steps": [{"page": [{"schedule": "primary"}]}]}},
        )
        id, blob = pack(document)
        if id != self.ports.store.current_revision():
            at = next_apply(self.ports.store, self.clock.now())
            self.ports.store.apply(id, blob, self.ports.store.current_revision(), at, "ana")

    def read(self, budget: timedelta = MINUTE) -> Refreshed:
        return refresh(self.ports, self.internet, self.clock.now() + budget)

    def state(self, name: str = "schedule:primary") -> FeedState:
        return self.ports.store.feed(name)

    def who(self, at: datetime) -> str:
        """Who will be on call, as it is known now."""
        _, config, changes = self.ports.store.in_force()
        return " ".join(on_call(book_with(config, changes).schedules["primary"], at))

    def was(self, at: datetime) -> str:
        """Who was on call, as history has it."""
        spans, _ = timeline_of(eras_of(self.ports.store, at, at + MINUTE), "primary", at, at + MINUTE)
        return " ".join(spans[0].users) if spans and spans[0].start == at else ""


def team(now: datetime, store: MemoryStore | None = None) -> Team:
    clock = ManualClock(now)
    ports = Ports(
        store or MemoryStore(),
        MemoryPageQueue(),
        MemoryExecutions(),
        clock,
        CountingIds(),
        MemoryAlarms(),
        MemoryMetrics(),
    )
    return Team(ports, Internet(clock))


def with_store(team: Team, store: Any) -> Team:
    return replace(team, ports=replace(team.ports, store=store))

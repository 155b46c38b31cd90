"""The tick tells of handoffs once each, whatever it meets: ticks that come twice, late, or die half way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.config.documents import small
from tocsin.config.compile import compile_config
from tocsin.config.history import facts_for
from tocsin.config.revision import pack
from tocsin.engine.handoffs import MARK, tell
from tocsin.engine.ports import Ports
from tocsin.oncall.changes import LeaveMade, Made, OverrideMade
from tocsin.store.doubles import (
    CountingIds,
    ManualClock,
    MemoryAlarms,
    MemoryExecutions,
    MemoryMetrics,
    MemoryPageQueue,
)
from tocsin.store.memory import MemoryStore
from tocsin.store.messages import Notice

MONDAY = datetime(2026, 3, 9, 9, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def document(*users: str) -> dict:
    layer = {"name": "w", "users": list(users), "starts": "2026-03-02T09:00", "rotate": {"unit": "week"}}
    return small(
        users={user: {"email": f"{user}@example.com"} for user in ("ana", "ben", "chi")},
        schedules={"primary": {"timezone": "UTC", "layers": [layer]}},
        policies={"shop": {"steps": [{"page": [{"schedule": "primary"}]}]}},
    )


@pytest.fixture
def ports() -> Ports:
    store, clock = MemoryStore(), ManualClock(MONDAY - MINUTE)
    store.apply(*pack(document("ana", "ben")), None, MONDAY - 7 * DAY, "ana")
    return Ports(
        store,
        MemoryPageQueue(),
        MemoryExecutions(),
        clock,
        CountingIds(),
        MemoryAlarms(),
        MemoryMetrics(),
    )


def taken(ports: Ports) -> list[Notice]:
    assert isinstance(ports.pages, MemoryPageQueue)
    return [one for one in ports.pages.take() if isinstance(one, Notice)]


def told(ports: Ports) -> list[str]:
    return [f"{notice.to.partition('@')[0]}: {notice.subject}" for notice in taken(ports)]


def test_nothing_is_told_before_the_first_apply(ports):
    bare = Ports(
        MemoryStore(), ports.pages, ports.executions, ports.clock, ports.ids, ports.alarms, ports.metrics
    )
    assert tell(bare) == 0


def test_a_handoff_is_told_by_the_tick_that_comes_after_it(ports):
    assert tell(ports) == 0
    ports.clock.set(MONDAY + timedelta(seconds=20))
    assert tell(ports) == 2
    assert told(ports) == [
        "ana: Your time on call for primary has ended",
        "ben: You are on call for primary now",
    ]


def test_ticks_that_overlap_tell_it_under_the_same_id(ports):
    tell(ports)
    ports.clock.set(MONDAY)
    tell(ports)
    first = {notice.id for notice in taken(ports)}
    ports.clock.set(MONDAY + timedelta(seconds=5))
    ports.store.put_mark(MARK, MONDAY + timedelta(seconds=1))
    tell(ports)
    assert {notice.id for notice in taken(ports)} == first
    ports.store.put_mark(MARK, MONDAY + timedelta(seconds=61))
    ports.clock.set(MONDAY + timedelta(seconds=95))
    assert tell(ports) == 0


def test_a_tick_whose_notices_were_not_taken_is_made_up_for(ports):
    tell(ports)
    ports.clock.set(MONDAY)
    ports.pages.failing = True
    with pytest.raises(OSError):
        tell(ports)
    ports.pages.failing = False
    ports.clock.set(MONDAY + 5 * MINUTE)
    assert tell(ports) == 2


def test_ticks_that_were_missing_are_made_up_for_but_not_after_an_hour(ports):
    tell(ports)
    ports.clock.set(MONDAY + 59 * MINUTE)
    assert tell(ports) == 2
    ports.store.put_mark(MARK, MONDAY - MINUTE)
    ports.clock.set(MONDAY + 61 * MINUTE)
    assert tell(ports) == 0


def test_an_override_that_begins_now_is_told(ports):
    tell(ports)
    change = OverrideMade(
        Made("o", ports.clock.now(), "ana"), "primary", ("chi",), MONDAY - DAY, MONDAY - timedelta(seconds=30)
    )
    ports.store.put_change(change, ports.store.changes(), ports.clock.now())
    ports.clock.advance(timedelta(seconds=20))
    tell(ports)
    assert told(ports) == [
        "ana: Your time on call for primary has ended",
        "chi: You are on call for primary now",
    ]


def test_an_override_that_ends_is_told_whatever_else_is_changed_before_the_tick(ports):
    tell(ports)
    chi = OverrideMade(Made("o", MONDAY - DAY, "ana"), "primary", ("chi",), MONDAY - DAY, MONDAY + 2 * MINUTE)
    ports.store.put_change(chi, ports.store.changes(), MONDAY - DAY)
    other = LeaveMade(Made("l", MONDAY, "ana"), "ana", MONDAY + 9 * DAY, MONDAY + 10 * DAY)
    ports.clock.set(MONDAY + 1.5 * MINUTE)
    tell(ports)
    taken(ports)
    ports.store.put_change(other, ports.store.changes(), MONDAY + 2.2 * MINUTE)
    ports.clock.set(MONDAY + 2.5 * MINUTE)
    tell(ports)
    assert told(ports) == [
        "ben: You are on call for primary now",
        "chi: Your time on call for primary has ended",
    ]


def test_an_apply_that_changes_who_is_on_call_is_a_handoff(ports):
    tell(ports)
    at = ports.clock.now() + timedelta(seconds=10)
    id, old = ports.store.config()
    wanted = document("chi", "ben")
    wanted["schedules"]["primary"]["layers"][0]["name"] = "new"
    facts, settled = facts_for(old, ports.store.changes(), compile_config(wanted), at, {})
    ports.store.apply(*pack(wanted, facts), id, at, "ana", settled)
    ports.clock.advance(timedelta(seconds=40))
    tell(ports)
    assert told(ports) == [
        "ana: Your time on call for primary has ended",
        "chi: You are on call for primary now",
    ]


def test_an_apply_by_a_clock_that_is_fast_is_no_handoff_before_its_time(ports):
    ports.clock.set(MONDAY + timedelta(seconds=20))
    tell(ports)
    first = told(ports)
    id, _ = ports.store.config()
    # Turned round, so that by it the handoff was one from ben to ana.
    ports.store.apply(*pack(document("ben", "ana")), id, MONDAY + timedelta(seconds=40), "ana")
    ports.clock.set(MONDAY + timedelta(seconds=30))
    tell(ports)
    assert told(ports) == first
    ports.clock.set(MONDAY + 1.5 * MINUTE)
    tell(ports)
    assert told(ports)[len(first) :] == [
        "ana: You are on call for primary now",
        "ben: Your time on call for primary has ended",
    ]


def test_leave_that_begins_now_hands_the_time_on(ports):
    tell(ports)
    leave = LeaveMade(
        Made("l", ports.clock.now() + timedelta(seconds=5), "ana"), "ana", MONDAY - DAY, MONDAY + DAY, "chi"
    )
    ports.store.put_change(leave, ports.store.changes(), ports.clock.now())
    ports.clock.advance(timedelta(seconds=30))
    tell(ports)
    assert told(ports) == [
        "ana: Your time on call for primary has ended",
        "chi: You are on call for primary now",
    ]

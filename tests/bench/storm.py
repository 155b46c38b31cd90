"""A storm in this process: every event is counted once, and every key has one incident."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from tests.bench.site import TEAM
from tests.bench.table import Budget, note, section
from tocsin.alerts.event import Action, AlertEvent, Parsed, Severity, event_id, key_hash
from tocsin.config.load import load_text
from tocsin.config.revision import pack
from tocsin.engine.ports import Ports
from tocsin.engine.triage import Queued, triage
from tocsin.store.doubles import (
    CountingIds,
    ManualClock,
    MemoryAlarms,
    MemoryExecutions,
    MemoryMetrics,
    MemoryPageQueue,
)
from tocsin.store.memory import MemoryStore

EVENTS, KEYS, BATCH = 100_000, 1_000, 10
#: One batch in so many is handed over twice, as a queue may do.
TWICE = 20
AT = datetime(2026, 11, 23, 2, tzinfo=UTC)


def report() -> list[Budget]:
    clock, store, pages = ManualClock(AT), MemoryStore(), MemoryPageQueue()
    ports = Ports(
        store, pages, MemoryExecutions(), clock, CountingIds(), MemoryAlarms(), MemoryMetrics(), page_cap=100
    )
    id, blob = pack(load_text(TEAM).document)
    store.apply(id, blob, None, AT, "bench")
    events = _events()
    began = time.perf_counter()
    again = 0
    for index, start in enumerate(range(0, EVENTS, BATCH)):
        groups: defaultdict[str, list[Queued]] = defaultdict(list)
        for one in events[start : start + BATCH]:
            groups[one.event.parsed.dedup_key].append(one)
        for times in range(2 if index % TWICE == 0 else 1):
            again += times * BATCH
            for group in groups.values():
                triage(ports, group)
        clock.advance(timedelta(milliseconds=BATCH))
    took = time.perf_counter() - began

    alerts = [store.alert(key_hash("checkout", f"key-{number}"))[0] for number in range(KEYS)]
    counts = sorted({alert.count for alert in alerts if alert is not None})
    total = sum(alert.count for alert in alerts if alert is not None)
    incidents = {alert.incident for alert in alerts if alert is not None}
    section("A storm")
    note(
        f"{EVENTS:,} events on {KEYS:,} keys, all mixed, {again:,} of them handed over twice: through triage, on the",
        f"store in memory, in {took:.1f} s ({(EVENTS + again) / took:,.0f} a second).",
    )
    sent = len(pages.take())
    exact = total == EVENTS and counts == [EVENTS // KEYS]
    return [
        Budget("a storm: events counted", f"{total:,}, {_range(counts)} a key", f"{EVENTS:,}", exact),
        Budget(
            "a storm: incidents, first pages",
            f"{len(incidents):,}, {sent:,}",
            f"{KEYS:,}, {KEYS:,}",
            len(incidents) == sent == KEYS and store.next_number() == min(n for n in incidents if n) + KEYS,
        ),
    ]


def _events() -> list[Queued]:
    """Every key as often as any other, all mixed; numbered in their order, as a FIFO queue does."""
    names = [f"key-{number % KEYS}" for number in range(EVENTS)]
    random.Random(1).shuffle(names)
    return [
        Queued(
            AlertEvent(
                event_id(f"delivery-{index}", 0),
                "checkout",
                "generic",
                AT + timedelta(milliseconds=index),
                Parsed(Action.TRIGGER, name, f"{name} is on fire", Severity.CRITICAL, None),
            ),
            f"{index:040}",
        )
        for index, name in enumerate(names)
    ]


def _range(counts: list[int]) -> str:
    return f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"

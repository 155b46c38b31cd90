"""What can happen to an alert, scene by scene, each with what it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws

from tests.bench.site import PHONES, Site
from tests.bench.usage import Usage
from tests.functions import lambda_events as events
from tocsin.engine.react import count_entries
from tocsin.store.doubles import MemoryMetrics

#: An alert as monitoring sends it: about 800 bytes.
ALERT: dict[str, Any] = {
    "title": "p99 latency of checkout is 2.3 s (limit 0.8 s) in eu-west-1",
    "severity": "critical",
    "details": {f"label_{number}": f"value {number} of this alert" for number in range(12)},
    "links": [{"href": "https://grafana.example.com/d/abc123/checkout?from=now-1h", "text": "Dashboard"}],
}

REPEAT, BATCH, COLD, NEW = (
    "a repeat",
    "a repeat, one of ten at once",
    "a new incident, cold",
    "a new incident",
)
TEXT, CALL, STEP = "a page: a text", "a page: a call", "a wake-up that begins a step"
QUIET, STALE, ACK = "a wake-up, nothing due", "a wake-up of an old clock", "an ack by text"
CONFIRMED, RECEIPT, RESOLVE = "the ack's confirmation", "a carrier's receipt", "a resolve by the sender"
TICK = "the minute's tick"
ORDER = (
    REPEAT,
    BATCH,
    NEW,
    COLD,
    TEXT,
    CALL,
    RECEIPT,
    STEP,
    QUIET,
    STALE,
    ACK,
    CONFIRMED,
    RESOLVE,
    TICK,
)
#: How many repeats a batch has: as many as a FIFO queue hands over.
BATCHED = 10


@dataclass(frozen=True, slots=True)
class Story:
    """A whole incident; how many texts and calls it cost on top; the names of the metrics that it wrote."""

    usage: Usage
    texts: int
    calls: int
    metrics: frozenset[str]


def _send(site: Site, key: str, name: str = "disk", action: str = "trigger") -> None:
    answer = site.post(key, {**ALERT, "dedup_key": name, "action": action})
    if answer["statusCode"] != 202:
        raise RuntimeError(f"the door did not take an alert: {answer}")


def _alert(site: Site, key: str, name: str = "disk", action: str = "trigger") -> None:
    _send(site, key, name, action)
    site.work("alerts")


def _receipt(site: Site) -> None:
    """The carrier reports on the latest text."""
    sent = next(one for one in reversed(site.sent) if one.channel == "sms")
    site.publish("answers", events.receipt("TEXT_DELIVERED", sent.id, sent.to, site.clock.now(), sent.page))
    site.work("replies")


def cold(patch: pytest.MonkeyPatch) -> tuple[Usage, list[tuple[str, str]]]:
    """A first alert, each function new: from HTTP to the page queue; and the way on to the carrier."""
    site = Site(patch)
    key = site.key("checkout")
    with site.metered() as opened:
        site.restart()
        _send(site, key)
        site.restart()
        site.work("alerts")
    with site.metered() as paged:
        site.restart()
        site.work("pages")
    return opened, (opened + paged).way


def scenes(patch: pytest.MonkeyPatch) -> dict[str, Usage]:
    """One incident, taken apart. The functions are warm: they know the key and the configuration."""
    site = Site(patch)
    key = site.key("checkout")
    _alert(site, key, "nothing", "resolve")
    found: dict[str, Usage] = {}
    with site.metered() as found[NEW]:
        _alert(site, key)
    with site.metered() as found[TEXT]:
        site.work("pages")
    with site.metered() as found[RECEIPT]:
        _receipt(site)
    with site.metered() as found[REPEAT]:
        _alert(site, key)
    with site.metered() as found[BATCH]:
        for _ in range(BATCHED):
            _send(site, key)
        site.work("alerts")
    with site.metered() as found[QUIET]:
        site.run(0.5)
    with site.metered() as called:
        site.run(2)
    found[CALL] = called.of("page")
    with site.metered() as stepped:
        site.run(3)
    found[STEP] = stepped.of("escalate")
    with site.metered() as answered:
        site.text(PHONES[1], "1a")
        site.work("replies")
        site.work("pages")
    confirmed = answered.of("page")
    found[ACK], found[CONFIRMED] = Usage(answered.of("reply").invocations, answered.published), confirmed
    site.run(0.5)
    with site.metered() as found[STALE]:
        site.run(3)
    with site.metered() as found[RESOLVE]:
        _alert(site, key, action="resolve")
    return found


def story(patch: pytest.MonkeyPatch) -> Story:
    """Three steps, three people, a text and a call each, an ack after the last, a resolve, and all clocks run out."""
    site = Site(patch)
    key = site.key("checkout")
    with site.metered() as usage:
        _alert(site, key)
        for minutes in (0.1, 5, 5):
            site.run(minutes)
            _receipt(site)
        site.run(2.5)
        site.text(PHONES[2], "1a")
        site.run(5)
        _receipt(site)
        _alert(site, key, action="resolve")
        site.run(60)
    channels = [one.channel for one in site.sent]
    reaction = MemoryMetrics()
    count_entries(reaction, site.kinds(site.incident_of("disk").number))
    metrics = frozenset(_metrics(site)) | frozenset(reaction.counts)
    return Story(usage, channels.count("sms"), channels.count("connect"), metrics)


def tick(patch: pytest.MonkeyPatch) -> tuple[Usage, list[str]]:
    """A minute in which nothing happens; and the names of the metrics that it writes."""
    site = Site(patch)
    with site.metered() as usage:
        site.invoke("clock", events.minute(site.clock.now()))
    return usage, _metrics(site)


def _metrics(site: Site) -> list[str]:
    """The names of the metrics that the functions wrote."""
    return [
        metric["Name"]
        for row in site.metrics()
        for directive in row["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    ]


@dataclass(frozen=True, slots=True)
class Play:
    """``way`` is what an alert passes from HTTP to a carrier; ``ticked`` are the metrics of an idle minute, by name."""

    way: list[tuple[str, str]]
    scenes: dict[str, Usage]
    story: Story
    ticked: list[str]


def play() -> Play:
    """Plays it all, each part on a deployment of its own."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        opened, way = cold(patch)
        ticked, metrics = tick(patch)
        found = {**scenes(patch), COLD: opened, TICK: ticked}
        return Play(way, {name: found[name] for name in ORDER}, story(patch), metrics)

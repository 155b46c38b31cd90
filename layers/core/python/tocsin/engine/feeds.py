"""Reads the calendars elsewhere that the configuration names, again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tocsin.config.model import Config
from tocsin.engine.feed import Fetch, Reading, write
from tocsin.engine.ports import Ports
from tocsin.oncall.changes import FEED, Change, over
from tocsin.oncall.feeds import Source
from tocsin.store.feeds import FeedState
from tocsin.store.ports import NoConfiguration

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many feeds were read (or had not changed), failed, and were left for the next time."""

    read: int = 0
    failed: int = 0
    left: int = 0


def sources(config: Config) -> list[Source]:
    """The feeds of a configuration."""
    schedules = [
        Source(name, one.feed.kind, one.feed.url, one.timezone)
        for name, one in config.book.schedules.items()
        if one.feed is not None
    ]
    users = [
        Source(name, "away", one.away_feed, one.timezone)
        for name, one in config.book.users.items()
        if one.away_feed is not None
    ]
    return [*schedules, *users]


def refresh(ports: Ports, fetch: Fetch, until: datetime) -> Refreshed:
    """Reads each feed, and begins with no other one from ``until`` on. Safe to do again.

    Those that failed last time come last, so that they keep none of the others waiting; those that were tried
    longest ago come first. What nobody foresaw is raised in the end, as an ExceptionGroup.
    """
    try:
        _, config, changes = ports.store.in_force()
    except NoConfiguration:
        return Refreshed()
    feeds, users = sources(config), _users(config)
    broken: dict[str, Exception] = {}
    for by in _gone(changes.rows, feeds, ports.clock.now()):
        try:
            _forget(ports, by)
        except Exception as error:
            broken[by] = error
    read = failed = left = 0
    known = [(source, ports.store.feed(source.name)) for source in feeds]
    for source, state in sorted(known, key=lambda one: (one[1].failures > 0, one[1].tried_at or _NEVER)):
        if ports.clock.now() >= until:
            left += 1
            continue
        try:
            good = not Reading(ports, source, state, users).run(fetch).failures
        except Exception as error:
            broken[source.by] = error
            good = False
        read += good
        failed += not good
    ports.metrics.count("FeedsFailed", failed)
    if broken:
        raise ExceptionGroup(f"could not be looked after: {', '.join(broken)}", list(broken.values()))
    return Refreshed(read, failed, left)


def _users(config: Config) -> dict[str, tuple[str, str]]:
    """Name and e-mail of each user."""
    found: dict[str, tuple[str, str]] = {}
    for id, user in config.book.users.items():
        emails = [contact.address for contact in user.contacts if contact.kind == "email"]
        found[id] = user.name, emails[0] if emails else ""
    return found


def _gone(rows: Sequence[Change], feeds: Sequence[Source], now: datetime) -> list[str]:
    """By whom changes are still to come though the configuration has no such feed any more."""
    coming = {row.made.by for row in rows if row.made.fed and not row.made.cancelled and over(row) > now}
    return sorted(coming - {source.by for source in feeds})


def _forget(ports: Ports, by: str) -> None:
    """Takes back what a feed said. Should the feed come again, it is read as if for the first time."""
    ports.store.put_feed(by.removeprefix(FEED), FeedState())
    write(ports, by, ())

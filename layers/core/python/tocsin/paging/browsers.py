"""The browsers in which people have switched push on: what is kept of each, and how it is called."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tocsin.incidents.times import from_iso, iso
from tocsin.paging import webpush
from tocsin.paging.channels.foreign import open_address

#: Browsers of one person: the oldest makes room.
MOST = 10
#: Characters of what a browser gives: its endpoint takes 2,000 at most.
LONGEST = 4_000
#: What a browser calls itself, the likelier last: they name each other (https://developer.mozilla.org/docs/Web/HTTP/
#: Reference/Headers/User-Agent).
_NAMES = (
    ("Safari/", "Safari"),
    ("Chrome/", "Chrome"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
)
_PLACES = (
    ("Linux", "Linux"),
    ("Macintosh", "a Mac"),
    ("Windows", "Windows"),
    ("CrOS", "a Chromebook"),
    ("Android", "Android"),
    ("iPad", "an iPad"),
    ("iPhone", "an iPhone"),
)


@dataclass(frozen=True, slots=True)
class Browser:
    """One browser. ``id`` is of its endpoint, ``subscription`` what it gave (webpush.subscription): a secret."""

    id: str
    name: str
    since: datetime
    subscription: str = field(repr=False)

    def as_json(self) -> dict[str, str]:
        return {
            "id": self.id,
            "name": self.name,
            "since": iso(self.since),
            "subscription": self.subscription,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Browser:
        return cls(row["id"], row["name"], from_iso(row["since"]), row["subscription"])


@dataclass(frozen=True, slots=True)
class Browsers:
    """Those of one person, the oldest first. ``version`` rises with each write."""

    user: str
    rows: tuple[Browser, ...] = ()
    version: int = 0


def browser(text: str, agent: str, at: datetime) -> Browser:
    """The browser that gives this subscription; ``agent`` is what it says of itself.

    Raises ValueError for what is no subscription, or one whose endpoint is none of the open internet; it repeats
    nothing of it.
    """
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST:,} characters")
    found = webpush.subscription(text)
    open_address(found.endpoint)
    kept = {
        "endpoint": found.endpoint,
        "p256dh": webpush.to_base64(found.p256dh),
        "auth": webpush.to_base64(found.auth),
    }
    return Browser(id_of(found.endpoint), name_of(agent), at, json.dumps(kept, separators=(",", ":")))


def id_of(endpoint: str) -> str:
    """A browser's id: of the same endpoint always the same, and it opens nothing."""
    return hashlib.sha256(endpoint.encode()).hexdigest()[:20]


def name_of(agent: str) -> str:
    """``Chrome on Android``, of what a browser says of itself, which nobody vouches for: none of its own words."""
    name = next((name for mark, name in reversed(_NAMES) if mark in agent), "A browser")
    place = next((place for mark, place in reversed(_PLACES) if mark in agent), "")
    return f"{name} on {place}" if place else name


def with_browser(browsers: Browsers, one: Browser) -> Browsers:
    """With one more, or one that gave new keys. Of one that is known, the first time is kept."""
    known = next((row for row in browsers.rows if row.id == one.id), None)
    if known is not None and (known.subscription, known.name) == (one.subscription, one.name):
        return browsers
    rest = [row for row in browsers.rows if row.id != one.id]
    return Browsers(browsers.user, tuple([*rest, one][-MOST:]), browsers.version)


def without(browsers: Browsers, ids: frozenset[str]) -> Browsers:
    """Without these."""
    rest = tuple(row for row in browsers.rows if row.id not in ids)
    return browsers if rest == browsers.rows else Browsers(browsers.user, rest, browsers.version)

"""The browsers in which people have switched push on: what is kept of each, and how it is called."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tocsin.incidents.times import from_iso, iso
from tocsin.paging import webpush
from tocsin.paging.channels.foreign import open_address

#: Browsers of one person.
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
    """Those of one person, the oldest first. ``version`` rises with each write.

    Links that were made before ``links_from`` (aware) switch nothing on any more.
    """

    user: str
    rows: tuple[Browser, ...] = ()
    version: int = 0
    links_from: datetime | None = None


class TooMany(Exception):
    """Push is on in as many browsers as it can be."""


def browser(text: str, agent: str, at: datetime, user: str, key: str) -> Browser:
    """The browser that gives this subscription; ``agent`` is what it says of itself, ``key`` the public key that it was
    asked with.

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
        "key": key,
        # Several people may use one browser: none of their messages takes the place of another's.
        "who": hashlib.sha256(user.encode()).hexdigest()[:8],
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
    """With one more, or with what a known one gave anew, in its place and since when it is on. Raises TooMany."""
    rows = tuple(replace(one, since=row.since) if row.id == one.id else row for row in browsers.rows)
    if one.id not in [row.id for row in rows]:
        if len(rows) >= MOST:
            raise TooMany(f"push is on in {MOST} browsers, which is the most: switch one of them off first")
        rows = (*rows, one)
    return browsers if rows == browsers.rows else replace(browsers, rows=rows)


def without(browsers: Browsers, ids: frozenset[str]) -> Browsers:
    """Without these."""
    rest = tuple(row for row in browsers.rows if row.id not in ids)
    return browsers if rest == browsers.rows else replace(browsers, rows=rest)

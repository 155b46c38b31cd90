"""Calendars elsewhere that a file names. Their addresses are secrets: no message repeats one."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from tocsin.config.notes import Notes
from tocsin.config.problems import Path
from tocsin.oncall.model import Feed, FeedKind

_KEYS = ("url", "as")
_KINDS = ("overrides", "schedule")
_LONGEST = 2000
_LIKE = "{url: https://calendar.example.com/on-call.ics, as: overrides}"


def feed_of(value: object, path: Path, notes: Notes) -> Feed | None:
    """A schedule's ``feed``; None where its address cannot be used."""
    if isinstance(value, str):
        notes.add(path, f"must be a mapping such as {_LIKE}")
        return None
    row = notes.fields(value, path, _KEYS, ("url",), like=_LIKE)
    kind = notes.choice(row, "as", path, _KINDS, "overrides")
    url = notes.scalar(row["url"], (*path, "url"), feed_address) if "url" in row else None
    return Feed(url, cast(FeedKind, kind)) if url is not None else None


def feed_address(text: str) -> str:
    """The address of a calendar to read. Raises ValueError."""
    scheme = text.partition(":")[0].lower()
    if scheme in ("webcal", "webcals"):
        raise ValueError("webcal:// is no address to read from: most calendars answer under https:// as well")
    if scheme == "http":
        raise ValueError("must begin with https://: what comes without it can be changed on its way")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    plain = text.isascii() and text.isprintable() and " " not in text and "\\" not in text
    if parts.scheme != "https" or not host or not plain or len(text) > _LONGEST:
        raise ValueError("is no address of a calendar: write it as https://…, in plain ASCII")
    if "@" in parts.netloc:
        raise ValueError("has a user before its host: use the calendar's own secret address instead")
    if port not in (None, 443):
        raise ValueError(f"names port {port}: calendars are read from port 443 alone")
    return text

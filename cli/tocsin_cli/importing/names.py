"""Names, numbers, addresses and zones, as a `tocsin.yaml` has them."""

from __future__ import annotations

import re
import unicodedata

from tocsin.config import scalars
from tocsin.config.webhooks import webhook_address

_MOST = 48
_GAPS = re.compile(r"[^a-z0-9]+")

#: The zones that Ruby on Rails gives names of its own, which PagerDuty may show, as the IANA database has them.
_RAILS = {
    "Alaska": "America/Juneau",
    "Amsterdam": "Europe/Amsterdam",
    "Arizona": "America/Phoenix",
    "Athens": "Europe/Athens",
    "Atlantic Time (Canada)": "America/Halifax",
    "Auckland": "Pacific/Auckland",
    "Beijing": "Asia/Shanghai",
    "Berlin": "Europe/Berlin",
    "Brasilia": "America/Sao_Paulo",
    "Brussels": "Europe/Brussels",
    "Buenos Aires": "America/Argentina/Buenos_Aires",
    "Central Time (US & Canada)": "America/Chicago",
    "Chennai": "Asia/Kolkata",
    "Copenhagen": "Europe/Copenhagen",
    "Dublin": "Europe/Dublin",
    "Eastern Time (US & Canada)": "America/New_York",
    "Edinburgh": "Europe/London",
    "Hawaii": "Pacific/Honolulu",
    "Hong Kong": "Asia/Hong_Kong",
    "Istanbul": "Europe/Istanbul",
    "Jerusalem": "Asia/Jerusalem",
    "Kolkata": "Asia/Kolkata",
    "Kyiv": "Europe/Kiev",
    "Lisbon": "Europe/Lisbon",
    "London": "Europe/London",
    "Madrid": "Europe/Madrid",
    "Melbourne": "Australia/Melbourne",
    "Mexico City": "America/Mexico_City",
    "Mountain Time (US & Canada)": "America/Denver",
    "Mumbai": "Asia/Kolkata",
    "New Delhi": "Asia/Kolkata",
    "Osaka": "Asia/Tokyo",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Paris": "Europe/Paris",
    "Prague": "Europe/Prague",
    "Rome": "Europe/Rome",
    "Singapore": "Asia/Singapore",
    "Stockholm": "Europe/Stockholm",
    "Sydney": "Australia/Sydney",
    "Tokyo": "Asia/Tokyo",
    "Vienna": "Europe/Vienna",
    "Warsaw": "Europe/Warsaw",
    "Wellington": "Pacific/Auckland",
    "Zurich": "Europe/Zurich",
}


def slug(text: str) -> str:
    """A name for ids, such as ``ana-souza``; empty when nothing of the text can stand in one."""
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return _GAPS.sub("-", kept.lower()).strip("-")[:_MOST].strip("-")


def unique(candidates: tuple[str, ...], taken: dict[str, int], most: int = 64) -> str:
    """The first candidate that is not empty, with ``-2``, ``-3``, … when it is taken; it is taken from then on.
    ``taken`` counts how often each was asked for."""
    first = next(name for name in candidates if name)[:most]
    found = first
    while found in taken:
        taken[first] += 1
        tail = f"-{taken[first]}"
        found = first[: most - len(tail)] + tail
    taken[found] = 1
    return found


def label(text: str | None, default: str) -> str:
    """A name for people: one printable line of 1 to 100 characters."""
    flat = "".join(char if char.isprintable() else " " for char in text or "")
    flat = " ".join(flat.split())
    return (flat if len(flat) <= 100 else flat[:99].strip() + "…") or default


def number(text: str, country: int | None = None) -> str | None:
    """A telephone number in E.164, from one with or without its country's code apart; None when it is none."""
    digits = "".join(char for char in text if char in "0123456789")
    found = f"+{country}{digits}" if country is not None else f"+{digits}"
    return found if scalars.is_number(found) else None


def email(text: str) -> str | None:
    """The address, None when it is none."""
    try:
        return scalars.email(text.strip())
    except ValueError:
        return None


def slack_channel(*named: str | None) -> str | None:
    """The first of these that names a channel of Slack, None when none does."""
    for text in named:
        try:
            return scalars.slack_channel((text or "").strip())
        except ValueError:
            continue
    return None


def webhook(text: str) -> str | None:
    """The address, None when it is none that may be posted to."""
    try:
        return webhook_address(text.strip())
    except ValueError:
        return None


def zone(text: str) -> str | None:
    """The zone's name in the IANA database, None when it has none."""
    try:
        return scalars.timezone(_RAILS.get(text, text))
    except ValueError:
        return None

"""What all parsers share: severities, instants, links, hashes, the trigger for what was not understood."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from tocsin.alerts.event import JSON, Action, Link, Parsed, Severity
from tocsin.alerts.text import dump, encoded, one_line

#: The words of Prometheus rules, syslog, Nagios, Zabbix, Grafana and PagerDuty, in lower case.
_SEVERITIES = {
    **dict.fromkeys(
        ("critical", "crit", "page", "fatal", "emergency", "emerg", "panic", "disaster", "blocker"),
        Severity.CRITICAL,
    ),
    **dict.fromkeys(("error", "err", "high", "major"), Severity.ERROR),
    **dict.fromkeys(("warning", "warn", "medium", "moderate", "average", "minor"), Severity.WARNING),
    **dict.fromkeys(
        ("info", "information", "informational", "notice", "low", "none", "debug"), Severity.INFO
    ),
}

#: Instants of a number: 2000 to 2100, in seconds.
_EPOCH = (946_684_800, 4_102_444_800)
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_TEXT = re.compile(r"\d{9,19}(\.\d{1,9})?")
_HREF = re.compile(r"https?://[^\s\"'<>\\^`{|}\x00-\x20\x7f-\x9f]+", re.IGNORECASE)
_HREF_MAX = 2048


class NotUnderstood(Exception):
    """A parser's word for valid JSON that is not its sender's, with what could be made out all the same."""

    def __init__(self, title: str = "", dedup_key: str = "", severity: Severity = Severity.UNKNOWN) -> None:
        super().__init__(title)
        self.title = title
        self.dedup_key = dedup_key
        self.severity = severity


def text_of(value: JSON) -> str:
    """``value`` if it is text that says something, else the empty text."""
    return value if isinstance(value, str) and not value.isspace() else ""


def name_of(value: JSON) -> str:
    """As ``text_of``, and whole numbers as their digits: what an identifier may be."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text_of(value)


def object_of(value: JSON) -> dict[str, JSON]:
    return value if isinstance(value, dict) else {}


def list_of(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []


def first_title(*values: JSON) -> str:
    """The first text that still says something on one line."""
    for value in values:
        if isinstance(value, str) and (title := one_line(value)):
            return title
    return ""


def severity_of(value: JSON) -> Severity:
    """What a word means; anything else is unknown."""
    return (
        _SEVERITIES.get(value.strip().lower(), Severity.UNKNOWN)
        if isinstance(value, str)
        else Severity.UNKNOWN
    )


def instant_of(value: JSON) -> datetime | None:
    """ISO 8601 with an offset, or an epoch in s, ms, µs or ns, of the years 2000 to 2100.

    None for anything else: without an offset a time could be off by half a day. Go's zero time means none.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return _epoch(value)
    if not isinstance(value, str) or len(value) > 64:
        return None
    text = value.strip()
    if _EPOCH_TEXT.fullmatch(text):
        return _epoch(float(text) if "." in text else int(text))
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo is not None and at.year > 1 else None
    except (ValueError, OverflowError):
        return None


def link_to(href: JSON, text: JSON) -> Link | None:
    """A link that is safe to show: http or https, nothing that breaks out of a page. None for any other."""
    if not isinstance(href, str) or len(href) > _HREF_MAX or encoded(href) > _HREF_MAX + 100:
        return None
    href = href.strip()
    if not _HREF.fullmatch(href):
        return None
    return Link(
        href, (one_line(text, 120) if isinstance(text, str) else "") or href.split("/")[2][:120] or "Link"
    )


def links_of(pairs: Iterable[tuple[JSON, JSON]]) -> tuple[Link, ...]:
    """The safe ones of (address, text) pairs, each address once."""
    found: dict[str, Link] = {}
    for href, text in pairs:
        if link := link_to(href, text):
            found.setdefault(link.href, link)
    return tuple(found.values())


def present(row: Mapping[str, JSON]) -> dict[str, JSON]:
    """``row`` without the fields that say nothing."""
    return {name: value for name, value in row.items() if value not in (None, "", [], {})}


def hash_of(value: JSON) -> str:
    """32 hex digits that are the same for the same JSON, whatever the order of its fields."""
    return hashlib.sha256(dump(value).encode()).hexdigest()[:32]


def not_understood(raw: str, value: JSON, said: NotUnderstood | None = None) -> Parsed:
    """The trigger for what was not understood: ``raw`` is its text, ``value`` what of it names the alert."""
    said = said or NotUnderstood()
    title = one_line(said.title)
    if not title:
        shown = value if isinstance(value, str) else dump(value)
        first = next((line for line in shown[:8192].splitlines() if one_line(line)), "")
        title = f"Unrecognised alert: {one_line(first, 200)}" if first else "Unrecognised alert: (empty)"
    return Parsed(
        action=Action.TRIGGER,
        dedup_key=said.dedup_key or hash_of(value),
        title=title,
        severity=said.severity,
        occurred_at=None,
        parsed=False,
        raw=raw,
    )


def _epoch(number: int | float) -> datetime | None:
    for scale in (1, 1_000, 1_000_000, 1_000_000_000):
        if _EPOCH[0] <= number / scale < _EPOCH[1]:
            return _ZERO + timedelta(microseconds=round(number * 1_000_000 / scale))
    return None

"""The words of a card: what stands on it in every chat, each line plain and without anything that could be tapped."""

from __future__ import annotations

import re
from datetime import UTC

from tocsin.paging.chat import Card
from tocsin.paging.plain import cut, defang, one_line

_TITLE, _NAME, _LINE, _WORD = 500, 100, 300, 40
_LINK = re.compile(r"https://[!-~]{1,2000}")
_MARKS = {"acknowledged": "🟡", "snoozed": "🔵", "resolved": "🟢"}


def safe(text: str, room: int) -> str:
    """Somebody's words as one line of at most ``room`` characters, without anything to tap."""
    return cut(defang(one_line(text)), room)


def units(text: str) -> int:
    """Its length in UTF-16 code units: what "characters" are to those who count in JavaScript or Java."""
    return len(text.encode("utf-16-le")) // 2


def cut_units(text: str, room: int) -> str:
    """At most ``room`` UTF-16 code units; what had to be cut ends in "..."."""
    over = units(text) - room
    return cut(text, len(text) - over) if over > 0 else text


def mark(card: Card) -> str:
    """The colour of its state: red (orange where the urgency is low) while nobody has it."""
    return _MARKS.get(card.state) or ("🟠" if card.urgency == "low" else "🔴")


def headline(card: Card) -> str:
    """``checkout: disk full``, at most 602 characters, never empty."""
    service, title = safe(card.service, _NAME), safe(card.title, _TITLE) or "(no title)"
    return f"{service}: {title}" if service else title


def facts(card: Card) -> str:
    """``#1042 · triggered · high urgency · critical · 3 alerts · since 26 Nov 2026 02:00 UTC``"""
    since = card.opened_at.astimezone(UTC)
    parts = [
        f"#{card.number}",
        safe(card.state, _WORD),
        f"{safe(card.urgency, _WORD)} urgency" if card.urgency else "",
        safe(card.severity, _WORD),
        f"{card.count} alerts" if card.count > 1 else "",
        f"since {since:%-d %b %Y %H:%M} UTC",
    ]
    return " · ".join(part for part in parts if part)


def happened(card: Card) -> str:
    """The line of what happened last, at most 300 characters; empty where nothing did."""
    return safe(card.line, _LINE)


def links(card: Card) -> list[tuple[str, str]]:
    """What can be opened, as (label, https address). An address that is not plain is left out."""
    named = (("Open", card.link), ("Runbook", card.runbook))
    return [(label, link) for label, link in named if _LINK.fullmatch(link)]

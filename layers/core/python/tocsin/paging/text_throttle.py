"""How often a phone is texted: one page a minute, whatever it is about. Those that wait go in one text together.

What the phone was told already is not said again when it had as many texts as GoAlert allows to a contact: 5 in 15
minutes, 11 in an hour, 21 in 3 hours. An incident that it has not heard of waits for the minute alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

#: One page to a phone in this time, where nothing else is set.
GAP = timedelta(minutes=1)
#: Pages to a phone in a time, when it knows the incident.
WINDOWS = ((timedelta(minutes=15), 5), (timedelta(hours=1), 11), (timedelta(hours=3), 21))
#: For how long a page is remembered, and how many: more than any window asks for.
KEPT, MOST = timedelta(hours=3), 32


@dataclass(frozen=True, slots=True)
class Texted:
    """A text that was begun: ``at`` (aware UTC), for these pages, the first of which carries it; and about which
    incidents."""

    at: datetime
    pages: tuple[str, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """Not before ``until`` (aware UTC)."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class TooOften:
    """The phone knows of it, and had texts enough: this one is left out. The next may come at ``until``."""

    until: datetime


def text_with(page: str, texts: Iterable[Texted]) -> Texted | None:
    """The text that carries the page, if it was begun."""
    return next((text for text in texts if page in text.pages), None)


def judge(
    now: datetime, number: int | None, texts: Iterable[Texted], gap: timedelta = GAP
) -> Held | TooOften | None:
    """What keeps a page of the incident ``number`` (None: one that the phone has not heard of) from a phone that had
    ``texts``, ``gap`` apart; None: nothing.

    The windows are as much shorter as that is than a minute. At exactly the gap, or at the end of a window, the earlier
    text no longer counts.
    """
    kept = trimmed(now, texts)
    if any(number in text.numbers for text in kept):
        # A shorter gap, as on one machine, makes shorter windows; none, none.
        until = max(_free(now, kept, span * (gap / GAP), most) for span, most in WINDOWS)
        if until > now:
            return TooOften(until)
    if kept and now < kept[-1].at + gap:
        return Held("texted_recently", kept[-1].at + gap)
    return None


def _free(now: datetime, kept: Sequence[Texted], span: timedelta, most: int) -> datetime:
    """When the window has room again."""
    inside = [text.at for text in kept if now < text.at + span]
    return inside[-most] + span if len(inside) >= most else now


def trimmed(now: datetime, texts: Iterable[Texted]) -> tuple[Texted, ...]:
    """The texts that still count, oldest first."""
    return tuple(sorted((text for text in texts if now < text.at + KEPT), key=lambda text: text.at))[-MOST:]


def counted(text: Texted, texts: Iterable[Texted]) -> tuple[Texted, ...]:
    """The texts to keep, with this new one among them; stored before it is sent."""
    return trimmed(text.at, (*texts, text))


def without(page: str, texts: Iterable[Texted]) -> tuple[Texted, ...]:
    """The texts, none of which carries the page any more: the one that did was never sent."""
    found = (replace(text, pages=tuple(one for one in text.pages if one != page)) for text in texts)
    return tuple(text for text in found if text.pages)

"""How many answers that acknowledge nothing a phone still gets: how to answer, "not understood", "which one".

Without a limit two machines could talk to each other for ever, each answering what the other did not understand. An
answer to a command that acts is none of these: it is never held back, and uses up nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Passive answers that one phone gets in any ``HOUR``; after that, silence.
MOST = 5
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Told:
    """A passive answer that was given: ``at`` (aware UTC), to the text with this id."""

    at: datetime
    text_id: str


def left(now: datetime, told: Iterable[Told]) -> int:
    """How many passive answers the phone may still get now, 0 to ``MOST``."""
    return max(0, MOST - len(trimmed(now, told)))


def may_tell(now: datetime, text_id: str, told: Iterable[Told]) -> bool:
    """Whether this text may get its passive answer. One that comes again gets the one it was counted for."""
    kept = trimmed(now, told)
    return any(one.text_id == text_id for one in kept) or len(kept) < MOST


def trimmed(now: datetime, told: Iterable[Told]) -> tuple[Told, ...]:
    """The answers that still count, oldest first, at most ``MOST``. At exactly an hour one no longer counts."""
    return tuple(sorted((one for one in told if now < one.at + HOUR), key=lambda one: one.at))[-MOST:]


def counted(now: datetime, text_id: str, told: Iterable[Told]) -> tuple[Told, ...]:
    """The answers to keep, with this one among them: once, and at the instant of the first time.

    For a text that ``may_tell`` allows; stored before the answer is sent.
    """
    kept = trimmed(now, told)
    if any(one.text_id == text_id for one in kept):
        return kept
    return trimmed(now, (*kept, Told(now, text_id)))

"""What one thing in a plan did: pages, what was skipped, which step began. Plain data."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from tocsin.incidents.incident import Urgency
from tocsin.incidents.plan import Page, Plan

SkipReason = Literal["nobody_on_call", "unreachable", "superseded", "condition", "failing"]
Mark = Literal["nobody_reached", "exhausted", "quiet", "raised", "restarted"]

# Named tuples: a frozen dataclass takes a starting function four times as long to make.


class Skip(NamedTuple):
    """A page that is not sent, or a step that had nobody or is not for such an incident: ``user`` is None for both.

    ``via`` and ``contact`` are those of a page that is taken to fail.
    """

    at: datetime
    cycle: int
    round: int
    step: int
    user: str | None
    reason: SkipReason
    via: str = ""
    contact: str = ""


class Began(NamedTuple):
    """A step began: whom it found, in the order of its targets, and which pages it put off."""

    at: datetime
    cycle: int
    round: int
    step: int
    people: tuple[str, ...]
    put_off: tuple[Page, ...] = ()


class Tick(NamedTuple):
    """What one thing in a plan did: the plan after it, pages now due, what was skipped, and what it was a mark of.

    Of several things together, ``parts`` are the single ones in the order in which they happened.
    """

    plan: Plan
    urgency: Urgency
    pages: tuple[Page, ...] = ()
    skips: tuple[Skip, ...] = ()
    began: tuple[Began, ...] = ()
    marks: tuple[Mark, ...] = ()
    parts: tuple[Tick, ...] = ()

"""The incident: what people work on, from the first event to its resolution.

All instants are aware UTC datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tocsin.incidents.handling import UNTOUCHED, Handling
from tocsin.incidents.plan import Page, Plan


class State(StrEnum):
    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Urgency(StrEnum):
    """How loudly people are told."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something: ``kind`` is user, integration or tocsin; ``via`` says how (sms, call, link, event, clock)."""

    kind: str
    name: str
    via: str


TOCSIN = Actor("tocsin", "tocsin", "clock")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline: what happened when, by whom, how. ``id`` is unique within the incident."""

    id: str
    at: datetime
    kind: str
    actor: Actor
    details: Mapping[str, str | int | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident as stored. ``number`` is its identity and what people say and type.

    ``version`` rises with every committed change, and ``changed_at`` never falls, whatever the clocks of those who
    change it: the order of the timeline is that of the changes. ``clock`` is the name of the one execution that
    counts, empty when arming failed. ``due`` is the next instant at which something happens by itself, in whole
    seconds; None when nothing will. ``outbox`` holds the pages that were committed and not yet handed on, by page
    id. ``paged`` names everybody who was ever paged; ``pages`` counts the pages since the last ack, and
    ``capped_at`` says when they became too many. Pages of a cycle below ``floor`` are not sent any more. ``alerts``
    are the key hashes of its alerts. ``commands`` holds the ids of the latest commands it has taken, so that one
    which arrives again is known. ``priority`` is empty or P1 to P5. ``labels`` are those of its first alert that its
    policy asks for; ``turn`` its place among the incidents of its policy, which a round robin goes by. Whoever has it
    is reminded at ``remind_at``; snoozed, it is triggered again at ``snoozed_until``.
    """

    number: int
    service: str
    integration: str
    policy: str
    revision: str
    title: str
    severity: str
    urgency: Urgency
    state: State
    opened_at: datetime
    plan: Plan = field(default_factory=Plan)
    parsed: bool = True
    version: int = 0
    changed_at: datetime | None = None
    clock: str = ""
    due: datetime | None = None
    wakes: int = 0
    outbox: Mapping[str, Page] = field(default_factory=dict)
    paged: tuple[str, ...] = ()
    pages: int = 0
    floor: int = 1
    capped_at: datetime | None = None
    acked_at: datetime | None = None
    acked_by: Actor | None = None
    ack_timeout_at: datetime | None = None
    auto_resolve_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: Actor | None = None
    alerts: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    priority: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    turn: int = 0
    remind_at: datetime | None = None
    snoozed_until: datetime | None = None
    handling: Handling = UNTOUCHED

    @property
    def open(self) -> bool:
        return self.state is not State.RESOLVED

    def not_before(self, now: datetime) -> datetime:
        """The instant of something that happens to it now, by a clock that may be behind that of the latest change."""
        return max(now, self.changed_at) if self.changed_at is not None else now

    def next_due(self) -> datetime | None:
        """The earliest thing that happens by itself: of the plan, a timeout, the automatic resolve, an asking."""
        if self.state is State.RESOLVED:
            return None
        times = (self.ack_timeout_at, self.auto_resolve_at, self.remind_at, self.snoozed_until)
        instants = [at for at in times if at is not None]
        instants.extend(page.at for page in self.handling.asks)
        if self.state is State.TRIGGERED and self.plan.due is not None:
            instants.append(self.plan.due)
        return min(instants, default=None)

"""Where an incident stands in its escalation policy. Only data: ``tocsin.escalation`` decides what it becomes.

All instants are aware UTC datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from tocsin.incidents.times import from_iso, iso

JsonObject = dict[str, Any]
Kind = Literal["page", "post", "ask", "reminder"]


@dataclass(frozen=True, slots=True)
class Page:
    """One message to one contact of one person, due at ``at``; without a ``user``, a post to the channel ``contact``
    (``via`` says of which kind), which wakes nobody.

    ``kind`` says what for: a page of the policy, a post, asking somebody to join (``round`` counts the askings), or a
    reminder to whoever has it (``round`` counts how often they kept it). ``step`` 0 is the last resort. ``attempt``
    counts how often the same round was tried again after it reached nobody. ``target`` and ``place`` say where the
    person stands in the step; ``rule`` is the index of the notification rule in the person's own list. ``put_off``
    says that it would have been due while the person was not to be disturbed. ``again`` counts the acks that were
    taken back before it, where others have to acknowledge, too: their rules began again with them.
    """

    at: datetime
    cycle: int
    round: int
    step: int
    user: str
    rule: int
    via: str
    contact: str
    attempt: int = 0
    target: int = 0
    place: int = 0
    kind: Kind = "page"
    put_off: bool = False
    again: int = 0

    @property
    def over(self) -> str:
        """What a carrier's refusal is about: the person's contact. WhatsApp at a number is one of its own, since a
        number may have no WhatsApp and take texts.
        """
        return f"{self.user}/{self.contact}" + ("/whatsapp" if self.via == "whatsapp" else "")

    def id(self, number: int) -> str:
        """The page's identity: the same decision always makes the same one, so that it is sent once."""
        if self.kind == "ask":
            return f"{number}-ask{self.round}-{self.user}-{self.rule}"
        if self.kind == "reminder":
            return f"{number}-c{self.cycle}-remind{self.round}-{self.user}"
        tried = (f"-t{self.attempt}" if self.attempt else "") + (f"-u{self.again}" if self.again else "")
        return f"{number}-c{self.cycle}-r{self.round}-s{self.step}-{self.user or '.' + self.via}-{self.rule}{tried}"

    def as_json(self) -> JsonObject:
        return {
            "at": iso(self.at),
            "cycle": self.cycle,
            "round": self.round,
            "step": self.step,
            "user": self.user,
            "rule": self.rule,
            "via": self.via,
            "contact": self.contact,
            "attempt": self.attempt,
            "target": self.target,
            "place": self.place,
            **({"kind": self.kind} if self.kind != "page" else {}),
            **({"put_off": True} if self.put_off else {}),
            **({"again": self.again} if self.again else {}),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Page:
        return cls(
            at=from_iso(row["at"]),
            cycle=int(row["cycle"]),
            round=int(row["round"]),
            step=int(row["step"]),
            user=str(row["user"]),
            rule=int(row["rule"]),
            via=str(row["via"]),
            contact=str(row["contact"]),
            attempt=int(row.get("attempt", 0)),
            target=int(row.get("target", 0)),
            place=int(row.get("place", 0)),
            kind=row.get("kind", "page"),
            put_off=bool(row.get("put_off", False)),
            again=int(row.get("again", 0)),
        )


def page_order(page: Page) -> tuple[datetime, int, int, int, int, int, int]:
    """By time, step, target, rule: the order in which pages are listed, and handed on."""
    return (page.at, page.step, page.target, page.rule, page.place, page.cycle, page.round)


class Next(StrEnum):
    """What the policy does at ``Plan.next_at``."""

    STEP = "step"
    RETRY = "retry"
    RESTART = "restart"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Plan:
    """The place in the policy: cycle, round and step in progress, what comes next and when, and the rules not yet due.

    ``step`` is 0 before the first step of a round, and while the last resort is being paged (``last_resort``).
    ``live`` counts, for each person whom the step in progress reaches, the pages sent for it that no carrier has
    refused; ``refused`` names the ``user/contact`` pairs that were. ``reached`` says whether an earlier step of
    this round reached somebody. ``acked`` are those who acknowledged in this cycle where others still have to;
    ``taken_back`` counts the acks of those that were taken back, in any cycle.
    """

    cycle: int = 1
    round: int = 1
    attempt: int = 0
    step: int = 0
    last_resort: bool = False
    next: Next | None = None
    next_at: datetime | None = None
    pending: tuple[Page, ...] = ()
    live: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    reached: bool = False
    raise_at: datetime | None = None
    acked: tuple[str, ...] = ()
    taken_back: int = 0

    @property
    def due(self) -> datetime | None:
        """The earliest instant at which this plan has something to do, or None when it has nothing more to do."""
        instants = [page.at for page in self.pending]
        if self.next_at is not None:
            instants.append(self.next_at)
        if self.raise_at is not None:
            instants.append(self.raise_at)
        return min(instants, default=None)

    def began(self, at: datetime, cycle: int) -> Plan:
        """This plan begun anew at ``at``: first round, first step. Rules that still run are kept until superseded."""
        return replace(
            self,
            cycle=cycle,
            round=1,
            attempt=0,
            step=0,
            last_resort=False,
            next=Next.STEP,
            next_at=at,
            live={},
            refused=(),
            reached=False,
            acked=(),
        )

    def stopped(self) -> Plan:
        """This plan with nothing more to send; the raise at the beginning of support hours is remembered."""
        return replace(self, next=None, next_at=None, pending=(), live={}, refused=(), acked=())

    def as_json(self) -> JsonObject:
        return {
            "cycle": self.cycle,
            "round": self.round,
            "attempt": self.attempt,
            "step": self.step,
            "last_resort": self.last_resort,
            "next": self.next.value if self.next else None,
            "next_at": iso(self.next_at) if self.next_at else None,
            "pending": [page.as_json() for page in self.pending],
            "live": dict(self.live),
            "refused": list(self.refused),
            "reached": self.reached,
            "raise_at": iso(self.raise_at) if self.raise_at else None,
            **({"acked": list(self.acked)} if self.acked else {}),
            **({"taken_back": self.taken_back} if self.taken_back else {}),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Plan:
        def instant(name: str) -> datetime | None:
            value = row.get(name)
            return from_iso(value) if value else None

        following = row.get("next")
        return cls(
            cycle=int(row["cycle"]),
            round=int(row["round"]),
            attempt=int(row.get("attempt", 0)),
            step=int(row["step"]),
            last_resort=bool(row.get("last_resort", False)),
            next=Next(following) if following else None,
            next_at=instant("next_at"),
            pending=tuple(Page.from_json(page) for page in row.get("pending", ())),
            live={str(user): int(count) for user, count in row.get("live", {}).items()},
            refused=tuple(row.get("refused", ())),
            reached=bool(row.get("reached", False)),
            raise_at=instant("raise_at"),
            acked=tuple(row.get("acked", ())),
            taken_back=int(row.get("taken_back", 0)),
        )

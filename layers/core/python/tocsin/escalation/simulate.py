"""The simulator: who is paged, when and how, for an alert at any instant. It runs the planner the engine runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, Literal, get_args

from tocsin.escalation.conditions import ANY, Situation
from tocsin.escalation.model import Book, Policy, Service, Via
from tocsin.escalation.personal import not_disturbing
from tocsin.escalation.planner import begin, tick, unacknowledged, urgency_at
from tocsin.escalation.replans import acknowledged_by, refuse, still_to_ack
from tocsin.escalation.ticks import Mark, Skip, Tick
from tocsin.incidents.incident import Urgency
from tocsin.incidents.plan import Page, Plan, page_order

End = Literal["acknowledged", "exhausted", "low_urgency", "until"]

_ENDS: Mapping[Mark, End] = {"nobody_reached": "exhausted", "exhausted": "exhausted", "quiet": "low_urgency"}


class UnknownName(LookupError):
    """A service, user or way to somebody that the book does not have: ``kind``, ``name`` and the ``known`` names."""

    def __init__(self, kind: str, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no {kind} named {name!r}")
        self.kind = kind
        self.name = name
        self.known = known


@dataclass(frozen=True, slots=True)
class Failing:
    """What is taken to fail: of ``user`` everything, or what goes by the way, or to the contact, named ``what``."""

    user: str
    what: str = ""

    @classmethod
    def read(cls, text: str, book: Book) -> Failing:
        """``ana``, ``ana:sms`` or ``ana:mobile``. Raises UnknownName."""
        user, colon, what = text.partition(":")
        if user not in book.users:
            raise UnknownName("user", user, tuple(book.users))
        ways = tuple(dict.fromkeys((*get_args(Via), *(one.name for one in book.users[user].contacts))))
        if colon and what not in ways:
            raise UnknownName(f"way or contact of {user}", what, ways)
        return cls(user, what)

    def hits(self, page: Page) -> bool:
        return page.user == self.user and self.what in ("", page.via, page.contact)


@dataclass(frozen=True, slots=True)
class Simulation:
    """What would happen: pages by time, step, target and rule; what is skipped; when and why it ends.

    ``posts`` are what goes to chat channels and webhooks, which wake nobody.
    """

    service: str
    at: datetime
    pages: tuple[Page, ...]
    skipped: tuple[Skip, ...]
    ends_at: datetime
    why: End
    posts: tuple[Page, ...] = ()

    def as_json(self, zone: tzinfo) -> dict[str, Any]:
        """The shape of ``tocsin simulate --json``, with times in ``zone``."""

        def text(at: datetime) -> str:
            return at.astimezone(zone).isoformat(timespec="seconds")

        return {
            "service": self.service,
            "at": text(self.at),
            "pages": [
                {
                    "at": text(page.at),
                    "after_seconds": int((page.at - self.at).total_seconds()),
                    "cycle": page.cycle,
                    "round": page.round,
                    "step": page.step,
                    "user": page.user,
                    "via": page.via,
                    "contact": page.contact,
                }
                for page in self.pages
            ],
            "skipped": [
                {
                    "at": text(skip.at),
                    "cycle": skip.cycle,
                    "round": skip.round,
                    "step": skip.step,
                    **({"user": skip.user} if skip.user is not None else {}),
                    "reason": skip.reason,
                    **({"via": skip.via, "contact": skip.contact} if skip.reason == "failing" else {}),
                }
                for skip in self.skipped
            ],
            **({"posts": [_post(page, text(page.at)) for page in self.posts]} if self.posts else {}),
            "ends": {"at": text(self.ends_at), "why": self.why},
        }


def _post(page: Page, at: str) -> dict[str, Any]:
    return {
        "at": at,
        "cycle": page.cycle,
        "round": page.round,
        "step": page.step,
        "via": page.via,
        "channel": page.contact,
    }


@dataclass(slots=True)
class _Run:
    """One history under way."""

    service: Service
    policy: Policy
    book: Book
    plan: Plan
    urgency: Urgency
    situation: Situation
    failing: tuple[Failing, ...]
    pages: list[Page] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    #: Pages that fail, and whose refusal has not been heard of yet.
    unheard: list[Page] = field(default_factory=list)

    def until(self, limit: datetime | None, stop_at_marks: bool) -> tuple[datetime, End] | None:
        """Everything before ``limit`` (all of it when None). Gives the end when a mark is one."""
        while (due := self.plan.due) is not None and (limit is None or due < limit):
            one = tick(self.plan, self.urgency, self.policy, self.book, due, self.situation)
            if (end := _end(one)) is not None and stop_at_marks:
                return due, end
            self.plan, self.urgency = one.plan, one.urgency
            self.skips.extend(one.skips)
            for page in one.pages:
                self._send(page)
            self._hear(due)
        return None

    def _send(self, page: Page) -> None:
        if not any(one.hits(page) for one in self.failing):
            self.pages.append(page)
            return
        self.unheard.append(page)
        where = (page.at, page.cycle, page.round, page.step, page.user)
        self.skips.append(Skip(*where, "failing", page.via, page.contact))

    def _hear(self, now: datetime) -> None:
        """Each refusal is heard of once all that is due is sent, as the engine commits it: what one brings forward is
        sent before the next is heard of."""
        while self.unheard and (self.plan.due is None or self.plan.due > now):
            page = self.unheard.pop(0)
            earliest = not_disturbing(self.book.users.get(page.user), self.urgency, now)
            self.plan = refuse(self.plan, page, now, earliest)


def _end(one: Tick) -> End | None:
    return next((_ENDS[mark] for mark in one.marks if mark in _ENDS), None)


def simulate(
    book: Book,
    service: str,
    at: datetime,
    *,
    urgency: str | None = None,
    severity: str | None = None,
    ack_after: timedelta | None = None,
    by: tuple[str, ...] = (),
    until: datetime | None = None,
    situation: Situation = ANY,
    failing: Iterable[str] = (),
) -> Simulation:
    """What an incident of ``service`` opened at ``at`` does. Instants are aware; contacts count as verified.

    Without ``until`` it ends at the ack, when the last round's last wait is over, at the first round that reached
    nobody, or when a low incident's step is over. With it everything before that instant is listed: the ack timeout,
    the last resort, what begins anew. The sender is taken to go on, so nothing resolves by itself. ``situation`` is
    what branches ask for, and ``severity`` a part of it. An ack ends it even where all must acknowledge, unless it says
    ``by`` whom: they acknowledge one after the other at that instant, and the others are waited for. A page that one of
    ``failing`` hits (``ana``, ``ana:sms``, ``ana:mobile``) is refused for good the moment it is due.
    Raises UnknownName.
    """
    known = book.services.get(service)
    if known is None:
        raise UnknownName("service", service, tuple(book.services))
    for user in by:
        if user not in book.users:
            raise UnknownName("user", user, tuple(book.users))
    dead = tuple(Failing.read(text, book) for text in failing)
    loud = Urgency(urgency) if urgency is not None else urgency_at(known, at)
    if severity is not None:
        situation = replace(situation, severity=severity)
    run = _Run(known, book.policies[known.policy], book, begin(known, loud, at), loud, situation, dead)
    ends = _play(run, at, ack_after, by, until)
    return Simulation(
        service,
        at,
        tuple(sorted((page for page in run.pages if page.user), key=page_order)),
        tuple(sorted(run.skips, key=lambda skip: (skip.at, skip.cycle, skip.round, skip.step))),
        *ends,
        posts=tuple(sorted((page for page in run.pages if not page.user), key=page_order)),
    )


def _play(
    run: _Run, at: datetime, ack_after: timedelta | None, by: tuple[str, ...], until: datetime | None
) -> tuple[datetime, End]:
    open_ended = until is None
    acked_at = at + ack_after if ack_after is not None else None
    if acked_at is None or (until is not None and acked_at >= until):
        end = run.until(until, stop_at_marks=open_ended)
        if end is not None:
            return end
        if until is None:
            raise AssertionError("a plan that nobody stops ends with a mark")
        return until, "until"
    end = run.until(acked_at, stop_at_marks=open_ended)
    if end is not None:
        return end
    if not _all_have_acked(run, by):
        end = run.until(until, stop_at_marks=open_ended)
        return end or (until or acked_at, "until")
    timeout = run.service.ack_timeout
    if until is None or timeout is None:
        return acked_at, "acknowledged"
    again = acked_at + timeout
    if again < until:
        run.plan, run.urgency = unacknowledged(run.plan, run.service, run.urgency, again)
        run.until(until, stop_at_marks=False)
    return until, "until"


def _all_have_acked(run: _Run, by: tuple[str, ...]) -> bool:
    """Whether the ack of one of ``by``, one after the other, is that of the incident; as it is if nobody is named."""
    for user in by:
        if not still_to_ack(run.plan, run.policy, user):
            return True
        run.plan = acknowledged_by(run.plan, user)
    return not by

"""What a command, or the passing of time, makes of an incident. Pure: others act on what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from tocsin.escalation.model import Book, Policy, Service
from tocsin.escalation.planner import (
    RESTART_AFTER,
    Tick,
    advance,
    begin,
    instant_of,
    last_resort_only,
    refuse,
    unacknowledged,
    urgency_at,
)
from tocsin.incidents.incident import TOCSIN, Actor, Entry, Incident, State, Urgency
from tocsin.incidents.plan import Next, Page
from tocsin.incidents.times import iso, whole_seconds_up

#: How many command ids an incident remembers: far more than a queue can hold back and deliver again.
REMEMBERED_COMMANDS = 50

Details = Mapping[str, str | int | bool | None]


class Action(StrEnum):
    """What somebody can do with an incident."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Command:
    """One wish of somebody. ``id`` names it for ever: when it arrives again, nothing is done twice."""

    id: str
    action: Action
    actor: Actor


class Answer(StrEnum):
    """What became of a command."""

    DONE = "done"
    ALREADY = "already"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision rests on: the incident's own revision, and how many pages one incident may send."""

    service: Service
    policy: Policy
    book: Book
    page_cap: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The incident as it shall be, the lines for its timeline, and the alarms to raise before it is committed.

    ``incident`` is None when nothing changes. Its ``due`` is set; its ``version`` and ``clock`` are the committer's.
    """

    answer: Answer
    incident: Incident | None = None
    entries: Sequence[Entry] = ()
    alarms: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class _Draft:
    """A decision in the making."""

    incident: Incident
    now: datetime
    entries: list[Entry] = field(default_factory=list)
    alarms: list[tuple[str, str]] = field(default_factory=list)

    def note(self, kind: str, actor: Actor, **details: str | int | bool | None) -> None:
        number = f"{self.incident.version + 1:06d}-{len(self.entries):03d}"
        self.entries.append(Entry(number, self.now, kind, actor, details))

    def alarm(self, kind: str, words: str) -> None:
        self.alarms.append((kind, f"#{self.incident.number} {self.incident.service}: {words}"))
        self.note("alarm", TOCSIN, reason=kind)

    def done(self, answer: Answer = Answer.DONE) -> Decision:
        due = self.incident.next_due()
        incident = replace(self.incident, changed_at=self.now, due=whole_seconds_up(due) if due else None)
        return Decision(answer, incident, tuple(self.entries), tuple(self.alarms))


def opened(incident: Incident, context: Context, now: datetime, actor: Actor) -> Decision:
    """A new incident: its first step begins at once. ``urgency`` of ``incident`` is replaced by that of the hour."""
    urgency = urgency_at(context.service, now)
    incident = replace(
        incident,
        urgency=urgency,
        plan=begin(context.service, urgency, now),
        auto_resolve_at=now + context.service.auto_resolve if context.service.auto_resolve else None,
    )
    draft = _Draft(incident, now)
    draft.note(
        "opened",
        actor,
        title=incident.title[:256],
        service=incident.service,
        severity=incident.severity,
        urgency=urgency.value,
        revision=incident.revision,
    )
    _advance(draft, context)
    return draft.done()


def commanded(incident: Incident, command: Command, context: Context, now: datetime) -> Decision:
    """What ``command`` makes of the incident. A command on a resolved incident changes nothing."""
    if not incident.open:
        return Decision(Answer.CLOSED)
    if command.action is Action.ACKNOWLEDGE and incident.state is State.ACKNOWLEDGED:
        return Decision(Answer.ALREADY)
    remembered = (*incident.commands, command.id)[-REMEMBERED_COMMANDS:]
    draft = _Draft(replace(incident, commands=remembered), now)
    match command.action:
        case Action.ACKNOWLEDGE:
            _acknowledge(draft, command.actor, context)
        case Action.RESOLVE:
            _resolve(draft, command.actor)
        case Action.ESCALATE:
            _escalate(draft, command.actor, context)
    return draft.done()


def refused(
    incident: Incident, page: Page, command_id: str, reason: str, context: Context, now: datetime
) -> Decision:
    """What a carrier's refusal for good makes of the incident: the person's next contact, or the next step, now."""
    if incident.state is not State.TRIGGERED or page.cycle < incident.floor:
        return Decision(Answer.CLOSED)
    remembered = (*incident.commands, command_id)[-REMEMBERED_COMMANDS:]
    plan = refuse(incident.plan, page, now)
    draft = _Draft(replace(incident, commands=remembered, plan=plan), now)
    passed = plan.next_at != incident.plan.next_at or plan.next is not incident.plan.next
    draft.note("refused", TOCSIN, page=page.id(incident.number), user=page.user, via=page.via, reason=reason)
    if passed:
        draft.note("step_passed", TOCSIN, round=plan.round, step=plan.step, reason="refused")
    _advance(draft, context)
    return draft.done()


def woken(incident: Incident, context: Context, now: datetime, last_event_at: datetime | None) -> Decision:
    """What the passing of time makes of the incident: timeouts, steps, rules due at or before ``now``."""
    draft = _Draft(incident, now)
    if incident.auto_resolve_at is not None and incident.auto_resolve_at <= now and incident.open:
        patience = context.service.auto_resolve
        quiet_at = (last_event_at or incident.opened_at) + patience if patience else None
        if quiet_at is not None and quiet_at <= now:
            _resolve(draft, TOCSIN, reason="no_event_for_auto_resolve")
            return draft.done()
        draft.incident = replace(incident, auto_resolve_at=quiet_at)
    timeout = draft.incident.ack_timeout_at
    if draft.incident.state is State.ACKNOWLEDGED and timeout is not None and timeout <= now:
        at = instant_of(timeout, now)
        plan, urgency = unacknowledged(draft.incident.plan, context.service, draft.incident.urgency, at)
        raised = urgency is not draft.incident.urgency
        draft.incident = replace(
            draft.incident,
            state=State.TRIGGERED,
            plan=plan,
            urgency=urgency,
            acked_at=None,
            ack_timeout_at=None,
        )
        draft.note("unacknowledged", TOCSIN, reason="ack_timeout", cycle=plan.cycle)
        if raised:
            draft.note("raised", TOCSIN, urgency=urgency.value, reason="support_hours")
    _advance(draft, context)
    return draft.done()


def _acknowledge(draft: _Draft, actor: Actor, context: Context) -> None:
    timeout = context.service.ack_timeout
    incident = draft.incident
    draft.incident = replace(
        incident,
        state=State.ACKNOWLEDGED,
        plan=incident.plan.stopped(),
        acked_at=draft.now,
        acked_by=actor,
        ack_timeout_at=draft.now + timeout if timeout is not None else None,
        floor=incident.plan.cycle + 1,
        pages=0,
        capped_at=None,
        outbox={},
    )
    _withdraw(draft, incident.outbox)
    draft.note("acknowledged", actor, until=iso(draft.now + timeout) if timeout is not None else "never")


def _resolve(draft: _Draft, actor: Actor, reason: str | None = None) -> None:
    incident = draft.incident
    draft.incident = replace(
        incident,
        state=State.RESOLVED,
        plan=replace(incident.plan.stopped(), raise_at=None),
        resolved_at=draft.now,
        resolved_by=actor,
        ack_timeout_at=None,
        auto_resolve_at=None,
        floor=incident.plan.cycle + 1,
        outbox={},
    )
    _withdraw(draft, incident.outbox)
    draft.note("resolved", actor, **({"reason": reason} if reason else {}))


def _withdraw(draft: _Draft, outbox: Mapping[str, Page]) -> None:
    for id, page in outbox.items():
        draft.note(
            "page_cancelled", TOCSIN, page=id, user=page.user, via=page.via, reason="not_handed_on_yet"
        )


def _escalate(draft: _Draft, actor: Actor, context: Context) -> None:
    """Escalate now: the next step begins at once; after the last one, what follows it does. An ack is given up."""
    incident = draft.incident
    plan = incident.plan
    if incident.state is State.ACKNOWLEDGED:
        plan = replace(plan, cycle=plan.cycle + 1)
    if incident.urgency is Urgency.LOW:
        plan = replace(plan, raise_at=None, cycle=plan.cycle + 1)
    if plan.last_resort or plan.next in (Next.RETRY, Next.RESTART):
        plan = plan.began(draft.now, plan.cycle + 1)
    else:
        plan = replace(plan, next=Next.STEP, next_at=draft.now, reached=True)
    draft.incident = replace(
        incident, state=State.TRIGGERED, urgency=Urgency.HIGH, plan=plan, acked_at=None, ack_timeout_at=None
    )
    draft.note("escalated", actor, cycle=plan.cycle, round=plan.round, step=plan.step)
    _advance(draft, context)


def _advance(draft: _Draft, context: Context) -> None:
    """Takes everything due out of the plan, puts its pages into the outbox, and says all of it on the timeline."""
    incident, now = draft.incident, draft.now
    if incident.state is not State.TRIGGERED:
        return
    if incident.capped_at is not None:
        done = last_resort_only(incident.plan, incident.urgency, context.policy, context.book, now)
    else:
        done = advance(incident.plan, incident.urgency, context.policy, context.book, now)
    pages = done.pages
    if (
        context.page_cap is not None
        and incident.capped_at is None
        and incident.pages + len(pages) > context.page_cap
    ):
        done, pages = _cap(draft, done, context)
    outbox = {**draft.incident.outbox, **{page.id(incident.number): page for page in pages}}
    paged = tuple(sorted({*draft.incident.paged, *(page.user for page in pages)}))
    draft.incident = replace(
        draft.incident,
        plan=done.plan,
        urgency=done.urgency,
        outbox=outbox,
        paged=paged,
        pages=draft.incident.pages + len(pages),
    )
    _say(draft, done)


def _cap(draft: _Draft, done: Tick, context: Context) -> tuple[Tick, tuple[Page, ...]]:
    """The pages up to the cap; from then on only the last resort, every 30 minutes."""
    incident = draft.incident
    room = max(0, (context.page_cap or 0) - incident.pages)
    held = done.pages[room:]
    plan = replace(
        done.plan,
        pending=(),
        last_resort=True,
        step=0,
        next=Next.RESTART,
        next_at=draft.now + RESTART_AFTER,
        raise_at=None,
    )
    draft.incident = replace(incident, capped_at=draft.now)
    draft.alarm(
        "page_cap", f"{context.page_cap} pages sent and nobody acknowledged; only the last resort from now on"
    )
    for page in held:
        draft.note("held_back", TOCSIN, user=page.user, via=page.via, reason="page_cap")
    return replace(done, plan=plan, pages=done.pages[:room]), done.pages[:room]


def _say(draft: _Draft, done: Tick) -> None:
    """Everything that happened, in its order; then the pages that it made due."""
    for one in done.parts or (done,):
        _say_one(draft, one)
    for page in done.pages:
        draft.note("page_due", TOCSIN, page=page.id(draft.incident.number), user=page.user, via=page.via)


def _say_one(draft: _Draft, done: Tick) -> None:
    for mark in done.marks:
        match mark:
            case "raised":
                draft.note("raised", TOCSIN, urgency=Urgency.HIGH.value, reason="support_hours")
            case "nobody_reached":
                draft.alarm(
                    "nobody_reached", "a round of its policy reached nobody; it is tried again in 5 minutes"
                )
            case "exhausted":
                draft.alarm(
                    "exhausted", "its policy is over and nobody acknowledged; it begins anew in 30 minutes"
                )
            case "restarted":
                draft.note("restarted", TOCSIN, cycle=done.plan.cycle)
            case "quiet":
                pass
    for began in done.began:
        draft.note(
            "step",
            TOCSIN,
            cycle=began.cycle,
            round=began.round,
            step=began.step,
            people=" ".join(began.people),
            asked_at=iso(began.at),
        )
    for skip in done.skips:
        draft.note(
            "skipped",
            TOCSIN,
            cycle=skip.cycle,
            round=skip.round,
            step=skip.step,
            user=skip.user,
            due=iso(skip.at),
            reason=skip.reason,
        )

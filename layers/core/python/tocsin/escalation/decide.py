"""What its opening, a carrier's refusal, or the passing of time makes of an incident. Pure: others act on it.

What people make of it is in ``commands``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tocsin.escalation.drafts import (
    Answer,
    Context,
    Decision,
    Draft,
    go_on,
    hand_on,
    remembered,
    withdraw,
)
from tocsin.escalation.model import Book, Service, Via
from tocsin.escalation.personal import not_disturbing
from tocsin.escalation.planner import begin, instant_of, unacknowledged, urgency_at
from tocsin.escalation.replans import refuse
from tocsin.incidents.incident import TOCSIN, Actor, Incident, State, Urgency
from tocsin.incidents.plan import Page, Plan
from tocsin.incidents.times import iso

#: A reminder goes by the first of these that the person has a rule for. A call would wake whoever is at work on it.
_REMINDED_BY: tuple[Via, ...] = ("sms", "push", "slack", "telegram", "teams", "email")


def opened(incident: Incident, context: Context, now: datetime, actor: Actor) -> Decision:
    """A new incident: its first step begins at once. ``urgency`` of ``incident`` is replaced by that of the hour."""
    urgency = urgency_at(context.service, now)
    incident = replace(
        incident,
        urgency=urgency,
        plan=begin(context.service, urgency, now),
        auto_resolve_at=now + context.service.auto_resolve if context.service.auto_resolve else None,
    )
    draft = Draft(incident, now)
    draft.note(
        "opened",
        actor,
        title=incident.title[:256],
        service=incident.service,
        severity=incident.severity,
        urgency=urgency.value,
        revision=incident.revision,
    )
    go_on(draft, context)
    return draft.done()


def refused(
    incident: Incident, page: Page, command_id: str, reason: str, context: Context, now: datetime
) -> Decision:
    """What a carrier's refusal for good makes of the incident: the person's next contact, or the next step, now.

    Of what is no page of the policy (a post, a reminder, an asking) it is only told.
    """
    if page.kind != "page":
        if not incident.open:
            return Decision(Answer.CLOSED)
        return _refused_aside(incident, page, command_id, reason, now)
    if incident.state is not State.TRIGGERED or page.cycle < incident.floor:
        return Decision(Answer.CLOSED)
    earliest = not_disturbing(context.book.users.get(page.user), incident.urgency, now)
    plan = refuse(incident.plan, page, now, earliest)
    draft = Draft(replace(remembered(incident, command_id), plan=plan), now)
    passed = plan.next_at != incident.plan.next_at or plan.next is not incident.plan.next
    draft.note("refused", TOCSIN, page=page.id(incident.number), user=page.user, via=page.via, reason=reason)
    if passed:
        draft.note("step_passed", TOCSIN, round=plan.round, step=plan.step, reason="refused")
    go_on(draft, context)
    return draft.done()


def _refused_aside(incident: Incident, page: Page, command_id: str, reason: str, now: datetime) -> Decision:
    """An asking's next contact is tried now, as a page's is; a reminder and a post have none."""
    handling = incident.handling
    if page.kind == "ask":
        asks = list(handling.asks)
        ahead = [
            one for one in asks if one.user == page.user and one.round == page.round and one.over != page.over
        ]
        if ahead:
            first = min(ahead, key=lambda one: (one.at, one.rule))
            asks[asks.index(first)] = replace(first, at=min(first.at, now))
            handling = replace(handling, asks=tuple(asks))
    draft = Draft(replace(remembered(incident, command_id), handling=handling), now)
    if page.user:
        draft.note(
            "refused", TOCSIN, page=page.id(incident.number), user=page.user, via=page.via, reason=reason
        )
    else:
        draft.note(
            "post_refused",
            TOCSIN,
            post=page.id(incident.number),
            via=page.via,
            channel=page.contact,
            reason=reason,
        )
    ask_due(draft)
    return draft.done()


def woken(incident: Incident, context: Context, now: datetime, last_event_at: datetime | None) -> Decision:
    """What the passing of time makes of the incident: timeouts, steps, rules due at or before ``now``."""
    draft = Draft(incident, now)
    if incident.auto_resolve_at is not None and incident.auto_resolve_at <= now and incident.open:
        patience = context.service.auto_resolve
        quiet_at = (last_event_at or incident.opened_at) + patience if patience else None
        if quiet_at is not None and quiet_at <= now:
            resolve(draft, TOCSIN, reason="no_event_for_auto_resolve")
            return draft.done()
        draft.incident = replace(incident, auto_resolve_at=quiet_at)
    _time_is_over(draft, context)
    _remind(draft, context.book)
    ask_due(draft)
    go_on(draft, context)
    return draft.done()


def _time_is_over(draft: Draft, context: Context) -> None:
    """An ack's timeout, or the end of a snooze: a new cycle."""
    incident, now = draft.incident, draft.now
    snoozed = incident.state is State.SNOOZED
    over = incident.snoozed_until if snoozed else incident.ack_timeout_at
    if incident.state not in (State.ACKNOWLEDGED, State.SNOOZED) or over is None or over > now:
        return
    again(draft, context, instant_of(over, now), TOCSIN, "snooze_over" if snoozed else "ack_timeout")


def again(draft: Draft, context: Context, at: datetime, actor: Actor, reason: str) -> None:
    """Nobody has it any more: it is triggered again, in a new cycle from the first step."""
    raised = begin_anew(draft, context.service, at)
    draft.note("unacknowledged", actor, reason=reason, cycle=draft.incident.plan.cycle)
    if raised:
        say_raised(draft)


def begin_anew(draft: Draft, service: Service, at: datetime) -> bool:
    """Triggered, in a new cycle from the first step. Gives whether it is high now, for support hours that began while
    somebody had it."""
    incident = draft.incident
    plan, urgency = unacknowledged(incident.plan, service, incident.urgency, at)
    draft.incident = triggered(incident, plan, urgency)
    return urgency is not incident.urgency


def say_raised(draft: Draft) -> None:
    draft.note("raised", TOCSIN, urgency=draft.incident.urgency.value, reason="support_hours")


def triggered(incident: Incident, plan: Plan, urgency: Urgency) -> Incident:
    """The incident with ``plan`` in progress: nobody has it."""
    return replace(
        incident,
        state=State.TRIGGERED,
        urgency=urgency,
        plan=plan,
        acked_at=None,
        ack_timeout_at=None,
        remind_at=None,
        snoozed_until=None,
    )


def _remind(draft: Draft, book: Book) -> None:
    """Before an ack's timeout whoever has it is asked, in writing, whether they still do."""
    incident, now = draft.incident, draft.now
    if incident.remind_at is None or incident.remind_at > now:
        return
    at = instant_of(incident.remind_at, now)
    draft.incident = replace(incident, remind_at=None)
    if incident.state is not State.ACKNOWLEDGED or incident.acked_by is None:
        return
    user = book.users.get(incident.acked_by.name) if incident.acked_by.kind == "user" else None
    ways = {rule.via: rule for rule in reversed(user.high)} if user is not None else {}
    for via in _REMINDED_BY:
        contact = user.contact_for(ways[via]) if user is not None and via in ways else None
        if user is not None and contact is not None:
            page = Page(at, incident.plan.cycle, incident.handling.kept, 0, user.id, 0, via, contact.name)
            hand_on(draft, [replace(page, kind="reminder")])
            return


def ask_due(draft: Draft) -> None:
    """Hands on what is due of the pages to those who are asked to join."""
    handling = draft.incident.handling
    due = [page for page in handling.asks if page.at <= draft.now]
    if due:
        rest = tuple(page for page in handling.asks if page.at > draft.now)
        draft.incident = replace(draft.incident, handling=replace(handling, asks=rest))
        hand_on(draft, sorted(due, key=lambda page: (page.at, page.user, page.rule)))


def acknowledge(draft: Draft, actor: Actor, service: Service) -> None:
    """``actor`` has it, until the timeout."""
    taken(draft, actor, kept(draft.incident, service, draft.now))
    until = draft.incident.ack_timeout_at
    draft.note("acknowledged", actor, until=iso(until) if until is not None else "never")


def taken(draft: Draft, actor: Actor, incident: Incident) -> None:
    """``actor`` has ``incident``, whose timeouts are set: nobody else is paged any more."""
    handling = incident.handling
    if draft.incident.state is State.SNOOZED:
        # The cycle is the one in which it was taken before: its reminder may be sent already, and this is another one.
        handling = replace(handling, kept=handling.kept + 1)
    draft.incident = replace(
        incident,
        handling=handling,
        state=State.ACKNOWLEDGED,
        plan=incident.plan.stopped(),
        acked_at=draft.now,
        acked_by=actor,
        snoozed_until=None,
        floor=incident.plan.cycle + 1,
        pages=0,
        capped_at=None,
    )
    withdraw_pages(draft)


def quiet(draft: Draft, actor: Actor, until: datetime) -> None:
    """``actor`` has it, and nobody is paged for it before ``until``; then its pages begin anew."""
    taken(draft, actor, replace(draft.incident, ack_timeout_at=None, remind_at=None))
    draft.incident = replace(draft.incident, state=State.SNOOZED, snoozed_until=until)
    draft.note("snoozed", actor, until=iso(until))


def kept(incident: Incident, service: Service, now: datetime) -> Incident:
    """The incident with an ack's timeout and its reminder counted from ``now``."""
    timeout, before = service.ack_timeout, service.ack_reminder
    if timeout is None:
        return replace(incident, ack_timeout_at=None, remind_at=None)
    remind = now + timeout - before if before is not None and before < timeout else None
    return replace(incident, ack_timeout_at=now + timeout, remind_at=remind)


def withdraw_pages(draft: Draft, of: str | None = None) -> None:
    """Takes the policy's pages that were not handed on yet out of the outbox: all of them, or those of one person."""
    outbox = draft.incident.outbox
    gone = {id: page for id, page in outbox.items() if page.kind == "page" and of in (None, page.user)}
    draft.incident = replace(
        draft.incident, outbox={id: page for id, page in outbox.items() if id not in gone}
    )
    withdraw(draft, gone)


def resolve(draft: Draft, actor: Actor, reason: str | None = None) -> None:
    """It is over: nothing more is sent."""
    incident = draft.incident
    draft.incident = replace(
        incident,
        state=State.RESOLVED,
        plan=replace(incident.plan.stopped(), raise_at=None),
        resolved_at=draft.now,
        resolved_by=actor,
        ack_timeout_at=None,
        remind_at=None,
        snoozed_until=None,
        auto_resolve_at=None,
        floor=incident.plan.cycle + 1,
        outbox={},
        handling=replace(incident.handling, asks=()),
    )
    withdraw(draft, incident.outbox)
    draft.note("resolved", actor, **({"reason": reason} if reason else {}))

"""Who has the incident, and what its policy does next: the commands about that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tocsin.escalation.commands import AlreadySo, CannotDo, Command, gone_over
from tocsin.escalation.decide import (
    acknowledge,
    again,
    begin_anew,
    kept,
    quiet,
    resolve,
    say_raised,
    triggered,
    withdraw_pages,
)
from tocsin.escalation.drafts import Answer, Context, Draft, assigned_policy, go_on, say, say_put_off
from tocsin.escalation.joining import users_of
from tocsin.escalation.naming import named, people
from tocsin.escalation.planner import rescheduled, urgency_at, with_raise
from tocsin.escalation.reach import silent_when_paged, why_silent
from tocsin.escalation.replans import acknowledged_by, goes_to, jumped, loud, still_to_ack
from tocsin.escalation.steps import took_back
from tocsin.escalation.ticks import Skip, Tick
from tocsin.incidents.incident import Incident, State, Urgency
from tocsin.incidents.plan import Next
from tocsin.incidents.times import iso

SHORTEST_SNOOZE, LONGEST_SNOOZE = timedelta(minutes=1), timedelta(days=7)


def do_acknowledge(draft: Draft, command: Command, context: Context) -> Answer:
    incident, actor = draft.incident, command.actor
    if incident.state is State.ACKNOWLEDGED:
        raise AlreadySo(_taken(incident, context))
    if actor.kind == "user" and incident.state is State.TRIGGERED:
        waiting = still_to_ack(incident.plan, context.policy, actor.name)
        others = f"still to acknowledge: {people(waiting, context.book)}"
        if actor.name in incident.plan.acked:
            raise AlreadySo(f"{named(actor, context.book)} has acknowledged it; {others}")
        if waiting:
            draft.why = others
            draft.incident = replace(incident, plan=acknowledged_by(incident.plan, actor.name))
            withdraw_pages(draft, actor.name)
            draft.note("acknowledged_too", actor, waiting=" ".join(waiting))
            return Answer.PARTLY
    acknowledge(draft, actor, context.service)
    return Answer.DONE


def _taken(incident: Incident, context: Context) -> str:
    by = incident.acked_by
    return f"it is acknowledged by {named(by, context.book)}" if by is not None else "it is acknowledged"


def do_unacknowledge(draft: Draft, command: Command, context: Context) -> Answer:
    """Nobody has it any more; or, where others still have to acknowledge, one ack less is noted."""
    incident, actor = draft.incident, command.actor
    if incident.state is State.TRIGGERED:
        if actor.kind != "user" or actor.name not in incident.plan.acked:
            raise AlreadySo("nobody has it")
        plan, pages = took_back(incident.plan, actor.name, incident.urgency, context.book, draft.now)
        if incident.capped_at is not None:
            plan, pages = replace(plan, pending=incident.plan.pending), ()
        draft.incident = replace(incident, plan=plan)
        draft.note("ack_taken_back", actor)
        say_put_off(draft, (page for page in pages if page.put_off))
        go_on(draft, context)
        return Answer.DONE
    again(draft, context, draft.now, command.actor, "by_hand")
    go_on(draft, context)
    return Answer.DONE


def do_keep(draft: Draft, command: Command, context: Context) -> Answer:
    """Still on it: the ack's time begins anew. Of whoever does not have it (any more) it is an ack as any other."""
    incident, by = draft.incident, draft.incident.acked_by
    theirs = by is not None and (by.kind, by.name) == (command.actor.kind, command.actor.name)
    if incident.state is not State.ACKNOWLEDGED or not theirs:
        return do_acknowledge(draft, command, context)
    if context.service.ack_timeout is None:
        raise AlreadySo(f"{_taken(incident, context)}, without an end")
    handling = replace(incident.handling, kept=incident.handling.kept + 1)
    incident = replace(incident, handling=handling, acked_by=command.actor)
    draft.incident = kept(incident, context.service, draft.now)
    draft.note("kept", command.actor, until=iso(draft.now + context.service.ack_timeout))
    return Answer.DONE


def do_resolve(draft: Draft, command: Command, context: Context) -> Answer:
    resolve(draft, command.actor)
    return Answer.DONE


def do_reopen(draft: Draft, command: Command, context: Context) -> Answer:
    incident, now = draft.incident, draft.now
    if incident.open:
        raise AlreadySo(f"it is open ({incident.state.value})")
    if incident.handling.merged_into is not None:
        raise CannotDo(gone_over(context.part_of or incident.handling.merged_into))
    urgency = urgency_at(context.service, now)
    plan = with_raise(incident.plan, context.service, urgency, now).began(now, incident.plan.cycle + 1)
    patience = context.service.auto_resolve
    draft.incident = replace(
        incident,
        state=State.TRIGGERED,
        urgency=urgency,
        plan=plan,
        pages=0,
        capped_at=None,
        acked_at=None,
        acked_by=None,
        resolved_at=None,
        resolved_by=None,
        auto_resolve_at=now + patience if patience is not None else None,
        handling=replace(incident.handling, muted_until=None),
    )
    draft.note("reopened", command.actor, cycle=plan.cycle, urgency=urgency.value)
    go_on(draft, context)
    return Answer.DONE


def do_snooze(draft: Draft, command: Command, context: Context) -> Answer:
    span = command.span or timedelta(hours=1)
    if not SHORTEST_SNOOZE <= span <= LONGEST_SNOOZE:
        raise CannotDo("a snooze is from 1 minute to 7 days long")
    quiet(draft, command.actor, draft.now + span)
    return Answer.DONE


def do_escalate(draft: Draft, command: Command, context: Context) -> Answer:
    """Escalate now: the next step, or the one named, begins at once; after the last one, what follows it does. An ack
    is given up."""
    incident = draft.incident
    plan = incident.plan
    steps = len(context.policy.steps)
    if command.step is not None and not 1 <= command.step <= steps:
        raise CannotDo(_steps_there_are(steps, incident.handling.assigned))
    if incident.state is not State.TRIGGERED:
        plan = replace(plan, cycle=plan.cycle + 1)
    dropped: tuple[Skip, ...] = ()
    if incident.urgency is Urgency.LOW:
        plan, dropped = loud(replace(plan, raise_at=None, cycle=plan.cycle + 1, acked=()))
    if command.step is not None:
        plan = jumped(plan, command.step, draft.now)
    elif plan.last_resort or plan.next in (Next.RETRY, Next.RESTART):
        plan = plan.began(draft.now, plan.cycle + 1)
    else:
        plan = replace(plan, next=Next.STEP, next_at=draft.now, reached=True)
    draft.incident = triggered(incident, plan, Urgency.HIGH)
    round, step = goes_to(plan, context.policy)
    if incident.capped_at is not None:
        round, step = context.policy.repeat + 1, 0
    named = step if step or context.policy.last_resort else None
    draft.note("escalated", command.actor, cycle=plan.cycle, round=round, step=named)
    say(draft, Tick(plan, Urgency.HIGH, skips=dropped))
    go_on(draft, context)
    return Answer.DONE


def _steps_there_are(steps: int, assigned: tuple[str, ...]) -> str:
    if not assigned:
        return f"its policy has steps 1 to {steps}"
    return f"it has steps 1 to {steps}: step 1 is {', '.join(assigned)}, whom it was given to, and its policy follows"


def do_reassign(draft: Draft, command: Command, context: Context) -> Answer:
    """It is given to these people: they are paged first, in a new cycle; if they do not answer, the policy follows.
    Where nothing reaches any of them it is not; who is out of reach among others is named."""
    users = users_of(command, context)
    own = context.book.policies[draft.incident.policy]
    raised = _begin_with(draft, context, users)
    urgency = draft.incident.urgency
    if beyond := silent_when_paged(users, context.book, urgency, draft.now):
        draft.why = why_silent(beyond, context.book, urgency)
    if len(beyond) == len(users):
        raise CannotDo(draft.why)
    cycle = draft.incident.plan.cycle
    draft.note("reassigned", command.actor, users=" ".join(users), cycle=cycle)
    if raised:
        say_raised(draft)
    go_on(draft, replace(context, policy=assigned_policy(own, users)))
    return Answer.DONE


def do_move(draft: Draft, command: Command, context: Context) -> Answer:
    """It goes by the policy of ``context``: by another one from the first step, in a new cycle. By the one that it has,
    as it is now, it goes on from where it stands, and nobody is paged for that."""
    incident, policy = draft.incident, context.policy
    if incident.capped_at is None:
        plan = rescheduled(incident.plan, context.service, incident.urgency, draft.now)
        draft.incident = replace(incident, plan=plan)
    if policy.name == incident.policy:
        draft.note("revision_changed", command.actor, after=incident.revision)
        return Answer.DONE
    draft.incident = replace(draft.incident, policy=policy.name)
    raised = _begin_with(draft, context, ())
    cycle = draft.incident.plan.cycle
    draft.note("moved", command.actor, policy=policy.name, revision=incident.revision, cycle=cycle)
    if raised:
        say_raised(draft)
    go_on(draft, context)
    return Answer.DONE


def _begin_with(draft: Draft, context: Context, assigned: tuple[str, ...]) -> bool:
    """From the first step on, given to these people, as loudly as it was. Gives whether support hours made it high."""
    raised = begin_anew(draft, context.service, draft.now)
    incident = draft.incident
    handling = replace(incident.handling, assigned=assigned)
    draft.incident = replace(incident, handling=handling, floor=incident.plan.cycle)
    withdraw_pages(draft)
    return raised

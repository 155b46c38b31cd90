"""What somebody is told whose command was taken, or was not: by text message, by mail, in a chat."""

from __future__ import annotations

from tocsin.engine.commits import Changed, context, part_of
from tocsin.engine.people import name_of
from tocsin.engine.ports import Ports
from tocsin.escalation.commands import Action
from tocsin.escalation.drafts import Answer
from tocsin.escalation.model import User
from tocsin.escalation.replans import still_to_ack
from tocsin.incidents.incident import Actor, Incident, State
from tocsin.paging import answers
from tocsin.paging.codes import Typed

_STATES: dict[Action, answers.State] = {
    Action.ACKNOWLEDGE: "acknowledged",
    Action.UNACKNOWLEDGE: "unacknowledged",
    Action.KEEP: "kept",
    Action.RESOLVE: "resolved",
    Action.REOPEN: "reopened",
    Action.SNOOZE: "snoozed",
    Action.ESCALATE: "escalated",
    Action.ACCEPT: "joined",
    Action.DECLINE: "declined",
    Action.NOTE: "noted",
}


def told(ports: Ports, number: int, action: Action, done: Changed, user: User, typed: Typed) -> str:
    """The words for what became of a command of ``user``, who would go on with what is ``typed``."""
    answer, after = done.answer, done.incident
    if answer is Answer.PARTLY and after is not None:
        return answers.partly(number, waiting_for(ports, after))
    if answer is Answer.DONE or after is None:
        return _confirmed(number, action, after, user, typed.resolve)
    if (whole := part_of(ports, after)) is not None:
        return answers.part_of(number, whole)
    if action in (Action.ACCEPT, Action.DECLINE):
        if answer is Answer.REFUSED:
            return answers.not_asked(number)
        if answer is Answer.ALREADY:
            return answers.already(number, _STATES[action])
    if action is Action.UNACKNOWLEDGE and answer is Answer.ALREADY:
        return answers.not_acknowledged(number, typed.ack)
    if action in (Action.ACKNOWLEDGE, Action.KEEP) and after.state is State.TRIGGERED:
        return answers.partly(number, waiting_for(ports, after))
    state, by = state_and_actor(after)
    who = "you" if by is not None and by.kind == "user" and by.name == user.id else name_of(ports, after, by)
    return answers.already(number, state, who, by.via if by is not None else None)


def about(action: Action, done: Changed, user: User) -> str:
    """The incident and ``user``, where the answer tells them that another one has what they would acknowledge."""
    after = done.incident
    if action is not Action.ACKNOWLEDGE or after is None:
        return ""
    _, by = state_and_actor(after)
    mine = by is not None and (by.kind, by.name) == ("user", user.id)
    return "" if mine else f"{after.number}-{user.id}"


def _confirmed(number: int, action: Action, after: Incident | None, user: User, resolve: str | None) -> str:
    if action is Action.KEEP and after is not None and after.acked_at == after.changed_at:
        # Whoever keeps what nobody had takes it.
        return answers.confirmed(number, "acknowledged", resolve)
    until = None
    if after is not None:
        until = {Action.KEEP: after.ack_timeout_at, Action.SNOOZE: after.snoozed_until}.get(action)
    return answers.confirmed(number, _STATES[action], resolve, until, user.timezone)


def waiting_for(ports: Ports, incident: Incident) -> list[str]:
    """The names of those who still have to acknowledge, where all must."""
    policy = context(ports, incident).policy
    waiting = still_to_ack(incident.plan, policy, "")
    return [name_of(ports, incident, Actor("user", user, "")) for user in waiting]


def state_and_actor(incident: Incident) -> tuple[answers.State, Actor | None]:
    """How an incident stands, and who brought it there."""
    if incident.state is State.RESOLVED:
        return "resolved", incident.resolved_by
    if incident.state is State.SNOOZED:
        return "snoozed", incident.acked_by
    return "acknowledged", incident.acked_by

"""A key on a call: acts, and gives the words to say."""

from __future__ import annotations

from tocsin.engine.commits import command, part_of
from tocsin.engine.people import name_of
from tocsin.engine.ports import Ports
from tocsin.engine.told import state_and_actor
from tocsin.escalation.commands import Action, Command
from tocsin.escalation.drafts import Answer
from tocsin.incidents.incident import Actor, State
from tocsin.paging import answers, replies
from tocsin.paging.receipts import KeyPress

_ACTIONS = {
    replies.Kind.ACK: Action.ACKNOWLEDGE,
    replies.Kind.RESOLVE: Action.RESOLVE,
    replies.Kind.ESCALATE: Action.ESCALATE,
}
#: On a call that asks somebody to join, the same keys accept and decline.
_ASKED = {replies.Kind.ACK: Action.ACCEPT, replies.Kind.RESOLVE: Action.DECLINE}
_STATES: dict[Action, answers.State] = {
    Action.ACKNOWLEDGE: "acknowledged",
    Action.RESOLVE: "resolved",
    Action.ESCALATE: "escalated",
    Action.ACCEPT: "joined",
    Action.DECLINE: "declined",
}


def key_pressed(ports: Ports, press: KeyPress) -> str:
    """Whoever was called with the page may press. Gives the words to say. Raises TooBusy."""
    reply = replies.pressed(press.digit)
    action = _ACTIONS.get(reply.kind)
    if press.incident is None or action is None:
        return "That key does nothing here."
    record = ports.store.page(press.incident, press.page_id)
    if record is None:
        return "This call belongs to no incident."
    if record.page.kind == "ask":
        action = _ASKED.get(reply.kind)
        if action is None:
            return "That key does nothing here."
    actor = Actor("user", record.page.user, "call")
    wish = Command(f"call-{press.contact_id}-{press.digit}", action, actor)
    answer, after, _ = command(ports, press.incident, wish)
    waiting = (
        answer is Answer.ALREADY and action is Action.ACKNOWLEDGE and after and after.state is State.TRIGGERED
    )
    if answer is Answer.PARTLY or waiting:
        return answers.said_partly(press.incident)
    if answer is Answer.DONE or after is None:
        return answers.said_confirmed(press.incident, _STATES[action])
    if (whole := part_of(ports, after)) is not None:
        return answers.said_part_of(press.incident, whole)
    if answer is Answer.ALREADY and record.page.kind == "ask":
        return answers.said_already(press.incident, _STATES[action])
    state, by = state_and_actor(after)
    return answers.said_already(press.incident, state, name_of(ports, after, by))

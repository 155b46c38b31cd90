"""What people answer: a text, a key on a call. All of it ends in the same commands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tocsin.engine.commits import command, context
from tocsin.engine.people import by_number, name_of
from tocsin.engine.ports import ATTEMPTS, Ports, TooBusy
from tocsin.escalation.commands import Action, Command
from tocsin.escalation.drafts import Answer
from tocsin.escalation.model import User
from tocsin.escalation.replans import still_to_ack
from tocsin.incidents.incident import Actor, Entry, Incident, State
from tocsin.paging import answers, codes, replies
from tocsin.paging.receipts import InboundSms, KeyPress
from tocsin.store.ports import Conflict, Notice, Phone

_ACTIONS = {
    replies.Kind.ACK: Action.ACKNOWLEDGE,
    replies.Kind.RESOLVE: Action.RESOLVE,
    replies.Kind.ESCALATE: Action.ESCALATE,
}
_STATES: dict[Action, answers.State] = {
    Action.ACKNOWLEDGE: "acknowledged",
    Action.RESOLVE: "resolved",
    Action.ESCALATE: "escalated",
}
#: Whoever can be paged has such a number. Short codes and names are machines' senders.
_PHONE = re.compile(r"\+[0-9]{6,15}", re.ASCII)


def text_came(ports: Ports, sms: InboundSms) -> None:
    """A text from a phone: acts, and answers it once. A stranger gets no answer."""
    if not _PHONE.fullmatch(sms.sender):
        ports.metrics.count("ReplyIgnored")
        return
    phone = ports.store.phone(sms.sender)
    reply = replies.read(sms.body)
    if reply.kind in (replies.Kind.STOP, replies.Kind.START):
        _opt(ports, sms, out=reply.kind is replies.Kind.STOP)
        return
    # An ack of everything is not among the actions yet: as a bare word it would be one of a single incident.
    known = reply.kind in _ACTIONS and not reply.all
    words = _act_on(ports, sms, phone, reply) if known else _help(ports, sms, phone, reply)
    if words is not None:
        ports.pages.put([Notice(f"sms-{sms.id}", "sms", sms.sender, words)])
    else:
        ports.metrics.count("ReplyIgnored")


def _act_on(ports: Ports, sms: InboundSms, phone: Phone, reply: replies.Reply) -> str | None:
    """The words to answer with; None for somebody who may not act and is told nothing.

    A text that comes again means what it meant the first time, though codes have moved on and incidents are over.
    Once it has its answer it does nothing any more: what came too late for an ack must not be one after its timeout.
    """
    found, ambiguous = _meant(ports, sms, phone, reply)
    if not phone.codes and _paged(ports, found, sms.sender) is None:
        return None
    bound = ports.store.bind_text(sms.id, found, ports.clock.now())
    if bound.words is not None:
        return bound.words
    words = _answer(ports, sms, phone, reply, bound.incident, ambiguous)
    ports.store.settle_text(sms.id, words)
    return words


def _answer(
    ports: Ports, sms: InboundSms, phone: Phone, reply: replies.Reply, number: int | None, ambiguous: bool
) -> str:
    """Acts, and gives the words to answer with."""
    user = _paged(ports, number, sms.sender)
    if number is None or user is None:
        known = _open_codes(ports, phone)
        if reply.number is not None:
            return answers.not_yours(reply.number)
        if reply.code is not None:
            return answers.no_such_code(str(reply.code), known)
        return answers.which(known) if ambiguous else answers.help_text(known)
    action = _ACTIONS[reply.kind]
    wish = Command(f"sms-{sms.id}", action, Actor("user", user.id, "sms"))
    answer, after, _ = command(ports, number, wish)
    return _words(ports, number, action, answer, after, user, phone)


def _paged(ports: Ports, number: int | None, sender: str) -> User | None:
    """Who was paged for the incident and has this phone; None for a stranger to it."""
    incident = ports.store.incident(number) if number is not None else None
    return by_number(ports, incident, sender) if incident is not None else None


def _meant(ports: Ports, sms: InboundSms, phone: Phone, reply: replies.Reply) -> tuple[int | None, bool]:
    """The incident that a reply means, and whether several could be meant."""
    if reply.number is not None:
        return reply.number, False
    if reply.code is not None:
        return phone.codes.get(reply.code), False
    if sms.answering is not None:
        message = ports.store.message(sms.answering)
        if message is not None and message.to == sms.sender:
            return message.incident, False
    held = _open_codes(ports, phone)
    return (held[0][0], False) if len(held) == 1 else (None, len(held) > 1)


def _open_codes(ports: Ports, phone: Phone) -> Sequence[tuple[int, int]]:
    """The open incidents this phone has codes for, as (number, code), smallest code first."""
    found = []
    for code, number in sorted(phone.codes.items()):
        incident = ports.store.incident(number)
        if incident is not None and incident.open:
            found.append((number, code))
    return found


def _words(
    ports: Ports,
    number: int,
    action: Action,
    answer: Answer,
    after: Incident | None,
    user: User,
    phone: Phone,
) -> str:
    if answer is Answer.PARTLY and after is not None:
        return answers.partly(number, [name_of(ports, after, one) for one in still_waiting(ports, after)])
    if answer is Answer.DONE or after is None:
        code = next((code for code, held in phone.codes.items() if held == number), None)
        return answers.confirmed(
            number, _STATES[action], codes.resolve_code(code) if code is not None else None
        )
    state, by = state_and_actor(after)
    who = "you" if by is not None and by.kind == "user" and by.name == user.id else name_of(ports, after, by)
    return answers.already(number, state, who, by.via if by is not None else None)


def still_waiting(ports: Ports, incident: Incident) -> list[Actor]:
    """Who else has to acknowledge, where all must."""
    policy = context(ports, incident).policy
    return [Actor("user", user, "") for user in still_to_ack(incident.plan, policy, "")]


def state_and_actor(incident: Incident) -> tuple[answers.State, Actor | None]:
    """How an incident stands, and who brought it there."""
    if incident.state is State.RESOLVED:
        return "resolved", incident.resolved_by
    if incident.state is State.SNOOZED:
        return "snoozed", incident.acked_by
    return "acknowledged", incident.acked_by


def _help(ports: Ports, sms: InboundSms, phone: Phone, reply: replies.Reply) -> str | None:
    """Only for phones that were paged before: a stranger learns nothing, and costs nothing."""
    if not phone.codes:
        return None
    known = _open_codes(ports, phone)
    return answers.help_text(known) if reply.kind is replies.Kind.HELP else answers.not_understood(known)


def _opt(ports: Ports, sms: InboundSms, out: bool) -> None:
    """STOP and START: remembered, and said on the timeline of every open incident of this phone.

    A function that died between the two comes here again and finds the phone as it shall be.
    """
    changed = False
    for attempt in range(ATTEMPTS):
        phone = ports.store.phone(sms.sender)
        now = ports.clock.now()
        if (phone.opted_out_at is not None) == out:
            break
        try:
            ports.store.put_phone(replace(phone, opted_out_at=now if out else None))
            changed = True
            break
        except Conflict:
            ports.clock.pause(attempt)
    else:
        raise TooBusy(f"a phone was changed by others {ATTEMPTS} times in a row")
    if changed:
        ports.metrics.count("OptedOut" if out else "OptedIn")
    kind = "opted_out" if out else "opted_in"
    for number, _ in _open_codes(ports, phone):
        incident = ports.store.incident(number)
        user = by_number(ports, incident, sms.sender) if incident is not None else None
        actor = Actor("user", user.id if user is not None else "unknown", "sms")
        if changed or _said_last(ports, number, actor) != kind:
            ports.store.add_entries(number, [Entry(f"sms-{sms.id}", now, kind, actor, {})])


def _said_last(ports: Ports, number: int, actor: Actor) -> str:
    """Whether the timeline says that this person wants texts."""
    said = [line.kind for line in ports.store.timeline(number) if line.actor == actor]
    return next((kind for kind in reversed(said) if kind in ("opted_out", "opted_in")), "opted_in")


def key_pressed(ports: Ports, press: KeyPress) -> str:
    """A key on a call: acts, and gives the words to say. Whoever was called with the page may press."""
    reply = replies.pressed(press.digit)
    action = _ACTIONS.get(reply.kind)
    if press.incident is None or action is None:
        return "That key does nothing here."
    record = ports.store.page(press.incident, press.page_id)
    if record is None:
        return "This call belongs to no incident."
    actor = Actor("user", record.page.user, "call")
    wish = Command(f"call-{press.contact_id}-{press.digit}", action, actor)
    answer, after, _ = command(ports, press.incident, wish)
    if answer is Answer.PARTLY:
        return answers.said_partly(press.incident)
    if answer is Answer.DONE or after is None:
        return answers.said_confirmed(press.incident, _STATES[action])
    state, by = state_and_actor(after)
    return answers.said_already(press.incident, state, name_of(ports, after, by))

"""What people answer by text message. All of it ends in the same commands as every other surface's."""

from __future__ import annotations

import re

from tocsin.engine.commits import command
from tocsin.engine.opting import open_codes, opt
from tocsin.engine.people import by_number
from tocsin.engine.phones import may_tell
from tocsin.engine.ports import Ports
from tocsin.engine.texting import carried_with
from tocsin.engine.told import about, told, waiting_for
from tocsin.escalation.commands import Action, Command
from tocsin.escalation.drafts import Answer
from tocsin.escalation.model import User
from tocsin.incidents.incident import Actor, State
from tocsin.paging import answers, codes, replies
from tocsin.paging.receipts import InboundSms
from tocsin.store.messages import Notice
from tocsin.store.people import Phone

#: What each kind of answer asks for.
ACTIONS = {
    replies.Kind.ACK: Action.ACKNOWLEDGE,
    replies.Kind.RESOLVE: Action.RESOLVE,
    replies.Kind.ESCALATE: Action.ESCALATE,
    replies.Kind.KEEP: Action.KEEP,
    replies.Kind.SNOOZE: Action.SNOOZE,
    replies.Kind.UNACK: Action.UNACKNOWLEDGE,
    replies.Kind.ACCEPT: Action.ACCEPT,
    replies.Kind.DECLINE: Action.DECLINE,
    replies.Kind.NOTE: Action.NOTE,
}
#: How the question which one shows a command behind a code.
_BEHIND = {
    replies.Kind.ACK: "a",
    replies.Kind.RESOLVE: "r",
    replies.Kind.ESCALATE: "e",
    replies.Kind.KEEP: "k",
    replies.Kind.SNOOZE: "s",
    replies.Kind.UNACK: "u",
    replies.Kind.ACCEPT: "y",
    replies.Kind.DECLINE: "n",
}
#: Whoever can be paged has such a number. Short codes and names are machines' senders.
_PHONE = re.compile(r"\+[0-9]{6,15}", re.ASCII)


def text_came(ports: Ports, sms: InboundSms) -> None:
    """A text from a phone: acts, and answers it once. A stranger gets no answer, nor does a machine for long."""
    if not _PHONE.fullmatch(sms.sender):
        ports.metrics.count("ReplyIgnored")
        return
    phone = ports.store.phone(sms.sender)
    if _proves(ports, sms, phone):
        return
    reply = replies.read(sms.body)
    if reply.kind in (replies.Kind.STOP, replies.Kind.START):
        opt(ports, sms, out=reply.kind is replies.Kind.STOP)
        return
    words = _act_on(ports, sms, phone, reply) if reply.kind in ACTIONS else _help(ports, sms, phone, reply)
    if words:
        ports.pages.put([Notice(f"sms-{sms.id}", "sms", sms.sender, words)])
    else:
        ports.metrics.count("ReplyIgnored")


def _proves(ports: Ports, sms: InboundSms, phone: Phone) -> bool:
    """Takes a code alone, where this phone waits for one or this very text was it."""
    request = f"sms-{sms.id}"
    if phone.pending is None and all(one.request != request for one in phone.verified.values()):
        return False
    from tocsin.paging import contact_texts, verification

    code = verification.code_in(sms.body)
    if code is None:
        return False
    from tocsin.engine.contacts import prove

    verdict, user = prove(ports, sms.sender, code, "", request)
    if verdict == "right":
        ports.pages.put([Notice(request, "sms", sms.sender, contact_texts.proved_text(user))])
    elif may_tell(ports, sms.sender, sms.id):
        ports.pages.put([Notice(request, "sms", sms.sender, contact_texts.not_proved_text(verdict))])
    return True


def _act_on(ports: Ports, sms: InboundSms, phone: Phone, reply: replies.Reply) -> str | None:
    """The words to answer with; None for somebody who may not act and is told nothing.

    A text that comes again means what it meant the first time, though codes have moved on and incidents are over.
    Once it has its answer it does nothing any more: what came too late for an ack must not be one after its timeout.
    """
    everything = _everything(ports, phone) if reply.all else ()
    found, ambiguous = (None, False) if reply.all else _meant(ports, sms, phone, reply)
    if not phone.codes and _paged(ports, found, sms.sender) is None:
        return None
    bound = ports.store.bind_text(sms.id, found, ports.clock.now(), everything)
    if bound.words is not None:
        return bound.words
    if reply.all:
        words, acted = _acknowledge_all(ports, sms, bound.others)
        of = ""
    else:
        words, acted, of = _answer(ports, sms, phone, reply, bound.incident, ambiguous)
    if not acted and not may_tell(ports, sms.sender, sms.id, of):
        words = ""
    ports.store.settle_text(sms.id, words)
    return words


def _answer(
    ports: Ports, sms: InboundSms, phone: Phone, reply: replies.Reply, number: int | None, ambiguous: bool
) -> tuple[str, bool, str]:
    """Acts, and gives the words to answer with, whether anything was done, and what they are about (``told.about``)."""
    user = _paged(ports, number, sms.sender)
    if number is None or user is None:
        known = open_codes(ports, phone)
        if reply.number is not None:
            return answers.not_yours(reply.number), False, ""
        if reply.code is not None:
            return answers.no_such_code(str(reply.code), known), False, ""
        if ambiguous:
            return answers.which(known, _BEHIND.get(reply.kind, "a")), False, ""
        return answers.help_text(known), False, ""
    action = ACTIONS[reply.kind]
    wish = Command(f"sms-{sms.id}", action, Actor("user", user.id, "sms"), span=reply.span, text=reply.text)
    done = command(ports, number, wish)
    acted = done.answer in (Answer.DONE, Answer.PARTLY)
    words = told(ports, number, action, done, user, codes.typed(phone.codes, number))
    return words, acted, about(action, done, user)


def _everything(ports: Ports, phone: Phone) -> tuple[int, ...]:
    """What an ack of everything means: whatever this phone was paged for and is open."""
    return tuple(number for number, _ in open_codes(ports, phone))


def _acknowledge_all(ports: Ports, sms: InboundSms, numbers: tuple[int, ...]) -> tuple[str, bool]:
    taken: list[int] = []
    noted: list[tuple[int, list[str]]] = []
    already, acted = 0, False
    for number in numbers:
        user = _paged(ports, number, sms.sender)
        if user is None:
            continue
        wish = Command(f"sms-{sms.id}-{number}", Action.ACKNOWLEDGE, Actor("user", user.id, "sms"))
        done = command(ports, number, wish)
        acted = acted or done.answer in (Answer.DONE, Answer.PARTLY)
        after = done.incident
        if done.answer is Answer.DONE:
            taken.append(number)
        elif after is not None and after.state is State.TRIGGERED:
            noted.append((number, waiting_for(ports, after)))
        elif done.answer is Answer.PARTLY or (after is not None and after.state is not State.RESOLVED):
            already += 1
    return answers.all_acknowledged(taken, already, noted), acted


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
        if message is not None and message.to == sms.sender and not carried_with(phone, message.page):
            return message.incident, False
    held = [number for number, _ in open_codes(ports, phone)]
    if reply.kind in (replies.Kind.ACCEPT, replies.Kind.DECLINE):
        held = [number for number in held if _asked_to_join(ports, number, sms.sender)] or held
    return (held[0], False) if len(held) == 1 else (None, len(held) > 1)


def _asked_to_join(ports: Ports, number: int, sender: str) -> bool:
    incident = ports.store.incident(number)
    user = by_number(ports, incident, sender) if incident is not None else None
    return incident is not None and user is not None and user.id in incident.handling.responders


def _help(ports: Ports, sms: InboundSms, phone: Phone, reply: replies.Reply) -> str | None:
    """Only for phones that were paged before: a stranger learns nothing, and costs nothing."""
    if not phone.codes or not may_tell(ports, sms.sender, sms.id):
        return None
    if reply.span is not None:
        return answers.snooze_limits()
    known = open_codes(ports, phone)
    return answers.help_text(known) if reply.kind is replies.Kind.HELP else answers.not_understood(known)

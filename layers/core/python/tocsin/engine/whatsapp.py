"""What people answer by WhatsApp: a button, or the words of text messages. Its receipts are as every carrier's."""

from __future__ import annotations

from tocsin.engine.ports import Ports
from tocsin.engine.receipts import receipt_came
from tocsin.engine.reply import ACTIONS
from tocsin.engine.written import Manner, Written, take
from tocsin.escalation.commands import Action
from tocsin.paging import replies
from tocsin.paging.channels.whatsapp_answers import Came
from tocsin.paging.chat import Asked, Pressed, Spoke
from tocsin.paging.codes import Typed
from tocsin.paging.receipts import Receipt
from tocsin.store.ports import Notice

_HOW = "Press a button of the page, or write ack 1042, res 1042."
_MANNER = Manner(
    Typed(),
    f"Not understood, nothing was changed. {_HOW}",
    f"Which one? Nothing was changed. {_HOW}",
)
#: What a page's buttons ask for.
_PRESSED = frozenset(
    (
        Action.ACKNOWLEDGE,
        Action.RESOLVE,
        Action.ESCALATE,
        Action.SNOOZE,
        Action.UNACKNOWLEDGE,
        Action.KEEP,
        Action.ACCEPT,
        Action.DECLINE,
    )
)


def whatsapp_came(ports: Ports, came: Came) -> None:
    """Acts, and answers it once, under what was written: whoever wrote can be written to. Raises TooBusy."""
    if isinstance(came, Receipt):
        receipt_came(ports, came)
    elif isinstance(came, (Pressed, Asked, Spoke)):
        written = _pressed(came) if isinstance(came, Pressed) else _written(ports, came)
        words, _ = take(ports, written, _MANNER)
        if words:
            ports.pages.put([Notice(written.id, "whatsapp", came.person.id, words, thread=came.id)])
    else:
        ports.metrics.count("ReplyIgnored")


def _pressed(came: Pressed) -> Written:
    action = Action(came.action) if came.action in _PRESSED else None
    return Written(_id(came), "whatsapp", "phone", came.person.id, came.number, action)


def _written(ports: Ports, came: Asked | Spoke) -> Written:
    reply = replies.read(came.text)
    action = ACTIONS.get(reply.kind) if not reply.all else None
    number = _meant(ports, came, reply) if action is not None else None
    return Written(_id(came), "whatsapp", "phone", came.person.id, number, action, reply.span, reply.text)


def _meant(ports: Ports, came: Asked | Spoke, reply: replies.Reply) -> int | None:
    """By its number, by the code of the phone's texts, or by the message that it stands under."""
    if reply.number is not None:
        return reply.number
    if reply.code is not None:
        return ports.store.phone(came.person.id).codes.get(reply.code)
    message = ports.store.message(came.thread) if came.thread else None
    return message.incident if message is not None and message.to == came.person.id else None


def _id(came: Pressed | Asked | Spoke) -> str:
    return f"whatsapp-{came.id}"

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
from tocsin.store.messages import Notice
from tocsin.store.pages import Message

_HOW = "Press a button of the page, or write ack 1042, res 1042."
_MANNER = Manner(
    Typed(),
    f"Not understood, nothing was changed. {_HOW}",
    f"Which one? Nothing was changed. {_HOW}",
)
_TESTED = Manner(Typed(), "That was a test: pages reach you here, and there is nothing to acknowledge.", "")
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
        written = _pressed(ports, came) if isinstance(came, Pressed) else _written(ports, came)
        words, _ = take(ports, written, _TESTED if _of_test(came) else _MANNER)
        if words:
            ports.pages.put([Notice(written.id, "whatsapp", came.person.id, words, thread=came.id)])
    else:
        ports.metrics.count("ReplyIgnored")


def _of_test(came: Pressed | Asked | Spoke) -> bool:
    return isinstance(came, Pressed) and came.number == 0


def _pressed(ports: Ports, came: Pressed) -> Written:
    action = Action(came.action) if came.action in _PRESSED and not _of_test(came) else None
    sender = _sender(came, _quoted(ports, came.message))
    return Written(_id(came), "whatsapp", "phone", sender, came.number, action)


def _written(ports: Ports, came: Asked | Spoke) -> Written:
    quoted = _quoted(ports, came.thread)
    sender = _sender(came, quoted)
    reply = replies.read(came.text)
    action = ACTIONS.get(reply.kind) if not reply.all else None
    number = _meant(ports, sender, quoted, reply)
    return Written(_id(came), "whatsapp", "phone", sender, number, action, reply.span, reply.text)


def _meant(ports: Ports, sender: str, quoted: Message | None, reply: replies.Reply) -> int | None:
    """By its number, by the code of the phone's texts, or by the message that it stands under."""
    if reply.number is not None:
        return reply.number
    if reply.code is not None:
        return ports.store.phone(sender).codes.get(reply.code)
    return quoted.incident if quoted is not None else None


def _quoted(ports: Ports, id: str) -> Message | None:
    """The page by WhatsApp that it stands under, by WhatsApp's own id of it; None for any other message."""
    message = ports.store.message(id) if id else None
    record = ports.store.page(message.incident, message.page) if message is not None else None
    return message if record is not None and record.channel == "whatsapp" else None


def _sender(came: Pressed | Asked | Spoke, quoted: Message | None) -> str:
    """The contact's number. WhatsApp's own of many phones in Brazil, Mexico and Argentina is written otherwise than the
    one that is dialled, which it takes as well; a page is in nobody's hands but those of whom it was sent to.
    """
    return quoted.to if quoted is not None else came.person.id


def _id(came: Pressed | Asked | Spoke) -> str:
    return f"whatsapp-{came.id}"

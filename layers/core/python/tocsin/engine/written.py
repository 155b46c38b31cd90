"""What people write over a channel that vouches for their address, and in which an incident is named by its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tocsin.engine.commits import command
from tocsin.engine.people import by_address, colleague
from tocsin.engine.phones import may_tell
from tocsin.engine.ports import Ports
from tocsin.engine.told import about, told
from tocsin.escalation.commands import Action, Command
from tocsin.escalation.drafts import Answer
from tocsin.escalation.model import ContactKind
from tocsin.incidents.incident import Actor, Incident
from tocsin.paging import answers
from tocsin.paging.codes import Typed
from tocsin.store.ports import NoConfiguration


@dataclass(frozen=True, slots=True)
class Written:
    """``id`` names it for ever; ``via`` is the way for the timeline. ``sender`` is a number, or a mail address in lower
    case, by its ``kind``.

    ``number`` is the incident that is meant, ``action`` what is asked for; None where that is not known. ``span`` and
    ``text`` are a snooze's and a note's.
    """

    id: str
    via: str
    kind: ContactKind
    sender: str
    number: int | None
    action: Action | None
    span: timedelta | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a channel puts it: what is ``typed``, and what is said to whom nothing was done for."""

    typed: Typed
    not_understood: str
    which: str


def take(ports: Ports, came: Written, manner: Manner) -> tuple[str, Incident | None]:
    """Acts, and gives the words to answer with (none: no answer), and the incident where the sender was paged for it.

    A stranger gets no answer, nor does a machine for long; a colleague who was not paged is told that nothing was done,
    and not whether there is such an incident. What comes again means what it meant the first time, and does nothing
    more once it has its answer. Raises TooBusy.
    """
    incident = ports.store.incident(came.number) if came.number is not None else None
    paged = incident is not None and by_address(ports, incident, came.kind, came.sender) is not None
    words = ""
    if paged or _known(ports, came):
        bound = ports.store.bind_text(came.id, came.number, ports.clock.now())
        words = bound.words if bound.words is not None else _answered(ports, came, manner, bound.incident)
    if not words:
        ports.metrics.count("ReplyIgnored")
    return words, incident if paged else None


def _answered(ports: Ports, came: Written, manner: Manner, number: int | None) -> str:
    words, acted, of = _act(ports, came, manner, number)
    if not acted and not may_tell(ports, came.sender, came.id, of):
        words = ""
    ports.store.settle_text(came.id, words)
    return words


def _act(ports: Ports, came: Written, manner: Manner, number: int | None) -> tuple[str, bool, str]:
    """Acts, and gives the words to answer with, whether anything was done, and what they are about (``told.about``)."""
    if came.action is None and came.span is not None:
        return answers.snooze_limits(), False, ""
    if came.action is None:
        return manner.not_understood, False, ""
    if number is None:
        return manner.which, False, ""
    incident = ports.store.incident(number)
    user = by_address(ports, incident, came.kind, came.sender) if incident is not None else None
    if user is None:
        return answers.not_yours(number), False, ""
    wish = Command(came.id, came.action, Actor("user", user.id, came.via), span=came.span, text=came.text)
    done = command(ports, number, wish)
    acted = done.answer in (Answer.DONE, Answer.PARTLY)
    words = told(ports, number, came.action, done, user, manner.typed)
    return words, acted, about(came.action, done, user)


def _known(ports: Ports, came: Written) -> bool:
    """Whether the configuration in force knows somebody by the sender's address."""
    try:
        _, config = ports.store.config()
    except NoConfiguration:
        return False
    return colleague(config.book, came.kind, came.sender) is not None

"""What people answer by mail. All of it ends in the same commands as every other surface's."""

from __future__ import annotations

from tocsin.engine.commits import command
from tocsin.engine.people import by_address, colleague
from tocsin.engine.phones import may_tell
from tocsin.engine.ports import Ports
from tocsin.engine.reply import ACTIONS
from tocsin.engine.told import told
from tocsin.escalation.commands import Command
from tocsin.escalation.drafts import Answer
from tocsin.incidents.incident import Actor, Incident
from tocsin.paging import answers, codes, mail_words
from tocsin.paging.mail_answers import MailAnswer
from tocsin.store.ports import NoConfiguration, Notice


def mail_came(ports: Ports, mail: MailAnswer) -> None:
    """A mail whose sender is vouched for: acts, and answers it once, in its thread. A stranger gets no answer, nor does
    a machine for long.

    A mail that comes again means what it meant the first time, and does nothing more once it has its answer. Raises
    TooBusy.
    """
    id = f"mail-{mail.id}"
    number = _meant(ports, mail)
    incident = ports.store.incident(number) if number is not None else None
    paged = incident is not None and by_address(ports, incident, mail.sender) is not None
    if not paged and not _known(ports, mail.sender):
        ports.metrics.count("ReplyIgnored")
        return
    bound = ports.store.bind_text(id, number, ports.clock.now())
    words = bound.words
    if words is None:
        words, acted = _act(ports, mail, id, bound.incident)
        if not acted and not may_tell(ports, mail.sender, id):
            words = ""
        ports.store.settle_text(id, words)
    if not words:
        ports.metrics.count("ReplyIgnored")
        return
    about = incident if paged else None
    ports.pages.put(
        [Notice(id, "email", mail.sender, words, _subject(about), incident=about.number if about else None)]
    )


def _act(ports: Ports, mail: MailAnswer, id: str, number: int | None) -> tuple[str, bool]:
    """Acts, and gives the words to answer with, and whether anything was done."""
    incident = ports.store.incident(number) if number is not None else None
    user = by_address(ports, incident, mail.sender) if incident is not None else None
    action = ACTIONS.get(mail.kind)
    if action is None:
        return mail_words.NOT_UNDERSTOOD, False
    if number is None:
        return mail_words.WHICH, False
    if user is None:
        return answers.not_yours(number), False
    wish = Command(id, action, Actor("user", user.id, "mail"), span=mail.span, text=mail.text)
    done = command(ports, number, wish)
    return told(ports, number, action, done, user, codes.BY_MAIL), done.answer in (
        Answer.DONE,
        Answer.PARTLY,
    )


def _meant(ports: Ports, mail: MailAnswer) -> int | None:
    """The incident that a mail means."""
    if mail.token.isascii() and mail.token.isdigit() and len(mail.token) <= 12:
        return int(mail.token)
    if mail.number is not None:
        return mail.number
    for id in mail.answering:
        message = ports.store.message(id)
        if message is not None:
            return message.incident
    return None


def _known(ports: Ports, sender: str) -> bool:
    """Whether the configuration in force knows somebody by this address: they are told why nothing was changed."""
    try:
        _, config = ports.store.config()
    except NoConfiguration:
        return False
    return colleague(config.book, sender) is not None


def _subject(incident: Incident | None) -> str:
    if incident is None:
        return "Re: Tocsin"
    return mail_words.answering(mail_words.subject(incident.number, incident.service, incident.title))

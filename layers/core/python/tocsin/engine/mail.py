"""What people answer by mail. All of it ends in the same commands as every other surface's."""

from __future__ import annotations

from tocsin.engine.ports import Ports
from tocsin.engine.reply import ACTIONS
from tocsin.engine.written import Manner, Written, take
from tocsin.incidents.incident import Incident
from tocsin.paging import codes, mail_words
from tocsin.paging.mail_answers import MailAnswer
from tocsin.store.messages import Notice

_MANNER = Manner(codes.BY_MAIL, mail_words.NOT_UNDERSTOOD, mail_words.WHICH)


def mail_came(ports: Ports, mail: MailAnswer) -> None:
    """A mail whose sender is vouched for: acts, and answers it once, in its thread. Raises TooBusy."""
    id, action = f"mail-{mail.id}", ACTIONS.get(mail.kind)
    came = Written(id, "mail", "email", mail.sender, _meant(ports, mail), action, mail.span, mail.text)
    words, about = take(ports, came, _MANNER)
    if words:
        number = about.number if about is not None else None
        ports.pages.put([Notice(id, "email", mail.sender, words, _subject(about), incident=number)])


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


def _subject(incident: Incident | None) -> str:
    if incident is None:
        return "Re: Tocsin"
    return mail_words.answering(mail_words.subject(incident.number, incident.service, incident.title))

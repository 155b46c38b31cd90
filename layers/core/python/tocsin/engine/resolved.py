"""Whoever was paged for an incident hears that it is over: once, never by a call, and many ends in one text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tocsin.engine.notices import SENT, hand_over
from tocsin.engine.outcomes import LEASE
from tocsin.engine.people import name_of
from tocsin.engine.phones import change_phone
from tocsin.engine.ports import Ports
from tocsin.escalation.model import HandoffRule, User, Via, pushed
from tocsin.incidents.incident import Entry, Incident, State
from tocsin.paging.channels import CHATS
from tocsin.paging.lines import way
from tocsin.paging.text_throttle import Texted, counted, text_with, without
from tocsin.store.messages import Notice, Resolved
from tocsin.store.pages import NoticeClaim, PageRecord, PageState
from tocsin.store.people import Phone

if TYPE_CHECKING:
    from tocsin.engine.carriers import Carriers

#: For so long ends are gathered, where texts to a phone lie a minute apart: as a part of that.
GATHER = 0.25
#: A text names, and a phone keeps waiting, so many at most.
MOST = 50
#: An end that could not be told for so long is not told any more: nobody waits for it.
LATE = timedelta(minutes=15)
#: Channels of no call, by their rules' ``via``.
_WRITTEN: Mapping[str, Via] = {
    "sms": "sms",
    "sns_sms": "sms",
    "email": "email",
    "slack": "slack",
    "telegram": "telegram",
    "teams": "teams",
    "push": "push",
}
#: The lines after which somebody may have to hear of it: a page may reach them while it ends.
_MATTER = frozenset({"resolved", "page_sent"})


def tell(ports: Ports, lines: Iterable[tuple[int, Entry]]) -> None:
    """Hands on who shall hear of what new lines of timelines say. Safe to do again."""
    found: list[Resolved] = []
    for number in dict.fromkeys(number for number, entry in lines if entry.kind in _MATTER):
        incident = ports.store.incident(number)
        if incident is not None and _over(incident):
            found.extend(Resolved(number, incident.plan.cycle, user) for user in _to_tell(ports, incident))
    if found:
        ports.pages.put(found)


def _over(incident: Incident, cycle: int | None = None) -> bool:
    """Whether it ended, in this cycle where one is named, and is no part of another incident."""
    if incident.state is not State.RESOLVED or incident.handling.merged_into is not None:
        return False
    return cycle in (None, incident.plan.cycle)


def _to_tell(ports: Ports, incident: Incident) -> list[str]:
    by = incident.resolved_by
    users = dict.fromkeys(record.page.user for record in _paged(ports, incident))
    users |= dict.fromkeys(incident.handling.subscribers)
    # Whoever resolved it knows.
    return [user for user in users if by is None or (by.kind, by.name) != ("user", user)]


def _paged(ports: Ports, incident: Incident) -> list[PageRecord]:
    """What reached somebody since the incident was opened, or opened again, the earliest first; and what did for those
    that were merged into it since."""
    lines = ports.store.timeline(incident.number)
    since = next((line.at for line in reversed(lines) if line.kind == "reopened"), incident.opened_at)
    found = [
        record
        for record in ports.store.pages(incident.number)
        if record.state is PageState.SENT
        and record.page.user
        and record.page.kind != "reminder"
        and record.at is not None
        and record.at >= since
    ]
    for line in lines:
        part = ports.store.incident(int(line.details["source"] or 0)) if line.kind == "merged" else None
        if part is not None and line.at >= since:
            found.extend(_paged(ports, part))
    return sorted(found, key=lambda record: record.at or since)


@dataclass(frozen=True, slots=True)
class _Way:
    """Where somebody hears of it; ``thread`` is a chat's message that it is said under. ``part`` is the incident that
    they were paged for, where it is a part of this one."""

    via: str
    to: str
    thread: str = ""
    part: int | None = None


def send_resolved(ports: Ports, carriers: Carriers, message: Resolved) -> float | None:
    """None when it is done with; else in how many seconds it shall come again. Raises TooBusy."""
    if ports.store.notice_said(message.id) is not None:
        return None
    now = ports.clock.now()
    incident = ports.store.incident(message.incident)
    over = incident is not None and _over(incident, message.cycle)
    found = _way(ports, carriers, incident, message.user) if incident is not None and over else None
    if incident is None or found is None:
        ports.store.finish_notice(message.id, now, "no way" if over else "open again")
        return None
    ended = incident.resolved_at or now
    if now > ended + LATE:
        ports.metrics.count("EndsLate")
        ports.store.finish_notice(message.id, now, "too late")
        return None
    ready = ended + ports.text_gap * GATHER
    turn: tuple[int, ...] | datetime = (message.incident,) if now >= ready else ready
    if found.via == "sms":
        turn = _turn(ports, found.to, message, ready)
    if isinstance(turn, datetime):
        return max(1.0, (turn - now).total_seconds())
    if not turn:
        ports.store.finish_notice(message.id, now, SENT)
        return None
    return _send(ports, carriers, message, found, turn)


def _send(
    ports: Ports, carriers: Carriers, message: Resolved, found: _Way, numbers: tuple[int, ...]
) -> float | None:
    now = ports.clock.now()
    claim = ports.store.claim_notice(message.id, now, now + LEASE)
    if claim is not NoticeClaim.WON:
        return None if claim is NoticeClaim.DONE else LEASE.total_seconds()
    # One of several may be open again by now.
    over = [one for one in map(ports.store.incident, numbers) if one is not None and _over(one)]
    if not over:
        ports.store.finish_notice(message.id, now, "open again")
        return None
    subject, text = _words(ports, found, over)
    # Mail has an incident's thread, a browser the page whose place this takes; a carrier's report on a text of no page
    # is nobody's.
    about = message.incident if found.via in ("email", "push") else None
    notice = Notice(
        message.id, found.via, found.to, text, subject, found.thread, message.user, incident=about
    )
    return hand_over(ports, carriers, notice)


def _way(ports: Ports, carriers: Carriers, incident: Incident, id: str) -> _Way | None:
    """As the person wants it, where that can be; else by the first way, no call, on which they were paged. None: they
    hear nothing."""
    user = ports.store.revision(incident.revision).book.users.get(id)
    subscribed = id in incident.handling.subscribers
    if user is None or (user.resolved == "off" and not subscribed):
        return None
    paged = [record for record in _paged(ports, incident) if record.page.user == id]
    if not paged and not subscribed:
        return None
    here = subscribed or any(record.incident == incident.number for record in paged)
    part = None if here else paged[0].incident
    if user.resolved == "push" and carriers.channel("push") is not None and ports.store.browsers(id).rows:
        return _Way("push", id, part=part)
    if user.resolved is not None and user.resolved != "off" and carriers.channel(user.resolved) is not None:
        wanted = _first(user, user.resolved, part)
        if wanted is not None:
            return wanted
    for record in paged:
        via = _WRITTEN.get(record.channel or "")
        contacts = user.contacts if via != "push" else (pushed(id),)
        contact = next((one for one in contacts if one.name == record.page.contact), None)
        if via == "push" and (carriers.channel("push") is None or not ports.store.browsers(id).rows):
            continue
        if contact is not None and via is not None:
            thread = record.provider_id or "" if via in CHATS else ""
            return _Way(via, contact.address, thread, part)
    # Whoever was woken reads a text; whoever only wants to know reads a mail, if they can.
    order: tuple[Via, ...] = ("sms", "email") if paged else ("email", "sms")
    ways = [_first(user, via, part) for via in order if carriers.channel(via) is not None]
    return next((one for one in ways if one is not None), None)


def _first(user: User, via: Via, part: int | None) -> _Way | None:
    contact = user.contact_for(HandoffRule(timedelta(0), via))
    return _Way(via, contact.address, part=part) if contact is not None else None


def _turn(ports: Ports, to: str, message: Resolved, ready: datetime) -> tuple[int, ...] | datetime:
    """The incidents that the text names now, or when to come again; none where another text has told it.

    Not before ``ready``, and counted before it is sent. Texts about ends lie a minute apart, as those of pages do;
    neither waits for the other: a storm of pages would put ends off for ever. Raises TooBusy.
    """

    def decide(phone: Phone) -> tuple[Phone, tuple[int, ...] | datetime]:
        now = ports.clock.now()
        begun = text_with(message.id, phone.resolves)
        if begun is not None and begun.pages[0] == message.id:
            return phone, begun.numbers
        if begun is not None:
            said = ports.store.notice_said(begun.pages[0])
            if said == SENT:
                return phone, ()
            if said is None:
                return phone, now + LEASE
            # The other one was not sent.
            phone = replace(phone, resolves=without(message.id, phone.resolves))
        due = max((ready, *(text.at + ports.text_gap for text in phone.resolves)))
        if now < due:
            waiting = phone.resolves_waiting
            if len(waiting) < MOST:
                waiting = {**waiting, message.id: message.incident}
            return replace(phone, resolves_waiting=waiting), due
        ids = tuple(dict.fromkeys((message.id, *phone.resolves_waiting)))
        numbers = tuple(dict.fromkeys((message.incident, *phone.resolves_waiting.values())))
        text = Texted(now, ids, numbers)
        return replace(phone, resolves=counted(text, phone.resolves), resolves_waiting={}), numbers

    return change_phone(ports, to, decide)


def _words(ports: Ports, found: _Way, incidents: list[Incident]) -> tuple[str, str]:
    """A mail's subject, and the text."""
    from tocsin.paging import resolved_texts

    over = [
        resolved_texts.Over(
            one.number, one.service, one.title, _how(ports, one), found.part if not place else None
        )
        for place, one in enumerate(incidents)
    ]
    if found.via == "sms":
        return "", resolved_texts.sms(over)
    return resolved_texts.mail(over[0]) if found.via == "email" else ("", resolved_texts.chat(over[0]))


def _how(ports: Ports, incident: Incident) -> str:
    by = incident.resolved_by
    if by is not None and by.kind == "user":
        return f"by {name_of(ports, incident, by)}{way(by)}"
    return (
        "by its sender"
        if by is not None and by.kind == "integration"
        else "by itself: no event came for long"
    )

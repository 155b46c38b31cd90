"""Whoever subscribed to an incident hears of what becomes of it, line by line; of its end as whoever was paged does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tocsin.engine.notices import hand_over
from tocsin.engine.outcomes import LEASE
from tocsin.engine.people import name_of
from tocsin.engine.ports import Ports
from tocsin.escalation.model import Contact, User, Via
from tocsin.escalation.reach import ways_to_write
from tocsin.incidents.incident import Actor, Entry, Incident
from tocsin.paging.lines import told
from tocsin.store.messages import Heard, Notice
from tocsin.store.pages import NoticeClaim

if TYPE_CHECKING:
    from tocsin.engine.carriers import Carriers

#: The lines that they hear of: what people do. Steps and pages are for those who are paged; its end is told apart.
HEARD = frozenset(
    {
        "acknowledged",
        "acknowledged_too",
        "unacknowledged",
        "ack_taken_back",
        "kept",
        "snoozed",
        "muted",
        "unmuted",
        "reopened",
        "escalated",
        "reassigned",
        "moved",
        "responders_asked",
        "responder_joined",
        "responder_declined",
        "severity_changed",
        "priority_changed",
        "title_changed",
        "linked",
        "merged",
        "merged_into",
        "note",
    }
)
#: Of these no text is sent: what people write under a card would be one for each line.
_READ_ONLY = frozenset({"note"})


def tell(ports: Ports, lines: Iterable[tuple[int, Entry]]) -> None:
    """Hands on who shall hear of new lines of timelines. Safe to do again: each word has an id."""
    found: dict[int, list[Entry]] = {}
    for number, entry in lines:
        # Strangers may write under a card in a chat: that is on the timeline, and no news for everybody.
        if entry.kind in HEARD and (entry.kind != "note" or entry.actor.kind == "user"):
            found.setdefault(number, []).append(entry)
    messages: list[Heard] = []
    for number, entries in found.items():
        incident = ports.store.incident(number)
        if incident is not None:
            messages.extend(
                Heard(number, entry.id, user)
                for entry in entries
                for user in incident.handling.subscribers
                # Whoever did it knows.
                if (entry.actor.kind, entry.actor.name) != ("user", user)
            )
    if messages:
        ports.pages.put(messages)


def send_heard(ports: Ports, carriers: Carriers, message: Heard) -> float | None:
    """None when it is done with; else in how many seconds it shall come again."""
    now = ports.clock.now()
    claim = ports.store.claim_notice(message.id, now, now + LEASE)
    if claim is not NoticeClaim.WON:
        return None if claim is NoticeClaim.DONE else LEASE.total_seconds()
    notice = _notice(ports, carriers, message)
    if notice is None:
        ports.store.finish_notice(message.id, now, "no way")
        return None
    return hand_over(ports, carriers, notice)


def _notice(ports: Ports, carriers: Carriers, message: Heard) -> Notice | None:
    from tocsin.paging.resolved_texts import heard, heard_mail

    incident = ports.store.incident(message.incident)
    lines = ports.store.timeline(message.incident) if incident is not None else ()
    entry = next((line for line in lines if line.id == message.entry), None)
    if incident is None or entry is None:
        return None
    user = ports.store.revision(incident.revision).book.users.get(message.user)
    way = _way(carriers, user) if user is not None else None
    words = _words(ports, incident, entry)
    if way is None or not words or (way[0] == "sms" and entry.kind in _READ_ONLY):
        return None
    via, contact = way
    if via != "email":
        return Notice(message.id, via, contact.address, heard(incident.number, words), user=message.user)
    subject, text = heard_mail(incident.number, incident.service, incident.title, words)
    return Notice(
        message.id, via, contact.address, text, subject, user=message.user, incident=incident.number
    )


def _words(ports: Ports, incident: Incident, entry: Entry) -> str:
    def person(id: str) -> str:
        return name_of(ports, incident, Actor("user", id, ""))

    return told(entry, name_of(ports, incident, entry.actor), person)


def _way(carriers: Carriers, user: User) -> tuple[Via, Contact] | None:
    """The first that is set up here."""
    return next((way for way in ways_to_write(user) if carriers.channel(way[0]) is not None), None)

"""Whoever subscribed to an incident hears of what becomes of it, line by line; of its end as whoever was paged does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from tocsin.engine.people import name_of
from tocsin.engine.ports import Ports
from tocsin.escalation.model import Contact, HandoffRule, User, Via
from tocsin.incidents.incident import Actor, Entry, Incident
from tocsin.paging.lines import told
from tocsin.store.ports import Notice

#: The lines that they hear of. Steps and pages are for those who are paged.
HEARD = frozenset(
    {
        "acknowledged",
        "unacknowledged",
        "snoozed",
        "reopened",
        "escalated",
        "reassigned",
        "severity_changed",
        "priority_changed",
        "title_changed",
        "merged_into",
        "note",
    }
)


def tell(ports: Ports, lines: Iterable[tuple[int, Entry]]) -> None:
    """Hands on what subscribers shall hear of new lines of timelines. Safe to do again: each word has an id."""
    found: dict[int, list[Entry]] = {}
    for number, entry in lines:
        if entry.kind in HEARD:
            found.setdefault(number, []).append(entry)
    notices: list[Notice] = []
    for number, entries in found.items():
        incident = ports.store.incident(number)
        if incident is not None and incident.handling.subscribers:
            notices.extend(_notices(ports, incident, entries))
    if notices:
        ports.pages.put(notices)


def _notices(ports: Ports, incident: Incident, entries: Sequence[Entry]) -> Iterator[Notice]:
    from tocsin.paging.resolved_texts import heard, heard_mail

    def person(id: str) -> str:
        return name_of(ports, incident, Actor("user", id, ""))

    users = ports.store.revision(incident.revision).book.users
    for entry in entries:
        words = told(entry, name_of(ports, incident, entry.actor), person)
        for id in incident.handling.subscribers:
            way = _way(users.get(id))
            # Whoever did it knows.
            if not words or way is None or (entry.actor.kind, entry.actor.name) == ("user", id):
                continue
            via, contact = way
            subject, mail = heard_mail(incident.number, incident.service, incident.title, words)
            text = mail if via == "email" else heard(incident.number, words)
            name = hashlib.sha256(f"{incident.number} {entry.id} {id}".encode()).hexdigest()[:32]
            yield Notice(
                f"heard-{name}", via, contact.address, text, subject if via == "email" else "", user=id
            )


def _way(user: User | None) -> tuple[Via, Contact] | None:
    """As they want to hear of ends; else by mail, else by text, else in a chat. Subscribing asks for it: "off" is not
    meant for that."""
    if user is None:
        return None
    ways: tuple[Via, ...] = ("email", "sms", "slack", "telegram", "teams")
    if user.resolved is not None and user.resolved != "off":
        ways = (user.resolved, *ways)
    contacts = ((via, user.contact_for(HandoffRule(timedelta(0), via))) for via in ways)
    return next(((via, contact) for via, contact in contacts if contact is not None), None)

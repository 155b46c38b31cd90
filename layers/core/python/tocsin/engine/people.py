"""Who somebody is, and whether they may act: only people who were paged for an incident answer for it."""

from __future__ import annotations

from collections.abc import Callable

from tocsin.engine.ports import Ports
from tocsin.escalation.model import Book, Contact, ContactKind, User
from tocsin.incidents.incident import Actor, Incident


def by_number(ports: Ports, incident: Incident, number: str) -> User | None:
    """The person paged for ``incident`` who has ``number`` as a contact, in the incident's own revision."""
    return _paged(ports, incident, lambda contact: contact.address == number)


def by_address(ports: Ports, incident: Incident, kind: ContactKind, address: str) -> User | None:
    """As ``by_number``, of a number or a mail address, in lower case."""
    return _paged(ports, incident, lambda contact: _is_at(contact, kind, address))


def colleague(book: Book, kind: ContactKind, address: str) -> User | None:
    """Whoever has that number or mail address (in lower case), paged or not; None for a stranger."""
    for user in book.users.values():
        if any(_is_at(contact, kind, address) for contact in user.contacts):
            return user
    return None


def _is_at(contact: Contact, kind: ContactKind, address: str) -> bool:
    return contact.kind == kind and contact.address.lower() == address


def _paged(ports: Ports, incident: Incident, has: Callable[[Contact], bool]) -> User | None:
    users = ports.store.revision(incident.revision).book.users
    for id in incident.paged:
        user = users.get(id)
        if user is not None and any(has(contact) for contact in user.contacts):
            return user
    return None


def by_chat(book: Book, vendor: str, id: str) -> User | None:
    """Whoever the chat knows by that id; None for a stranger."""
    for user in book.users.values():
        if any((contact.kind, contact.address) == (vendor, id) for contact in user.contacts):
            return user
    return None


def name_of(ports: Ports, incident: Incident, actor: Actor | None) -> str:
    """A name to say, for somebody who acted."""
    if actor is None:
        return ""
    if actor.kind != "user":
        return actor.name
    user = ports.store.revision(incident.revision).book.users.get(actor.name)
    return user.name if user is not None else actor.name


def asked_by(ports: Ports, incident: Incident, user: str) -> tuple[str, str]:
    """The name of whoever asked ``user`` to join, the last time, and in which words; empty where nobody did."""
    asked = [line for line in ports.store.timeline(incident.number) if line.kind == "responders_asked"]
    for line in reversed(asked):
        if user in str(line.details["users"]).split():
            return name_of(ports, incident, line.actor), str(line.details["text"] or "")
    return "", ""

"""Who somebody is, and whether they may act: only people who were paged for an incident answer for it."""

from __future__ import annotations

from tocsin.engine.ports import Ports
from tocsin.escalation.model import Book, User
from tocsin.incidents.incident import Actor, Incident


def by_number(ports: Ports, incident: Incident, number: str) -> User | None:
    """The person paged for ``incident`` who has ``number`` as a contact, in the incident's own revision."""
    users = ports.store.revision(incident.revision).book.users
    for id in incident.paged:
        user = users.get(id)
        if user is not None and any(contact.address == number for contact in user.contacts):
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

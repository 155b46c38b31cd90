"""Names to say for those whom an incident knows by their ids."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.escalation.model import Book
from tocsin.incidents.incident import Actor


def named(actor: Actor, book: Book) -> str:
    """``Ana Souza``; whoever is no user of the book as they are known."""
    user = book.users.get(actor.name) if actor.kind == "user" else None
    return user.name if user is not None else actor.name


def people(users: Iterable[str], book: Book) -> str:
    """``Ana Souza, Ben Okafor and Chi Tanaka``"""
    names = [named(Actor("user", user, ""), book) for user in users]
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)

"""Whether anything reaches somebody whom a command names: else it is not done, and says why and how that is mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tocsin.escalation.model import Book, Contact, HandoffRule, Target, User, Via
from tocsin.escalation.naming import people
from tocsin.escalation.personal import due_rules
from tocsin.escalation.targets import people_of
from tocsin.incidents.incident import Urgency

_WRITTEN: tuple[Via, ...] = ("email", "sms", "slack", "telegram", "teams")


def silent(users: tuple[str, ...], book: Book, urgency: Urgency, at: datetime) -> tuple[str, ...]:
    """Those for whom no rule for that urgency applies at ``at``."""
    return tuple(user for user in users if not any(due_rules(book.users.get(user), urgency, at)))


def silent_when_paged(users: tuple[str, ...], book: Book, urgency: Urgency, at: datetime) -> tuple[str, ...]:
    """As ``silent``, where a step targets them: whoever is away is reached through their delegate."""
    asked = {user: tuple(one.id for one in people_of((Target("user", user),), book, at)) for user in users}
    return tuple(user for user, whom in asked.items() if silent(whom, book, urgency, at))


def ways_to_write(user: User) -> Iterator[tuple[Via, Contact]]:
    """As they want to hear of ends; else by mail, else by text, else in a chat.

    Subscribing asks for it: "off" is not meant for that.
    """
    wanted = (user.resolved,) if user.resolved is not None and user.resolved != "off" else ()
    for via in (*wanted, *_WRITTEN):
        contact = user.contact_for(HandoffRule(timedelta(0), via))
        if contact is not None:
            yield via, contact


def why_silent(users: tuple[str, ...], book: Book, urgency: Urgency) -> str:
    return (
        f"nothing reaches {people(users, book)} now: no contact that the incident's revision has fits a rule for"
        f" {urgency.value} urgency. Name somebody else, or give them one in tocsin.yaml, apply it, and move the"
        " incident to it"
    )


def why_unwritten(users: tuple[str, ...], book: Book) -> str:
    return (
        f"nothing can be written to {people(users, book)}: the incident's revision has no address, number or chat of"
        " theirs. Give them one in tocsin.yaml, apply it, and move the incident to it"
    )

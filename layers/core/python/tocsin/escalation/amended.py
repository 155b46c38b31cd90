"""The book of a revision with what people changed from day to day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tocsin.escalation.model import Book, User, pushed
from tocsin.oncall.changed import with_changes, with_leaves
from tocsin.oncall.changes import Changes

#: How many books with changes are kept: one for each revision that open incidents have.
_KEPT = 8
_recent: list[tuple[Book, Changes, Book]] = []


def amended(book: Book, changes: Changes, settled: datetime | None = None) -> Book:
    """The book as decisions ask it now. The same book where nothing was changed.

    ``settled`` is that of the revision's facts: one book always has the same.

    The latest are kept: asking again with the same book and changes gives the same, with all it has worked out.
    """
    if not changes.rows and not changes.push:
        return book
    for known, rows, found in _recent:
        if known is book and rows.rows is changes.rows and rows.push == changes.push:
            return found
    made = _with_rows(book, changes, settled) if changes.rows else book
    if users := {id: _with_push(book.users[id]) for id in changes.push if id in book.users}:
        made = replace(made, users={**made.users, **users})
    _recent.insert(0, (book, changes, made))
    del _recent[_KEPT:]
    return made


def _with_push(user: User) -> User:
    return replace(user, contacts=(*user.contacts, pushed(user.id)))


def _with_rows(book: Book, changes: Changes, settled: datetime | None) -> Book:
    absences = with_leaves(book.away, changes.rows, book.users, settled)
    schedules = {
        name: with_changes(schedule, changes.rows, absences, book.users)
        for name, schedule in book.schedules.items()
    }
    return replace(book, schedules=schedules, away=absences)

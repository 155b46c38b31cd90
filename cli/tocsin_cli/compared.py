"""Two configurations side by side, in words and as data: objects, who is on call, who is paged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from tocsin.config.facts import Facts
from tocsin.config.history import book_with
from tocsin.config.model import Config
from tocsin.config.paged import Paging, paging
from tocsin.config.plan import difference
from tocsin.config.shifts import shift_changes
from tocsin.escalation.model import Book
from tocsin.oncall.changes import NO_CHANGES, Changes
from tocsin_cli.foretelling import DAYS, foretold
from tocsin_cli.paged import paged_json, paged_words
from tocsin_cli.writing import iso

_SIGNS = {"add": "+", "change": "~", "remove": "-"}


@dataclass(frozen=True)
class Compared:
    """``new``, with the ``facts`` of an apply at ``at`` (aware), against ``old``.

    ``changes`` are those made from day to day, which go on in both.
    """

    old: Config | None
    new: Config
    facts: Facts
    at: datetime
    changes: Changes = NO_CHANGES

    @cached_property
    def before(self) -> Book:
        return book_with(self.old, self.changes) if self.old is not None else Book()

    @cached_property
    def after(self) -> Book:
        return book_with(self.new, self.changes)

    @cached_property
    def paging(self) -> Paging:
        """Who is paged otherwise."""
        return paging(self.before, self.after, self.at)

    def words(self) -> str:
        """What changes of the files' objects; for whom who is on call; and who is paged otherwise."""
        objects = "\n".join(
            f"{_SIGNS[row.kind]} {row.what} {row.name}" + (f": {row.detail}" if row.detail else "")
            for row in difference(self.old, self.new)
        )
        people = foretold(self.old, self.new, self.facts, self.at, self.changes)
        paged = paged_words(self.paging, self.before, self.after)
        return "\n\n".join(part for part in (objects, people, paged) if part)

    def as_json(self) -> dict[str, Any]:
        """``objects``, ``oncall`` and what ``paged_json`` has; times at the offset of ``at``."""
        zone = self.at.tzinfo
        if zone is None:
            raise ValueError("the time has no zone")
        end = self.at + timedelta(days=DAYS)
        rows = shift_changes(self.before.schedules, self.after.schedules, self.at, end)
        return {
            "objects": [
                {"kind": row.kind, "what": row.what, "name": row.name, "detail": row.detail}
                for row in difference(self.old, self.new)
            ],
            "oncall": [
                {
                    "schedule": row.schedule,
                    "user": row.user,
                    "start": iso(row.start, zone),
                    "end": iso(row.end, zone),
                    "gains": row.gains,
                }
                for row in rows
            ],
            **paged_json(self.paging),
        }

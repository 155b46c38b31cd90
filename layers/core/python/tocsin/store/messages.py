"""What travels on the page queue, beside committed pages.

``group`` is whose turn a message waits for: the queue is fair between groups. What ``wakes_nobody`` has a queue of its
own, and holds up no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from tocsin.store.ports import PageMessage


@dataclass(frozen=True, slots=True)
class Refresh:
    """What travels on the page queue: the incident has changed, and its messages in chats show how it was.

    ``page`` is the id of the one post that is meant, a webhook's: each waits for its receiver alone.
    """

    incident: int
    page: str = ""
    wakes_nobody: ClassVar[bool] = True

    @property
    def group(self) -> str:
        return str(self.incident)

    def as_json(self) -> dict[str, Any]:
        one = {"page": self.page} if self.page else {}
        return {"kind": "refresh", "incident": self.incident, **one}


@dataclass(frozen=True, slots=True)
class Notice:
    """What travels on the page queue: one word to somebody, of no page. ``id`` names it: it is sent once.

    ``subject`` is a mail's, and ``incident`` whose thread it belongs to; ``thread`` the message that it stands under,
    by the provider's id. ``user`` is whose contact it goes to, where that has to be verified, and calls are counted;
    ``proves``: it is what verifies it; ``tests``: it only tries whether it comes.
    """

    id: str
    via: str
    to: str
    text: str
    subject: str = ""
    thread: str = ""
    user: str = ""
    proves: bool = False
    incident: int | None = None
    tests: bool = False
    #: It may be the answer that somebody waits for.
    wakes_nobody: ClassVar[bool] = False
    group: ClassVar[str] = "notices"

    def as_json(self) -> dict[str, Any]:
        row = {"kind": "notice", "id": self.id, "via": self.via, "to": self.to, "text": self.text}
        more = {
            "subject": self.subject,
            "thread": self.thread,
            "user": self.user,
            "proves": self.proves,
            "incident": self.incident,
            "tests": self.tests,
        }
        return row | {name: value for name, value in more.items() if value}


@dataclass(frozen=True, slots=True)
class Resolved:
    """What travels on the page queue: somebody who was paged for the incident shall hear that it is over.

    ``cycle`` is that in which it ended: one that is opened again ends in a later one.
    """

    incident: int
    cycle: int
    user: str
    wakes_nobody: ClassVar[bool] = True

    @property
    def id(self) -> str:
        return f"resolved-{self.incident}-{self.cycle}-{self.user}"

    @property
    def group(self) -> str:
        return str(self.incident)

    def as_json(self) -> dict[str, Any]:
        return {"kind": "resolved", "incident": self.incident, "cycle": self.cycle, "user": self.user}


@dataclass(frozen=True, slots=True)
class Heard:
    """What travels on the page queue: a subscriber shall hear of the line ``entry`` of the incident's timeline."""

    incident: int
    entry: str
    user: str
    wakes_nobody: ClassVar[bool] = True

    @property
    def id(self) -> str:
        return f"heard-{self.incident}-{self.entry}-{self.user}"

    @property
    def group(self) -> str:
        return str(self.incident)

    def as_json(self) -> dict[str, Any]:
        return {"kind": "heard", "incident": self.incident, "entry": self.entry, "user": self.user}


#: What the page queue carries.
OnPageQueue = PageMessage | Notice | Refresh | Resolved | Heard


def from_json(row: Mapping[str, Any]) -> Refresh | Notice | Resolved | Heard:
    """The reverse of ``as_json``. Raises ValueError or KeyError for what it did not write."""
    if row["kind"] == "refresh":
        return Refresh(int(row["incident"]), str(row.get("page", "")))
    if row["kind"] == "resolved":
        return Resolved(int(row["incident"]), int(row["cycle"]), str(row["user"]))
    if row["kind"] == "heard":
        return Heard(int(row["incident"]), str(row["entry"]), str(row["user"]))
    return Notice(
        row["id"],
        row["via"],
        row["to"],
        row["text"],
        row.get("subject", ""),
        row.get("thread", ""),
        row.get("user", ""),
        bool(row.get("proves", False)),
        row.get("incident"),
        bool(row.get("tests", False)),
    )

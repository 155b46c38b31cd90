"""Those who are asked to join: paged by their own rules until they answer, whatever the incident's own pages do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import bound, push_known_until
from tests.simulation.invariants.personal import rules_of
from tests.simulation.witness import Change
from tocsin.escalation.model import Book
from tocsin.escalation.planner import PUNCTUAL
from tocsin.incidents.incident import Entry, Urgency

SECOND = timedelta(seconds=1)


def whoever_is_asked_is_paged_until_they_answer(cloud: Cloud) -> Iterator[str]:
    """Each of their rules for high urgency, once, counted from when they were asked: until they join or decline, or it
    is over. A refusal moves on to another contact at once: of what comes after one, only that it is theirs is told.
    """
    for number, changes in cloud.witness.changes.items():
        lines = [(change, line) for change in changes for line in change.entries]
        due = {
            str(line.details["page"]): change.incident.outbox[str(line.details["page"])].at
            for change, line in lines
            if line.kind == "page_due" and line.details.get("purpose") == "ask"
        }
        count = 0
        for place, (change, line) in enumerate(lines):
            if line.kind != "responders_asked":
                continue
            if change.at >= push_known_until(cloud):
                return
            count += 1
            book = cloud.book(change.incident.revision)
            for user in str(line.details["users"]).split():
                ends = _over(lines[place + 1 :], user)
                pages = _pages(number, count, line, user, book)
                if not pages:
                    yield f"{user} was asked to join #{number}, and nothing reaches them"
                for id, at in pages.items():
                    said = due.pop(id, None)
                    refused = any(
                        other.kind == "refused"
                        and str(other.details["page"]).startswith(f"{number}-ask{count}-{user}-")
                        for _, other in lines
                    )
                    yield from _judged(cloud, id, at, said, ends, change, refused)
        for id in due if cloud.witness.push_changed is None else ():
            yield f"{id} was due, and nobody asked for it"


def _pages(number: int, count: int, line: Entry, user: str, book: Book) -> dict[str, datetime]:
    rules = rules_of(book.users[user], Urgency.HIGH, line.at)
    return {f"{number}-ask{count}-{user}-{index}": at for index, at, _, _ in rules}


def _over(lines: Sequence[tuple[Change, Entry]], user: str) -> datetime | None:
    """When they answered, or it was over."""
    for _, line in lines:
        answered = line.kind in ("responder_joined", "responder_declined") and line.actor.name == user
        if answered or line.kind == "resolved":
            return line.at
    return None


def _judged(
    cloud: Cloud,
    id: str,
    at: datetime,
    said: datetime | None,
    ends: datetime | None,
    asked: Change,
    refused: bool,
) -> Iterator[str]:
    late = timedelta(microseconds=bound(cloud, asked.at, cloud.ended))
    ended = cloud.kernel.instant(min(cloud.ended, push_known_until(cloud)))
    last = min(ends or ended, ended)
    if said is None:
        if not refused and at + late < last:
            yield f"{id} was never due, and was to be at {at:%H:%M:%S}"
    elif said != at and not (refused and said < at):
        yield f"{id} was due at {said:%H:%M:%S}, not at {at:%H:%M:%S}"
    elif ends is not None and said > ends + PUNCTUAL + SECOND:
        yield f"{id} was due at {said:%H:%M:%S}, after {ends:%H:%M:%S}, when it was answered"

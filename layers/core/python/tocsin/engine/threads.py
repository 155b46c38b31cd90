"""What chats and webhooks hear of an incident: its card is shown anew, and under it stands what happened."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from tocsin.engine.people import name_of
from tocsin.engine.ports import Ports
from tocsin.engine.posts import cards
from tocsin.incidents.incident import Actor, Entry, Incident
from tocsin.paging.channels import CHATS, STANDING
from tocsin.paging.lines import told
from tocsin.store.messages import Notice, OnPageQueue, Refresh
from tocsin.store.pages import PageRecord

#: Lines of the timeline that are about messages alone: no card looks different after them.
_OF_MESSAGES = ("page_", "post_")


def follow(ports: Ports, lines: Iterable[tuple[int, Entry]]) -> None:
    """Hands on what chats shall hear of new lines of timelines. Safe to do again: each word has an id."""
    found: dict[int, list[Entry]] = {}
    for number, entry in lines:
        if _concerns_chats(entry):
            found.setdefault(number, []).append(entry)
    messages: list[OnPageQueue] = []
    for number, entries in found.items():
        standing = cards(ports.store.pages(number))
        incident = ports.store.incident(number) if standing else None
        if incident is None:
            continue
        older = [record for record in standing if record.shown < incident.version]
        if any(record.channel in CHATS for record in older):
            messages.append(Refresh(number))
        messages.extend(Refresh(number, record.id) for record in older if record.channel not in CHATS)
        messages.extend(_words(ports, incident, standing, entries))
    if messages:
        ports.pages.put(messages)


def _concerns_chats(entry: Entry) -> bool:
    """A card that has just been sent may show what was already past."""
    return not entry.kind.startswith(_OF_MESSAGES) or entry.details.get("channel") in STANDING


def _words(
    ports: Ports, incident: Incident, standing: Iterable[PageRecord], entries: Iterable[Entry]
) -> Iterable[Notice]:
    def person(id: str) -> str:
        return name_of(ports, incident, Actor("user", id, ""))

    for record in standing:
        if record.channel not in CHATS:
            continue
        for entry in entries:
            # What was said in a chat stands there already; what happened before the card was sent is on it.
            said_there = entry.kind == "note" and entry.actor.via == record.channel
            before = record.at is not None and entry.at < record.at
            words = told(entry, name_of(ports, incident, entry.actor), person)
            if words and not said_there and not before and not record.page.user:
                place = record.provider_id or ""
                id = hashlib.sha256(f"{incident.number} {entry.id} {place}".encode()).hexdigest()[:32]
                yield Notice(f"line-{id}", record.channel or "", record.page.contact, words, thread=place)

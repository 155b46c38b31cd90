"""A page's turn on a phone: now, later, or in the text of another page that waits there as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from tocsin.engine.phones import change_phone
from tocsin.engine.ports import Ports
from tocsin.engine.stale import stale
from tocsin.incidents.incident import Incident
from tocsin.paging import codes
from tocsin.paging.text_throttle import Held, Texted, TooOften, counted, judge, text_with, without
from tocsin.store.pages import PageRecord, PageState
from tocsin.store.people import Phone

#: A text carries at most so many incidents, and so many pages wait for one at most.
MOST_TOGETHER, MOST_WAITING = 20, 50
#: When a page whose text another one carries looks again whether that one was sent, and how often it does.
LOOK_AGAIN, LOOKS = timedelta(seconds=8), 4
_UNDER_WAY = (PageState.SENDING, PageState.WAITING)


@dataclass(frozen=True, slots=True)
class Turn:
    """It goes now, and names these incidents, its own first; ``codes`` are theirs on this phone, by number."""

    incidents: tuple[Incident, ...]
    codes: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Carried:
    """It went in the text of the page ``lead``."""

    lead: str


class OptedOut(Exception):
    """Whoever has the phone wants no texts."""


def turn(
    ports: Ports, phone: Phone, incident: Incident, record: PageRecord, replies: bool
) -> Turn | Held | TooOften | Carried:
    """Counts the text before it is sent. Two pages to one phone cannot both be allowed. Raises OptedOut, TooBusy.

    ``phone`` is as it was read last. Whoever is reminded, or asked to join, is the one who is meant: that waits for
    nothing, and counts nothing.
    """

    def decide(phone: Phone) -> tuple[Phone, Turn | Held | TooOften | Carried]:
        if phone.opted_out_at is not None:
            raise OptedOut
        if record.page.kind != "page":
            return _with_codes(ports, phone, (incident,), replies)
        return _decided(ports, phone, incident, record, replies)

    return change_phone(ports, phone.number, decide, phone)


def _decided(
    ports: Ports, phone: Phone, incident: Incident, record: PageRecord, replies: bool
) -> tuple[Phone, Turn | Held | TooOften | Carried]:
    """What becomes of the page, and the phone as that leaves it."""
    now = ports.clock.now()
    begun = text_with(record.id, phone.texts)
    if begun is not None and begun.pages[0] == record.id:
        return _begun(ports, phone, incident, begun, replies)
    if begun is not None:
        lead = ports.store.page(number_of(begun.pages[0]), begun.pages[0])
        if lead is not None and lead.state is PageState.SENT and not in_vain(lead):
            return phone, Carried(lead.id)
        if lead is not None and lead.state in _UNDER_WAY and record.tries <= LOOKS:
            return phone, Held("bundled", now + LOOK_AGAIN)
        # The other one was not sent, or its functions die one after another: this page has its own turn again.
        phone = replace(phone, texts=without(record.id, phone.texts))
    verdict = judge(now, incident.number, phone.texts, ports.text_gap)
    if isinstance(verdict, TooOften) and not _knows(ports, phone, incident.number):
        verdict = judge(now, None, phone.texts, ports.text_gap)
    if verdict is None:
        return _beginning(ports, phone, incident, record, replies)
    if isinstance(verdict, Held) and record.id not in phone.waiting and len(phone.waiting) < MOST_WAITING:
        phone = replace(phone, waiting={**phone.waiting, record.id: incident.number})
    return phone, verdict


def _knows(ports: Ports, phone: Phone, number: int) -> bool:
    """Whether a text about the incident went to the phone: one that a carrier would not take yet told nobody."""
    leads = (text.pages[0] for text in phone.texts if number in text.numbers)
    found = (ports.store.page(number_of(lead), lead) for lead in leads)
    return any(lead is None or (lead.state is PageState.SENT and not in_vain(lead)) for lead in found)


def _begun(ports: Ports, phone: Phone, incident: Incident, text: Texted, replies: bool) -> tuple[Phone, Turn]:
    """A text that a dead function began: what is told now is what still needs telling."""
    others = [ports.store.incident(number) for number in text.numbers if number != incident.number]
    named = (incident, *(one for one in others if one is not None and one.state is incident.state))
    return _with_codes(ports, phone, named, replies)


def _beginning(
    ports: Ports, phone: Phone, incident: Incident, record: PageRecord, replies: bool
) -> tuple[Phone, Turn]:
    """The phone with the text on it, and what the text names."""
    pages, named = _together(ports, phone, incident, record)
    text = Texted(ports.clock.now(), pages, tuple(one.number for one in named))
    left = {id: number for id, number in phone.waiting.items() if id not in pages}
    waiting = left if len(named) >= MOST_TOGETHER else {}
    counting = replace(phone, texts=counted(text, phone.texts), waiting=waiting, stopped_at=None)
    return _with_codes(ports, counting, named, replies)


def _with_codes(ports: Ports, phone: Phone, named: tuple[Incident, ...], replies: bool) -> tuple[Phone, Turn]:
    """The phone with a short code for each incident, where it can answer."""
    if not replies:
        return phone, Turn(named, {})
    held = dict(phone.codes)
    for one in named:
        held = dict(codes.give(held, lambda other: not _is_open(ports, other), one.number).held)
    return replace(phone, codes=held), Turn(named, {number: code for code, number in held.items()})


def _together(
    ports: Ports, phone: Phone, incident: Incident, record: PageRecord
) -> tuple[tuple[str, ...], tuple[Incident, ...]]:
    """The pages that go in this text, and the incidents that they are about: its own first, none twice."""
    pages, named = [record.id], {incident.number: incident}
    for id, number in phone.waiting.items():
        if id == record.id or len(named) >= MOST_TOGETHER:
            continue
        other = ports.store.page(number, id)
        about = named.get(number) or ports.store.incident(number)
        if other is None or other.state not in _UNDER_WAY or about is None or stale(about, other.page):
            continue
        pages.append(id)
        named[number] = about
    return tuple(pages), tuple(named.values())


def in_vain(lead: PageRecord) -> bool:
    """Whether the page's text never arrives: by the carrier's report, or since the page was a call in the end."""
    from tocsin.paging.receipts import HARD

    return (lead.receipt or "").upper() in HARD or lead.channel in ("connect", "voice")


def give_back(ports: Ports, to: str, page: str, stopped: bool = False) -> None:
    """The carrier refused the text, perhaps since the phone's owner wants none: its minute is the next one's. Raises
    TooBusy."""

    def decide(phone: Phone) -> tuple[Phone, None]:
        left = tuple(text for text in phone.texts if text.pages[0] != page)
        return replace(phone, texts=left, stopped_at=ports.clock.now() if stopped else phone.stopped_at), None

    change_phone(ports, to, decide)


def _is_open(ports: Ports, number: int) -> bool:
    incident = ports.store.incident(number)
    return incident is not None and incident.open


def number_of(page: str) -> int:
    """The incident of a page, by its id."""
    return int(page.partition("-")[0])


def carried_with(phone: Phone, page: str) -> tuple[str, ...]:
    """The other pages that the page's text carries."""
    return next((text.pages[1:] for text in phone.texts if text.pages[0] == page), ())

"""An incident's messages in chats: posted once for each channel, and changed in place as the incident changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tocsin.engine.cards import card_of
from tocsin.engine.outcomes import Outcome, outcome_of
from tocsin.engine.ports import ATTEMPTS, Ports, TooBusy
from tocsin.incidents.incident import Incident
from tocsin.paging.channels import CHATS
from tocsin.paging.channels.base import Later, Message, Sent
from tocsin.store.ports import Message as Sending
from tocsin.store.ports import PageRecord, PageState

if TYPE_CHECKING:
    from tocsin.engine.carriers import Carriers

#: A vendor that cannot be reached is asked again after so many seconds to show how an incident stands.
AGAIN = 20.0


def post(ports: Ports, carriers: Carriers, incident: Incident, record: PageRecord) -> Outcome:
    """The incident's card in a channel; where it stands there already, what is new is said under it."""
    page = record.page
    channel = carriers.channel(page.via)
    if channel is None:
        return Outcome(PageState.REFUSED, "channel_off")
    card = card_of(ports, incident, "post")
    first = _first(ports.store.pages(incident.number), page.via, page.contact)
    if first is not None and first.provider_id:
        message = Message(record.id, page.contact, card.line, incident.number, thread=first.provider_id)
    else:
        message = Message(record.id, page.contact, card.line, incident.number, card=card)
    shown = card.version if message.card is not None else 0
    return outcome_of(carriers.send(channel, message), record, channel, page.contact, shown=shown)


def _first(records: Iterable[PageRecord], via: str, contact: str) -> PageRecord | None:
    """The card in the channel, where it has one."""
    return next(
        (
            one
            for one in records
            if not one.page.user and (one.page.via, one.page.contact) == (via, contact) and one.shown
        ),
        None,
    )


def cards(records: Iterable[PageRecord]) -> list[PageRecord]:
    """Of an incident's pages those that stand in a chat as its card."""
    return [one for one in records if one.channel in CHATS and one.shown and one.provider_id]


def refresh(ports: Ports, carriers: Carriers, number: int) -> float | None:
    """Shows in every chat how the incident stands. None when it is done; else in how many seconds to come again.

    Two that do it at once may pass each other: whoever finds that a later version was noted before theirs shows the
    latest once more. Raises TooBusy.
    """
    late: float | None = None
    for record in cards(ports.store.pages(number)):
        if not _show(ports, carriers, number, record):
            late = AGAIN
    return late


def _show(ports: Ports, carriers: Carriers, number: int, record: PageRecord) -> bool:
    """False when the vendor cannot be reached now. What it refuses for good is left as it is."""
    noted, passed = record.shown, False
    for attempt in range(ATTEMPTS):
        incident = ports.store.incident(number)
        if incident is None or record.channel is None or (noted >= incident.version and not passed):
            return True
        card = card_of(ports, incident, record.page.kind, record.page.user)
        to = record.provider_id or ""
        message = Message(record.id, record.page.contact, "", number, card=card, edits=to)
        outcome = carriers.send(record.channel, message)
        if isinstance(outcome, Later):
            ports.metrics.count("CardLater")
            return False
        ports.metrics.count("CardShown" if isinstance(outcome, Sent) else "CardRefused")
        anew = None
        if isinstance(outcome, Sent) and outcome.provider_id != record.provider_id:
            anew = Sending(outcome.provider_id, number, record.id, record.page.user, record.page.contact)
        noted = ports.store.note_shown(number, record.id, card.version, ports.clock.now(), anew)
        if noted <= card.version:
            return True
        passed = True
        ports.clock.pause(attempt)
    raise TooBusy(f"the card {record.id} was shown by others {ATTEMPTS} times in a row")

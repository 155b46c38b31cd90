"""An incident's messages in chats: posted once for each channel, and changed in place as the incident changes. A
webhook is posted each change instead."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tocsin.engine.cards import card_of
from tocsin.engine.outcomes import PATIENCE, UNAVAILABLE, Outcome, outcome_of
from tocsin.engine.ports import ATTEMPTS, Ports, TooBusy
from tocsin.incidents.incident import Incident
from tocsin.paging.channels import CHATS, STANDING
from tocsin.paging.channels.base import Later, Message, Refused, Sent
from tocsin.store.pages import Message as Sending
from tocsin.store.pages import PageRecord, PageState

if TYPE_CHECKING:
    from tocsin.engine.carriers import Carriers
    from tocsin.paging.chat import Card

#: A vendor that cannot be reached is asked again after so many seconds to show how an incident stands, so often; then
#: it is waited for longer each time, two hours in all: an outage of its own is no alarm of ours.
AGAIN, SOON = 20.0, 6
LONGEST = 900.0
CHAT_TRIES = 18
#: A webhook's receiver is waited for longer from the first time on, 50 minutes in all.
WEBHOOK_TRIES = 9


def post(ports: Ports, carriers: Carriers, incident: Incident, record: PageRecord) -> Outcome:
    """The incident's card in a channel; where it stands there already, what is new is said under it."""
    page = record.page
    channel = carriers.channel(page.via)
    if channel is None:
        return Outcome(PageState.REFUSED, "channel_off")
    card = card_of(ports, incident, "post")
    # Read after the claim: of two that are claimed, one at least finds the other.
    records = ports.store.pages(incident.number)
    first = _first(records, page.via, page.contact)
    wait = _beside(records, record, ports.clock.now()) if first is None and channel in CHATS else None
    if wait is not None:
        return Outcome(PageState.WAITING, "card_coming", channel=channel, wait=wait)
    if channel == "webhook":
        told = _to_webhook(ports, incident, page.contact, card)
        if told is None:
            return Outcome(PageState.REFUSED, "no_such_contact", channel=channel)
        message = told
    elif first is not None and first.provider_id:
        message = Message(record.id, page.contact, card.line, incident.number, thread=first.provider_id)
    else:
        message = Message(record.id, page.contact, card.line, incident.number, card=card)
    shown = card.version if message.card is not None and (first is None or channel != "webhook") else 0
    return outcome_of(carriers.send(channel, message), record, channel, page.contact, shown=shown)


def _to_webhook(ports: Ports, incident: Incident, name: str, card: Card) -> Message | None:
    """A message whose id is that of the incident's version, however often it is sent. None where the configuration does
    not know the webhook any more."""
    address = ports.store.revision(incident.revision).book.webhook(name)
    id = f"{incident.number}-webhook-{name}-v{card.version}"
    return Message(id, address, "", incident.number, card=card) if address else None


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


def _beside(records: Iterable[PageRecord], record: PageRecord, now: datetime) -> timedelta | None:
    """How long this post waits for the card that another one may be sending to the same channel; None: there is none,
    or it has waited for longer than a function runs. The earlier of two that find each other is the first to go on.
    """
    page = record.page
    others = [
        one.page
        for one in records
        if one.id != record.id
        and (one.page.user, one.page.via, one.page.contact) == ("", page.via, page.contact)
        and one.state is PageState.SENDING
        and one.lease_until > now
    ]
    if not others or record.tries > len(PATIENCE):
        return None
    first = all((page.at, page.id(record.incident)) < (one.at, one.id(record.incident)) for one in others)
    return timedelta(seconds=1) if first and record.tries == 1 else PATIENCE[record.tries - 1]


def cards(records: Iterable[PageRecord]) -> list[PageRecord]:
    """Of an incident's pages those that stand in a chat as its card, or follow it by a webhook."""
    return [
        one for one in records if one.channel in STANDING and ((one.shown and one.provider_id) or _owed(one))
    ]


def _owed(record: PageRecord) -> bool:
    """Whether a webhook's receiver could not be reached when the step began: it is waited for longer than a chat."""
    late = record.state is PageState.REFUSED and (record.reason or "").startswith(UNAVAILABLE)
    return record.channel == "webhook" and late


def refresh(ports: Ports, carriers: Carriers, number: int, page: str = "", tries: int = 1) -> float | None:
    """Shows in every chat how the incident stands, or by the webhook of the post ``page``. None when it is done; else
    in how many seconds to come again. It waits longer after each of the ``tries``, and is given up in the end.

    Two that do it at once may pass each other: whoever finds that a later version was noted before theirs shows the
    latest once more. So does whoever comes again: a run that died may have left an edit behind that came too late.
    Raises TooBusy.
    """
    late = False
    for record in cards(ports.store.pages(number)):
        meant = record.id == page if page else record.channel in CHATS
        anew = tries > 1 and record.channel in CHATS
        if meant and not _show(ports, carriers, number, record, anew):
            late = True
    if not late:
        return None
    if tries >= (WEBHOOK_TRIES if page else CHAT_TRIES):
        ports.metrics.count("WebhookGivenUp" if page else "CardGivenUp")
        return None
    return min(AGAIN * 2.0 ** max(0, tries - (1 if page else SOON)), LONGEST)


def _anew(ports: Ports, incident: Incident, record: PageRecord, card: Card) -> Message | None:
    if record.channel == "webhook":
        return _to_webhook(ports, incident, record.page.contact, card)
    # Somebody's own card is changed where it stands, and nowhere else: whoever deleted it is not rung for it.
    to = "" if record.page.user else record.page.contact
    return Message(record.id, to, "", incident.number, card=card, edits=record.provider_id or "")


def _show(ports: Ports, carriers: Carriers, number: int, record: PageRecord, anew: bool) -> bool:
    """False when the vendor cannot be reached now. What it refuses for good is left as it is. ``anew``: also where the
    latest version counts as shown."""
    noted, passed = record.shown, anew
    for attempt in range(ATTEMPTS):
        incident = ports.store.incident(number)
        if incident is None or record.channel is None or (noted >= incident.version and not passed):
            return True
        card = card_of(ports, incident, record.page.kind, record.page.user)
        message = _anew(ports, incident, record, card)
        outcome = (
            carriers.send(record.channel, message) if message is not None else Refused("no_such_contact")
        )
        if isinstance(outcome, Later):
            ports.metrics.count("CardLater")
            return False
        ports.metrics.count("CardShown" if isinstance(outcome, Sent) else "CardRefused")
        place = None
        moved = isinstance(outcome, Sent) and outcome.provider_id != record.provider_id
        if isinstance(outcome, Sent) and moved and record.channel in CHATS:
            place = Sending(outcome.provider_id, number, record.id, record.page.user, record.page.contact)
        noted = ports.store.note_shown(number, record.id, card.version, ports.clock.now(), place)
        if noted <= card.version:
            return True
        passed = True
        ports.clock.pause(attempt)
    raise TooBusy(f"the card {record.id} was shown by others {ATTEMPTS} times in a row")

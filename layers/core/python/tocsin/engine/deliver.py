"""The delivery of a page: claimed under a lease, checked against the incident, handed to a carrier once, recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tocsin.engine.handing import handed
from tocsin.engine.outcomes import LEASE, PATIENCE, Outcome, call_held_back, held_back, outcome_of
from tocsin.engine.ports import ATTEMPTS, Ports, TooBusy
from tocsin.engine.stale import stale
from tocsin.engine.texting import Carried, OptedOut, Turn, give_back, in_vain, number_of, turn
from tocsin.incidents.incident import TOCSIN, Entry, Incident
from tocsin.incidents.plan import Page
from tocsin.incidents.times import iso
from tocsin.paging import codes, texts
from tocsin.paging.channels import CARDS
from tocsin.paging.channels.base import Message
from tocsin.paging.text_throttle import Held, TooOften
from tocsin.store.pages import FINAL, PageRecord, PageState
from tocsin.store.pages import Message as Sending
from tocsin.store.people import LinkGrant, Phone
from tocsin.store.ports import Conflict, PageMessage

if TYPE_CHECKING:
    from tocsin.engine.carriers import Carriers
    from tocsin.escalation.model import Contact, User
    from tocsin.store.messages import OnPageQueue

LINK_LIFE = timedelta(days=7)


def token_hash(token: str) -> str:
    """What is stored of a link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def deliver(ports: Ports, carriers: Carriers, message: OnPageQueue, tries: int = 1) -> float | None:
    """Delivers one message of the page queue. None when it is done with; else in how many seconds it shall come again.
    ``tries`` counts how often it came, this time included.

    Raises what the store raises, and TooBusy: then the queue's own visibility brings it back.
    """
    if isinstance(message, PageMessage):
        return _page(ports, carriers, message.incident, message.page)
    from tocsin.store.messages import Heard, Notice, Resolved  # most messages are pages

    if isinstance(message, Notice):
        from tocsin.engine.notices import send_notice

        return send_notice(ports, carriers, message)
    if isinstance(message, Resolved):
        from tocsin.engine.resolved import send_resolved

        return send_resolved(ports, carriers, message)
    if isinstance(message, Heard):
        from tocsin.engine.subscribers import send_heard

        return send_heard(ports, carriers, message)
    from tocsin.engine.posts import refresh  # most incidents stand in no chat

    return refresh(ports, carriers, message.incident, message.page, tries)


def _page(ports: Ports, carriers: Carriers, number: int, page: Page) -> float | None:
    now = ports.clock.now()
    won, record = ports.store.claim_page(number, page, now, now + LEASE)
    if not won:
        if record.state in FINAL:
            if record.state is PageState.REFUSED and page.kind != "post":
                _refused(ports, number, page, record.reason or "refused")
            return None
        return max(1.0, (record.lease_until - now).total_seconds())
    incident = ports.store.incident(number)
    outcome = _attempt(ports, carriers, incident, record)
    _record(ports, record, outcome, incident)
    if outcome.state is PageState.REFUSED and page.kind != "post":
        _refused(ports, number, page, outcome.reason or "refused")
    if outcome.carried is not None:
        lead = ports.store.page(number_of(outcome.carried), outcome.carried)
        if lead is not None and in_vain(lead):  # the report came while this was written
            _refused(ports, number, page, "carried in vain")
    if outcome.gone:
        from tocsin.engine.browsers import forget

        forget(ports, page.user, outcome.gone)
    if outcome.state is PageState.WAITING:
        return (outcome.wait or PATIENCE[0]).total_seconds()
    return None


def _refused(ports: Ports, number: int, page: Page, reason: str) -> None:
    from tocsin.engine.commits import refuse_page  # most pages are taken, and need no planner

    refuse_page(ports, number, page, reason)


def _attempt(ports: Ports, carriers: Carriers, incident: Incident | None, record: PageRecord) -> Outcome:
    why = stale(incident, record.page)
    if why is not None or incident is None:
        return Outcome(PageState.CANCELLED, why)
    if record.page.kind == "post":
        from tocsin.engine.posts import post

        return post(ports, carriers, incident, record)
    user, contact = recipient(ports, incident, record.page)
    if user is None or contact is None:
        return Outcome(PageState.REFUSED, "no_such_contact")
    channel, held = carriers.channel(record.page.via), None
    if channel is None:
        return Outcome(PageState.REFUSED, "channel_off")
    phone = _phone(ports, contact) if ports.verified_only else None
    if phone is not None and user.id not in phone.verified:
        ports.metrics.count("PageUnverified")
        return Outcome(PageState.REFUSED, "unverified", channel=channel)
    if channel in ("connect", "voice"):
        from tocsin.engine.calling import claim_call  # most pages are read
        from tocsin.paging import throttle

        verdict = claim_call(ports, user.id, contact.address, record.id, channel)
        if isinstance(verdict, throttle.OverLimit):
            return Outcome(PageState.REFUSED, verdict.reason, channel=channel)
        if isinstance(verdict, throttle.HeldBack):
            held, by_call, channel = verdict, channel, carriers.channel("sms")
            if channel is None:
                refused = Outcome(PageState.REFUSED, held.reason)
                return call_held_back(held, refused, record, by_call, ports.clock.now())
    outcome = _sent(ports, carriers, incident, record, contact, channel, held.reason if held else None, phone)
    if held is not None and outcome.state is PageState.REFUSED and not outcome.maybe_sent:
        return call_held_back(held, outcome, record, by_call, ports.clock.now())
    return outcome


def _sent(
    ports: Ports,
    carriers: Carriers,
    incident: Incident,
    record: PageRecord,
    contact: Contact,
    channel: str,
    note: str | None,
    phone: Phone | None,
) -> Outcome:
    """Hands the page to the carrier, a text when its turn on the phone has come. ``note``: why it is no call."""
    mine: Turn | None = None
    if channel in ("sms", "sns_sms"):
        try:
            found = turn(
                ports,
                phone or ports.store.phone(contact.address),
                incident,
                record,
                carriers.takes_replies(channel, contact.address),
            )
        except OptedOut:
            return Outcome(PageState.REFUSED, "opted_out", channel=channel)
        if isinstance(found, Held):
            return held_back(found, ports.clock.now(), channel)
        if isinstance(found, TooOften):
            return Outcome(PageState.CANCELLED, "texted_often", channel=channel, until=found.until)
        if isinstance(found, Carried):
            return Outcome(PageState.SENT, channel=channel, note=note, to=contact.address, carried=found.lead)
        mine = found
    message = _message(ports, carriers, incident, record, contact, channel, mine)
    shown = message.card.version if message.card is not None else 0
    result, gone = handed(ports, carriers, channel, message)
    outcome = outcome_of(result, record, channel, contact.address, note, shown)
    in_doubt = outcome.maybe_sent or record.maybe_twice
    if mine is not None and outcome.state is PageState.REFUSED and not in_doubt:
        give_back(ports, contact.address, record.id, outcome.reason == "opted_out")
    return replace(outcome, gone=gone) if gone else outcome


def _phone(ports: Ports, contact: Contact) -> Phone | None:
    """What is known of the number or the mail address. A chat knows its people itself."""
    from tocsin.paging.verification import PROVED  # asked only where contacts have to be verified

    return ports.store.phone(contact.address) if contact.kind in PROVED else None


def recipient(ports: Ports, incident: Incident, page: Page) -> tuple[User | None, Contact | None]:
    """Whom a page is for, and by which contact, as the incident's configuration knows them."""
    user = ports.store.revision(incident.revision).book.users.get(page.user)
    if user is None:
        return None, None
    if page.via == "push":
        from tocsin.escalation.model import pushed  # few have it

        return user, pushed(user.id)
    return user, next((contact for contact in user.contacts if contact.name == page.contact), None)


def _message(
    ports: Ports,
    carriers: Carriers,
    incident: Incident,
    record: PageRecord,
    contact: Contact,
    channel: str,
    mine: Turn | None,
) -> Message:
    """The page in words, from the incident as it is now."""
    if channel in CARDS:
        from tocsin.engine.cards import card_of

        card = card_of(ports, incident, record.page.kind, record.page.user)
        return Message(record.id, contact.address, card.line, incident.number, card=card)
    code = mine.codes.get(incident.number) if mine is not None else None
    count = 1
    for key in incident.alerts[:1]:
        alert, _ = ports.store.alert_of(incident.number, key)
        count = alert.count if alert is not None else 1
    facts = texts.Facts(
        number=incident.number,
        service=incident.service,
        title=incident.title,
        severity=incident.severity,
        urgency=incident.urgency.value,
        count=count,
        state=incident.state.value,
        opened_at=incident.opened_at,
        link="" if channel in ("connect", "voice") else _link(ports, carriers, incident, record),
        ack_code=codes.ack_code(code) if code is not None else None,
        resolve_code=codes.resolve_code(code) if code is not None else None,
        others=tuple(
            texts.Other(one.number, one.service, one.title, mine.codes.get(one.number))
            for one in mine.incidents[1:]
        )
        if mine is not None
        else (),
        **_purpose(ports, incident, record.page, code),
    )
    return carriers.compose(channel, record.id, contact.address, facts)


def _purpose(ports: Ports, incident: Incident, page: Page, code: int | None) -> dict[str, Any]:
    """What a reminder, or asking to join, says beside the facts of a page."""
    if page.kind == "page":
        return {"code": code}
    user = ports.store.revision(incident.revision).book.users.get(page.user)
    about: dict[str, Any] = {
        "purpose": page.kind,
        "code": code,
        "until": incident.ack_timeout_at,
        "zone": user.timezone if user is not None else "UTC",
    }
    if page.kind == "ask":
        from tocsin.engine.people import asked_by

        name, words = asked_by(ports, incident, page.user)
        about |= {"asked_by": name, "words": words}
    return about


def _link(ports: Ports, carriers: Carriers, incident: Incident, record: PageRecord) -> str:
    token = ports.ids.token()
    link = carriers.link(token)
    if link:
        grant = LinkGrant(token_hash(token), incident.number, record.page.user, ports.clock.now() + LINK_LIFE)
        ports.store.put_link(grant)
    return link


def _record(ports: Ports, record: PageRecord, outcome: Outcome, incident: Incident | None) -> None:
    """The outcome, with a line on the timeline. When the lease ran out, whoever claimed next records theirs."""
    now = ports.clock.now()
    if incident is not None:
        now = incident.not_before(now)
    page = record.page
    details: dict[str, str | int | bool | None] = {
        "page": record.id,
        "user": page.user,
        "via": page.via,
        "contact": page.contact,
        "channel": outcome.channel,
        "reason": outcome.reason,
    }
    if outcome.note:
        details["held_back"] = outcome.note
    if outcome.until is not None:
        details["until"] = iso(outcome.until)
    if outcome.carried is not None:
        details["carried_by"] = outcome.carried
    if record.maybe_twice and outcome.state is PageState.SENT:
        details["maybe_twice"] = True
    kind = ("post_" if page.kind == "post" else "page_") + outcome.state.value
    entry = Entry(f"{record.id}-{record.tries}-{outcome.state.value}", now, kind, TOCSIN, details)
    message = None
    if outcome.provider_id is not None:
        message = Sending(outcome.provider_id, record.incident, record.id, page.user, outcome.to)
    finished = replace(
        record,
        state=outcome.state,
        reason=outcome.reason,
        provider_id=outcome.provider_id,
        channel=outcome.channel,
        at=now,
        maybe_twice=record.maybe_twice or outcome.maybe_sent,
        shown=outcome.shown,
    )
    _finish(ports, finished, (entry,) if incident is not None else (), message)
    ports.metrics.count("Page" + outcome.state.value.capitalize())


def _finish(ports: Ports, finished: PageRecord, entries: Sequence[Entry], message: Sending | None) -> None:
    """Writes the outcome. A transaction in the way is no reason to lose it: only a later claim is. Raises TooBusy."""
    for attempt in range(ATTEMPTS):
        try:
            ports.store.finish_page(finished, entries, message, ports.clock.now())
            return
        except Conflict:
            stored = ports.store.page(finished.incident, finished.id)
            if stored is None or stored.tries != finished.tries or stored.state is not PageState.SENDING:
                ports.metrics.count("PageOutcomeLost")
                return
            ports.clock.pause(attempt)
    raise TooBusy(f"the outcome of the page {finished.id} met other transactions {ATTEMPTS} times in a row")

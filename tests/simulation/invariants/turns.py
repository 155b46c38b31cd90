"""A phone's turn: one page by text in a minute, those that wait together, and each of them told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.pages import carrier_of
from tests.simulation.witness import Taken
from tocsin.incidents.plan import Page
from tocsin.incidents.times import from_iso
from tocsin.paging.text_throttle import MOST
from tocsin.store.pages import PageState

#: The id of a page of the policy: no reminder's, no asking's, no answer's.
_PAGE = re.compile(r"\d+-c\d+-r\d+-s\d+-")


def one_page_by_text_in_a_minute(cloud: Cloud) -> Iterator[str]:
    """A phone's turns are a minute apart, and every page that a carrier took by text had one."""
    gap = timedelta(seconds=60 - 2 * cloud.weather.skew)
    led: dict[str, set[str]] = {}
    for taken in _pages_by_text(cloud):
        led.setdefault(taken.to, set()).add(taken.page_id)
    for to, pages in led.items():
        texts = cloud.store.phone(to).texts
        for before, after in pairwise(texts):
            if after.at - before.at < gap:
                yield f"{to[-3:]} had a turn at {before.at:%T} for {before.pages[0]}, and at {after.at:%T} another"
        for page in pages - {text.pages[0] for text in texts}:
            record = cloud.store.page(int(page.partition("-")[0]), page)
            if record is not None and record.state is PageState.SENT and len(texts) < MOST:
                yield f"the page {page} was texted to {to[-3:]} without a turn there"


def whatever_a_text_carries_it_names(cloud: Cloud) -> Iterator[str]:
    """A page that went in another one's text: that one went to the same phone, and says how many there are."""
    texts: dict[str, list[Taken]] = {}
    for taken in _pages_by_text(cloud):
        texts.setdefault(taken.page_id, []).append(taken)
    for number in cloud.store.numbers():
        for record in cloud.store.pages(number):
            lead = carrier_of(cloud, number, record.id)
            if record.state is not PageState.SENT or lead == record.id:
                continue
            found = texts.get(lead, [])
            if not any(f"#{number}" in taken.text or " incidents:" in taken.text for taken in found):
                if lead.partition("-")[0] != str(number):
                    yield f"the page {record.id} counts as carried by {lead}, whose text names another incident"
            elif not any(_phone(cloud, number, record.page) == taken.to for taken in found):
                yield f"the page {record.id} counts as carried by {lead}, which went to another phone"


def what_waits_goes_with_the_next(cloud: Cloud) -> Iterator[str]:
    """Whoever waits for the phone's minute is in the first text after it, or was not wanted any more by then."""
    for number in cloud.store.numbers():
        for record in cloud.store.pages(number):
            waits = {
                line.details["until"]
                for line in cloud.store.timeline(number)
                if line.kind == "page_waiting"
                and line.details["page"] == record.id
                and line.details["reason"] == "texted_recently"
                and from_iso(str(line.details["until"])) - line.at > timedelta(seconds=10)
            }
            # A minute that a struck run, or a refusal, has taken helps nobody who waits.
            struck = sum(fault.where.startswith("page(") for fault in cloud.weather.faults)
            if len(waits) > 3 + struck:
                yield f"the page {record.id} waited {len(waits)} times for its phone's minute"


def _phone(cloud: Cloud, number: int, page: Page) -> str:
    incident = cloud.store.incident(number)
    assert incident is not None
    first = cloud.witness.changes[number][0].incident
    for revision in (incident.revision, first.revision):
        user = cloud.store.revision(revision).book.users.get(page.user)
        for contact in user.contacts if user is not None else ():
            if contact.name == page.contact:
                return contact.address
    return ""


def _pages_by_text(cloud: Cloud) -> Iterator[Taken]:
    for taken in cloud.witness.taken:
        if taken.channel == "sms" and taken.incident is not None and _PAGE.match(taken.page_id):
            yield taken

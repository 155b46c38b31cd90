"""Push: who has it stands where every decision reads it, each page goes to all of its person's browsers and to nobody
else's, and what is gone is forgotten, and told.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import slowest
from tests.simulation.kernel import us
from tests.simulation.teams import PEOPLE, endpoints
from tests.simulation.witness import Tried
from tocsin.paging.browsers import id_of
from tocsin.store.pages import PageState

#: What happened so long before the end has had its consequences.
CALM = us(10 * 60)


def who_has_push_is_who_has_browsers(cloud: Cloud) -> Iterator[str]:
    having = {person for person in PEOPLE if cloud.store.browsers(person).rows}
    if having != cloud.store.changes().push:
        yield f"{sorted(having)} have browsers, and {sorted(cloud.store.changes().push)} count as having push"


def what_is_pushed_goes_to_its_person(cloud: Cloud) -> Iterator[str]:
    for tried in cloud.witness.tried:
        record = cloud.store.page(tried.incident, tried.page) if tried.incident is not None else None
        whose = record.page.user if record is not None else None
        if whose is not None and endpoints()[tried.endpoint] != whose:
            yield f"the page {tried.page} was pushed to {tried.endpoint}"
        if whose is None and endpoints()[tried.endpoint] not in tried.page:
            yield f"{tried.page} was pushed to {tried.endpoint}"


def a_page_is_pushed_to_all_of_ones_browsers(cloud: Cloud) -> Iterator[str]:
    """By each run that told its end: to those that were kept when it looked, where nobody changed them meanwhile."""
    runs: dict[tuple[str, str], list[Tried]] = {}
    for tried in cloud.witness.tried:
        runs.setdefault((tried.by, tried.page), []).append(tried)
    for (by, page), tries in runs.items():
        person, began, at = endpoints()[tries[0].endpoint], tries[0].began, tries[-1].at
        struck = any(fault.where.startswith(by) for fault in cloud.weather.faults)
        if struck or cloud.witness.browsers_changed(person, began - slowest(cloud), at):
            continue
        there, asked = cloud.witness.browsers_at(person, began), sorted(id_of(one.endpoint) for one in tries)
        if sorted(there) != asked:
            yield f"{page} was pushed to {len(asked)} browsers of {person}, who had {len(there)}"


def a_page_that_one_browser_took_is_sent(cloud: Cloud) -> Iterator[str]:
    took = {tried.page for tried in cloud.witness.tried if tried.taken and tried.incident is not None}
    for number in cloud.store.numbers():
        for record in cloud.store.pages(number):
            if record.id in took and record.state is PageState.REFUSED and not record.maybe_twice:
                yield f"a browser took the page {record.id}, and it counts as refused ({record.reason})"


def what_is_gone_is_forgotten_and_told(cloud: Cloud) -> Iterator[str]:
    """Once a run that came to its end has heard it. Their person hears of it by mail, or else by text."""
    told = {taken.page_id for taken in cloud.witness.taken} | cloud.witness.refused
    for tried in cloud.witness.tried:
        person, id = endpoints()[tried.endpoint], id_of(tried.endpoint)
        struck = any(fault.where.startswith(tried.by) for fault in cloud.weather.faults)
        if not tried.gone or struck or tried.at > cloud.ended - CALM:
            continue
        again = [
            at for at, who, ids in cloud.witness.browsers if who == person and id in ids and at > tried.at
        ]
        if id in {row.id for row in cloud.store.browsers(person).rows} and not again:
            yield f"the browser {tried.endpoint} is gone, and is still kept"
        if not _hears(cloud, person):
            continue
        if not any(one.startswith(f"push-gone-{person}-{id}-") for one in told):
            yield f"{person} never heard that {tried.endpoint} is gone"


def whoever_has_a_new_browser_hears_of_it(cloud: Cloud) -> Iterator[str]:
    told = {taken.page_id for taken in cloud.witness.taken} | cloud.witness.refused
    known: dict[str, set[str]] = {}
    for at, person, ids in cloud.witness.browsers:
        new = set(ids) - known.get(person, set())
        known[person] = set(ids)
        for id in new if 0 < at < cloud.ended - CALM and _hears(cloud, person) else ():
            if not any(one.startswith(f"push-on-{person}-{id}-") for one in told):
                yield f"{person} never heard that push is on in {id}"


def _hears(cloud: Cloud, person: str) -> bool:
    """Whether mail reaches them, whatever is applied meanwhile."""
    to = f"{person}@example.com"
    books = [cloud.store.revision(one.era.revision).book for one in cloud.witness.applied]
    here = all(person in book.users for book in books)
    blocked = to in cloud.unverified or to in cloud.carriers.dead or "email" in cloud.carriers.off
    return here and not blocked

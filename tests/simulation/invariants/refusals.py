"""Refusals: only real ones count, each moves on, and a step is passed exactly when it reached nobody.

"A hard refusal brings the person's next pending rule over another contact forward; if none is left and the step reached
nobody, the step is passed." Told from the steps, the rules and the pages, not from the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import bound, push_known_until
from tests.simulation.invariants.course import Step, steps_of
from tests.simulation.invariants.personal import rests, rules_of
from tests.simulation.kernel import us
from tests.simulation.teams import number_of
from tests.simulation.witness import Change
from tocsin.escalation.model import Book
from tocsin.incidents.incident import Entry, State, Urgency
from tocsin.incidents.plan import Page
from tocsin.store.pages import PageState

#: Lines after which a step is not in progress any more.
OVER = frozenset(
    {
        "restarted",
        "unacknowledged",
        "acknowledged",
        "acknowledged_too",
        "ack_taken_back",
        "snoozed",
        "reassigned",
        "moved",
        "escalated",
        "step_passed",
        "resolved",
        "alarm",
    }
)


def what_was_refused_moves_on(cloud: Cloud) -> Iterator[str]:
    """A page that a carrier refused, or whose receipt says that it never arrived, is a refusal to the plan, too.

    Only while the incident still looks for somebody: what comes after an answer changes nothing.
    """
    for at, id, number in _refusals(cloud):
        record = cloud.store.page(number, id)
        lines = cloud.store.timeline(number)
        heard = any(line.kind == "refused" and line.details["page"] == id for line in lines)
        if record is None or heard or cloud.ended - at < us(120):
            continue
        answered = any(
            change.incident.state is not State.TRIGGERED or record.page.cycle < change.incident.floor
            for change, end in cloud.witness.lives(number, cloud.kernel.now)
            if end >= at and change.at <= at + us(100) + bound(cloud, at, cloud.ended)
        )
        if not answered:
            yield f"the page {id} was refused, and nothing followed from that"


def only_what_was_refused_is_called_so(cloud: Cloud) -> Iterator[str]:
    real = {id for _, id, _ in _refusals(cloud)}
    for number in cloud.store.numbers():
        called = [line.details["page"] for line in cloud.store.timeline(number) if line.kind == "refused"]
        for id in called:
            if id not in real:
                yield f"the page {id} is called refused, and nobody refused it"
            if called.count(id) > 1:
                yield f"the page {id} was refused {called.count(id)} times"


def every_refusal_has_its_reason(cloud: Cloud) -> Iterator[str]:
    """What is recorded as refused was so by a carrier, or could not have been sent at all."""
    stopped = {act.who for act in cloud.witness.acts if act.wish == "STOP"}
    for number in cloud.store.numbers():
        for record in cloud.store.pages(number):
            if record.state is not PageState.REFUSED or record.page.kind == "post":
                continue
            reason, via = record.reason or "", record.page.via
            known = (
                record.id in cloud.witness.refused
                or (reason == "channel_off" and via in cloud.carriers.off)
                or (reason == "subscription_gone" and cloud.witness.push_changed is not None)
                or (reason in ("called_recently", "called_often") and "sms" in cloud.carriers.off)
                or (reason == "opted_out" and record.page.user in stopped)
                or (reason == "daily_call_limit" and via == "voice")
                or (reason == "unverified" and address_of(record.page) in cloud.unverified)
                or (reason == "no_such_contact" and _moved_away(cloud, number, record.page))
                or reason.startswith("carrier_unavailable")
                # Its template is a page's.
                or (reason == "window_closed" and via == "whatsapp" and record.page.kind != "page")
            )
            if not known:
                yield f"the page {record.id} counts as refused ({reason}), and nobody refused it"


def address_of(page: Page) -> str:
    return f"{page.user}@example.com" if page.via == "email" else number_of(page.user)


def _moved_away(cloud: Cloud, number: int, page: Page) -> bool:
    """Whether the incident went to a configuration that does not know the person, or that contact of theirs."""
    books = (cloud.book(one.incident.revision) for one in cloud.witness.changes[number])
    users = (book.users.get(page.user) for book in books)
    return any(user is None or page.contact not in {one.name for one in user.contacts} for user in users)


def a_refusal_brings_the_next_contact_or_passes_the_step(cloud: Cloud) -> Iterator[str]:
    for number, changes in cloud.witness.changes.items():
        first = changes[0].incident
        book = cloud.book(first.revision)
        steps = [step for step in steps_of(cloud, number, changes) if step.taken]
        for index, change in enumerate(changes):
            refused = [entry for entry in change.entries if entry.kind == "refused"]
            if change.at >= push_known_until(cloud):
                break
            if refused and change.incident.capped_at is None:
                yield from (
                    f"#{number}: {words}" for words in _judge(refused[0], index, changes, steps, book)
                )


def _judge(
    entry: Entry, index: int, changes: Sequence[Change], steps: Sequence[Step], book: Book
) -> Iterator[str]:
    """One refusal of a page of the first step, when nothing else was due by then.

    Later steps carry what was refused before them; of those the planner's own tests tell.
    """
    before = [step for step in steps if step.index < index]
    overdue = changes[index - 1].incident.due
    if not before or before[-1].index or overdue is None or overdue <= entry.at:
        return
    step, number = before[-1], changes[index].incident.number
    since = changes[step.index : index]
    if {line.kind for one in since[1:] for line in one.entries} & OVER:
        return
    due = [page for one in since for page in _due(one) if _in(page, step)]
    page = next((page for page in due if page.id(number) == entry.details["page"]), None)
    if page is None:
        return
    refused = [
        line.details["page"]
        for one in [*since, changes[index]]
        for line in one.entries
        if line.kind == "refused"
    ]
    gone = [one for one in due if one.id(number) in refused]
    dead = {(one.user, _over(one.via, one.contact)) for one in gone}
    users = {person: book.users[person] for person in step.people}
    rules = {
        person: user.high if step.urgency is Urgency.HIGH else user.low for person, user in users.items()
    }
    had = {(one.user, one.rule) for one in due}
    pending = [
        (person, contact)
        for person in step.people
        for rule, _, contact, _ in rules_of(users[person], step.urgency, step.at)
        if (person, rule) not in had and (person, _over(rules[person][rule].via, contact)) not in dead
    ]
    passed = any(line.kind == "step_passed" for line in changes[index].entries)
    if any(person == page.user for person, _ in pending):
        waits = step.urgency is Urgency.LOW and rests(book.users[page.user], entry.at)
        if not waits and not any(one.user == page.user for one in _due(changes[index])):
            yield f"{page.user} was refused on {page.contact}, and no other contact was tried at once"
    elif passed != (len(gone) == len(due) and not pending and step.step > 0):
        others = ", ".join(one.id(number) for one in due if one not in gone) or pending or "nobody"
        yield f"{step.place} was {'' if passed else 'not '}passed at a refusal, and it reached {others}"


def _over(via: str, contact: str) -> tuple[str, bool]:
    """What a refusal is about: a number that has no WhatsApp takes texts."""
    return contact, via == "whatsapp"


def _in(page: Page, step: Step) -> bool:
    return (page.cycle, page.round, page.step) == (step.cycle, step.round, step.step) and page.at >= step.at


def _due(change: Change) -> Iterator[Page]:
    for entry in change.entries:
        if entry.kind == "page_due" and "purpose" not in entry.details:
            yield change.incident.outbox[str(entry.details["page"])]


def _refusals(cloud: Cloud) -> list[tuple[int, str, int]]:
    """When, which page, of which incident: by a carrier's answer, or by a receipt, also of a text that carried it."""
    carried: dict[str, list[tuple[str, int]]] = {}
    for number in cloud.store.numbers():
        for line in cloud.store.timeline(number):
            if line.kind == "page_sent" and "carried_by" in line.details:
                carried.setdefault(str(line.details["carried_by"]), []).append(
                    (str(line.details["page"]), number)
                )
    refusals = [
        (at, one, about)
        for at, id, number in cloud.witness.bounced
        for one, about in [(id, number), *carried.get(id, ())]
    ]
    for number in cloud.store.numbers():
        refusals += [
            (cloud.witness.outcomes[one.id][-1][0], one.id, number)
            for one in cloud.store.pages(number)
            if one.state is PageState.REFUSED and one.page.kind != "post"
        ]
    return refusals

"""Pages: each reaches its carrier, none after the ack, none twice without a word of it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import bound
from tests.simulation.kernel import SECOND, us
from tests.simulation.witness import Taken
from tocsin.incidents.incident import State
from tocsin.incidents.plan import Page
from tocsin.incidents.times import from_iso
from tocsin.store.pages import FINAL, PageRecord, PageState


def _due(cloud: Cloud) -> Iterator[tuple[int, str, int]]:
    """Every page that was committed: its incident, its id, and when."""
    for number, changes in cloud.witness.changes.items():
        for change in changes:
            for entry in change.entries:
                if entry.kind == "page_due":
                    yield number, str(entry.details["page"]), change.at


def _withdrawn(cloud: Cloud, number: int) -> frozenset[str]:
    return frozenset(
        str(entry.details["page"])
        for change in cloud.witness.changes[number]
        for entry in change.entries
        if entry.kind == "page_cancelled"
    )


def every_due_page_reaches_its_carrier(cloud: Cloud) -> Iterator[str]:
    """A committed page is claimed within the bound and ends as sent, refused or cancelled; none is left half way."""
    seen: set[str] = set()
    for number, id, at in _due(cloud):
        if id in seen:
            yield f"the page {id} was due twice"
        seen.add(id)
        record = cloud.store.page(number, id)
        if record is None:
            if id not in _withdrawn(cloud, number):
                yield f"the page {id} was due and nobody ever claimed it"
            continue
        if record.state not in FINAL:
            yield f"the page {id} is still {record.state.value}"
        claimed = cloud.witness.claims[id][0][0]
        if claimed - at > bound(cloud, at, claimed):
            yield f"the page {id} waited {(claimed - at) / SECOND:.0f} s for its claim"
        outcomes = cloud.witness.outcomes.get(id)
        held = max(0, _held_until(cloud, number, id) - claimed)
        if outcomes and outcomes[-1][0] - claimed > bound(cloud, claimed, outcomes[-1][0]) + held:
            took = (outcomes[-1][0] - claimed - held) / SECOND
            yield f"the page {id} took {took:.0f} s, its turn apart, from its claim to its outcome"
        if record.state is PageState.SENT and not _takings(cloud).get(carrier_of(cloud, number, id)):
            yield f"the page {id} counts as sent, and no carrier took it"
        known = {*_reasons(cloud, record), "texted_often"}
        if record.state is PageState.CANCELLED and record.reason not in known:
            yield f"the page {id} was cancelled as {record.reason}, which it was not"
    posts = {
        str(entry.details["post"])
        for changes in cloud.witness.changes.values()
        for change in changes
        for entry in change.entries
        if entry.kind == "post_due"
    }
    for id in cloud.witness.claims:
        if id not in seen | posts:
            yield f"the page {id} was claimed and never due"


def _held_until(cloud: Cloud, number: int, id: str) -> int:
    """Until when the phone's turn held the page back, by its timeline; 0 when nothing did."""
    return max(
        (
            cloud.kernel.since(from_iso(str(line.details["until"])))
            for line in cloud.store.timeline(number)
            if line.kind == "page_waiting" and line.details["page"] == id and "until" in line.details
        ),
        default=0,
    )


def carrier_of(cloud: Cloud, number: int, id: str) -> str:
    """The page whose text carried this one, by the timeline: itself, or another."""
    for line in cloud.store.timeline(number):
        if line.kind == "page_sent" and line.details["page"] == id:
            return str(line.details.get("carried_by") or id)
    return id


def _reasons(cloud: Cloud, record: PageRecord) -> set[str]:
    """Why a page may have been cancelled at some time."""
    page = record.page
    reasons: set[str] = set()
    for change in cloud.witness.changes[record.incident]:
        incident = change.incident
        if incident.state is not State.TRIGGERED:
            reasons.add(incident.state.value)
        if page.cycle < incident.floor:
            reasons.add("another_cycle")
        for entry in change.entries:
            if entry.kind in _ASIDE[page.kind]:
                reasons.add("answered")
            if entry.kind == "acknowledged_too" and entry.actor.name == page.user:
                reasons.add("acknowledged")
    return reasons


#: How the ids begin of what somebody is told who wrote.
ANSWERS = ("sms-", "whatsapp-", "mail-")
#: With what a reminder, or asking somebody to join, is answered.
_ASIDE: dict[str, frozenset[str]] = {
    "page": frozenset(),
    "ask": frozenset({"responder_joined", "responder_declined"}),
    "reminder": frozenset({"kept", "unacknowledged", "escalated", "reassigned", "moved", "snoozed"}),
}
#: With what the policy's pages end, whoever gets them.
_ENDS = frozenset({"acknowledged", "resolved", "snoozed", "reassigned", "moved"})


def no_page_after_the_ack(cloud: Cloud) -> Iterator[str]:
    """Whoever claimed a page before it was answered may still send it; nobody who claimed it after.

    Asking somebody to join goes on beside the incident's own pages, until it is over or they have answered.
    """
    due = {id: (number, at) for number, id, at in _due(cloud)}
    for taken in cloud.witness.taken:
        if taken.incident is None:
            continue
        claims = [
            at for at, _ in cloud.witness.claims.get(taken.page_id, ()) if taken.began <= at <= taken.at
        ]
        record = cloud.store.page(taken.incident, taken.page_id)
        if not claims or record is None or taken.page_id not in due:
            yield f"the page {taken.page_id} was sent without a claim, or was never due"
            continue
        for answered in _answers(cloud, record.incident, record.page, claims[0]):
            # The first claim since the run began is its own: what was in flight when it died may land after others'.
            if due[taken.page_id][1] < answered <= claims[0]:
                yield f"the page {taken.page_id} was claimed and sent after #{taken.incident} had been answered"
                break


def what_nobody_verified_gets_nothing(cloud: Cloud) -> Iterator[str]:
    """No page, reminder or notice: only what somebody who writes from there is answered. Each is refused as such."""
    for taken in cloud.witness.taken:
        if taken.to in cloud.unverified and not taken.page_id.startswith(ANSWERS):
            yield f"{taken.page_id} was sent to {taken.to[-3:]}, which nobody has verified"


def _answers(cloud: Cloud, number: int, page: Page, claimed: int) -> Iterator[int]:
    """When this page was answered, by whoever may, or its incident was over.

    Whoever was asked to join, and has not answered, is still asked when it is reopened. Whoever acknowledged where
    others still have to has done so for that cycle.
    """
    ends = _ENDS if page.kind == "page" else _ASIDE[page.kind] | {"resolved"}
    changes = cloud.witness.changes[number]
    now = cloud.witness.at(number, claimed)
    for place, change in enumerate(changes):
        later = [entry for one in changes[place:] if one.at <= claimed for entry in one.entries]
        reopened = any(entry.kind == "reopened" for entry in later)
        back = any(entry.kind == "ack_taken_back" and entry.actor.name == page.user for entry in later)
        same = now is not None and change.incident.plan.cycle == page.cycle == now.plan.cycle
        for entry in change.entries:
            if entry.kind in ends:
                theirs = page.kind != "ask" or entry.actor.name == page.user
                answered = not reopened if page.kind == "ask" and entry.kind == "resolved" else theirs
            else:
                too = entry.kind == "acknowledged_too" and entry.actor.name == page.user
                answered = too and same and not back and page.kind == "page"
            if answered:
                yield change.at


def _takings(cloud: Cloud) -> dict[str, list[Taken]]:
    takings: dict[str, list[Taken]] = {}
    for taken in cloud.witness.taken:
        takings.setdefault(taken.page_id, []).append(taken)
    return takings


def no_page_twice(cloud: Cloud) -> Iterator[str]:
    """A message goes once; once more for every run that was struck between the carrier's answer and its record."""
    for (id, _), takings in _each(cloud).items():
        if len(takings) == 1:
            continue
        struck = [taken for taken in takings if _struck(cloud, taken)]
        if len(takings) - 1 > len(struck):
            yield f"{id} was sent {len(takings)} times, and {len(struck)} of those runs were struck"
        number = takings[0].incident
        record = cloud.store.page(number, id) if number is not None else None
        if record is not None and record.state is PageState.SENT:
            if not record.maybe_twice:
                yield f"the page {id} was sent {len(takings)} times and is not marked"
            told = [
                entry for entry in cloud.store.timeline(record.incident) if entry.details.get("page") == id
            ]
            if not any(entry.details.get("maybe_twice") for entry in told):
                yield f"the page {id} was sent {len(takings)} times and its timeline does not say so"


def _each(cloud: Cloud) -> dict[tuple[str, str], list[Taken]]:
    """What one address took of a page: one that is pushed goes to several browsers."""
    takings: dict[tuple[str, str], list[Taken]] = {}
    for taken in cloud.witness.taken:
        takings.setdefault((taken.page_id, taken.to if taken.channel == "push" else ""), []).append(taken)
    return takings


def _struck(cloud: Cloud, taken: Taken) -> bool:
    """Whether a fault hit the run from the moment it spoke with the carrier."""
    return any(fault.where.startswith(taken.by) for fault in cloud.weather.faults)


def one_call_in_two_minutes(cloud: Cloud) -> Iterator[str]:
    """Nobody is called twice within two minutes, save by the same page tried once more."""
    gap = us(120 - 2 * cloud.weather.skew)
    last: dict[str, Taken] = {}
    for taken in cloud.witness.taken:
        if taken.channel != "connect":
            continue
        before = last.get(taken.to)
        # The call is counted before it is made: what lies between the two may take a while.
        slack = taken.at - taken.began
        if (
            before is not None
            and before.page_id != taken.page_id
            and taken.at - before.at < gap - slack - us(35)
        ):
            later = (taken.at - before.at) / SECOND
            yield f"{taken.to[-3:]} was called for {before.page_id}, {later:.0f} s later for {taken.page_id}"
        last[taken.to] = taken


def what_a_throttle_held_back_is_named(cloud: Cloud) -> Iterator[str]:
    """A call that became a text says so on the timeline."""
    for number in cloud.store.numbers():
        told = {
            line.details["page"]: line.details
            for line in cloud.store.timeline(number)
            if line.kind == "page_sent"
        }
        for record in cloud.store.pages(number):
            changed = (
                record.state is PageState.SENT and record.page.via == "voice" and record.channel == "sms"
            )
            if changed != bool(told.get(record.id, {}).get("held_back")):
                yield f"the page {record.id} went by {record.channel}, and the timeline says {told.get(record.id)}"

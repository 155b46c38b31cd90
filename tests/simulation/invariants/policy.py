"""The policy as its file says it, held against what was done: an account of its own, that knows nothing of the planner.

Told from the timeline's steps and the pages that were committed, up to where something else decides: a refusal, an
escalation by hand, a cap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import bound
from tests.simulation.kernel import us
from tests.simulation.witness import Change
from tocsin.escalation.model import Book, Policy, Rule, User
from tocsin.escalation.planner import PUNCTUAL
from tocsin.incidents.incident import State, Urgency
from tocsin.incidents.plan import Page
from tocsin.incidents.times import from_iso
from tocsin.oncall.windows import in_windows

#: Lines after which the plan is not the policy's alone.
ELSEWISE = frozenset({"refused", "escalated", "held_back"})
RETRY = timedelta(minutes=5)
RESTART = timedelta(minutes=30)
SECOND = timedelta(seconds=1)
_FITS = {"sms": "phone", "voice": "phone", "email": "email"}


@dataclass(frozen=True, slots=True)
class Step:
    """A step that began: asked for at ``at``; step 0 is the last resort. ``people`` as found."""

    at: datetime
    cycle: int
    round: int
    step: int
    people: tuple[str, ...]
    urgency: Urgency
    #: Of the change that it began with.
    index: int

    @property
    def place(self) -> str:
        return f"round {self.round} step {self.step}"


def the_policy_is_kept(cloud: Cloud) -> Iterator[str]:
    for number, changes in cloud.witness.changes.items():
        first = changes[0].incident
        book = cloud.store.revision(first.revision).book
        known = _undisturbed(changes)
        steps = list(steps_of(known, first.urgency))
        end = _end(cloud, known, changes)
        yield from (
            f"#{number}: {words}" for words in _order(steps, book.policies[first.policy], book, known)
        )
        yield from (f"#{number}: {words}" for words in _pages(cloud, steps, known, book, end))


def urgency_is_that_of_the_hour(cloud: Cloud) -> Iterator[str]:
    """An incident opens high, unless its service has support hours and it is outside of them."""
    for number, changes in cloud.witness.changes.items():
        first = changes[0].incident
        hours = cloud.store.revision(first.revision).book.services[first.service].support_hours
        high = hours is None or in_windows(hours.active, hours.timezone, first.opened_at)
        said = next(entry.details["urgency"] for entry in changes[0].entries if entry.kind == "opened")
        if (said == Urgency.HIGH.value) != high:
            yield f"#{number} opened {said} at {first.opened_at:%H:%M:%S}"


def what_ends_badly_pages_the_last_resort(cloud: Cloud) -> Iterator[str]:
    """When the rounds are over the last resort is asked; the cap on pages is kept to the page."""
    for number, changes in cloud.witness.changes.items():
        first = changes[0].incident
        policy = cloud.store.revision(first.revision).book.policies[first.policy]
        for change in changes:
            alarms = {entry.details["reason"] for entry in change.entries if entry.kind == "alarm"}
            last = any(entry.kind == "step" and entry.details["step"] == 0 for entry in change.entries)
            if "exhausted" in alarms and bool(policy.last_resort) != last:
                yield f"#{number} was exhausted, and its last resort {'was' if last else 'was not'} asked"
            if "page_cap" in alarms and change.incident.pages != cloud.page_cap:
                yield f"#{number} was capped at {change.incident.pages} pages, not {cloud.page_cap}"
        if cloud.page_cap is not None and any(
            change.incident.pages > cloud.page_cap and change.incident.capped_at is None for change in changes
        ):
            yield f"#{number} sent more than {cloud.page_cap} pages and was not capped"


def _undisturbed(changes: Sequence[Change]) -> list[Change]:
    known: list[Change] = []
    for change in changes:
        if {entry.kind for entry in change.entries} & ELSEWISE or change.incident.capped_at is not None:
            break
        known.append(change)
    return known


def steps_of(changes: Sequence[Change], urgency: Urgency) -> Iterator[Step]:
    for index, change in enumerate(changes):
        for entry in change.entries:
            if entry.kind == "raised":
                urgency = Urgency.HIGH
            if entry.kind == "step":
                details = entry.details
                yield Step(
                    from_iso(str(details["asked_at"])),
                    int(details["cycle"] or 0),
                    int(details["round"] or 0),
                    int(details["step"] or 0),
                    tuple(str(details["people"] or "").split()),
                    urgency,
                    index,
                )


def rules_of(user: User, urgency: Urgency, start: datetime) -> list[tuple[int, datetime, str, bool]]:
    """The rules that apply where a step begins at ``start``: index, when it is due, contact, whether it was put off.

    "``via`` takes the first fitting contact unless ``to:`` names one"; a rule for some hours applies if it is due in
    them; what is low waits for the end of the person's do-not-disturb.
    """
    found = []
    for index, rule in enumerate(user.high if urgency is Urgency.HIGH else user.low):
        fitting = [
            contact.name
            for contact in user.contacts
            if contact.kind == _FITS.get(rule.via) and rule.to in (None, contact.name)
        ]
        if not fitting or not _applies(user, rule, start + rule.after):
            continue
        due, later = start + rule.after, start + rule.after
        while urgency is Urgency.LOW and rests(user, later):
            # Windows begin and end at whole minutes.
            later = later.replace(second=0, microsecond=0) + timedelta(minutes=1)
        found.append((index, later, fitting[0], later != due))
    return found


def rests(user: User, at: datetime) -> bool:
    hours = user.do_not_disturb
    return hours is not None and in_windows(hours.active, hours.timezone, at)


def _applies(user: User, rule: Rule, at: datetime) -> bool:
    hours = user.office_hours
    if rule.during is None or hours is None:
        return True
    return in_windows(hours.active, hours.timezone, at) == (rule.during == "office_hours")


def _reached(step: Step, book: Book) -> bool:
    return any(rules_of(book.users[person], step.urgency, step.at) for person in step.people)


def _order(steps: Sequence[Step], policy: Policy, book: Book, changes: Sequence[Change]) -> Iterator[str]:
    """Each step follows the one before as the policy says, and when it says."""
    if steps and (steps[0].round, steps[0].step) != (1, 1):
        yield f"it began with round {steps[0].round} step {steps[0].step}"
    reached = False
    for before, step in pairwise(steps):
        reached = (reached and before.step != 1) or _reached(before, book)
        if step.cycle != before.cycle:
            # A new cycle: after a timeout, at the beginning of support hours, or 30 min after the last resort.
            if step.cycle != before.cycle + 1 and not _interrupted(before, step, changes):
                yield f"after cycle {before.cycle} came cycle {step.cycle}"
            if (step.round, step.step) != (1, 1):
                yield f"cycle {step.cycle} began with round {step.round} step {step.step}"
            if (
                before.step == 0
                and not _interrupted(before, step, changes)
                and not _after(before.at + RESTART, step.at)
            ):
                yield f"the policy began anew at {step.at:%H:%M:%S}, after a last resort at {before.at:%H:%M:%S}"
            continue
        if before.urgency is Urgency.LOW and _reached(before, book):
            yield f"a low incident went beyond the first step that reached somebody: step {step.step}"
        wait = policy.steps[before.step - 1].wait if _reached(before, book) else timedelta(0)
        last = before.step == len(policy.steps)
        if not last:
            expected = (before.round, before.step + 1)
        elif not reached:
            expected, wait = (before.round, 1), wait + RETRY
        elif before.round <= policy.repeat:
            expected = (before.round + 1, 1)
        else:
            expected = (before.round, 0)
        if (step.round, step.step) != expected:
            yield f"after {before.place} came {step.place}, not round {expected[0]} step {expected[1]}"
        elif not _after(before.at + wait, step.at):
            yield f"{step.place} began at {step.at:%H:%M:%S.%f}, not at {before.at + wait:%H:%M:%S.%f}"


def _after(due: datetime, at: datetime) -> bool:
    """Punctual things count from when they were due, late ones from when they were done."""
    return at == due or at - due > PUNCTUAL


def _interrupted(before: Step, step: Step, changes: Sequence[Change]) -> bool:
    between = changes[before.index : step.index + 1]
    return any(entry.kind in ("unacknowledged", "raised") for change in between for entry in change.entries)


def _pages(
    cloud: Cloud, steps: Sequence[Step], changes: Sequence[Change], book: Book, end: datetime
) -> Iterator[str]:
    """Each rule of each person found is due when it says, until the ack, or a step finds the same person again."""
    due: dict[tuple[int, int, int, str, int, datetime], Page] = {}
    for change in changes:
        for entry in change.entries:
            if entry.kind == "page_due" and "purpose" not in entry.details:
                page = change.incident.outbox[str(entry.details["page"])]
                due[page.cycle, page.round, page.step, page.user, page.rule, page.at] = page
    answered = _answers(changes)
    raised = [entry.at for change in changes for entry in change.entries if entry.kind == "raised"]
    unsure = _late(cloud, changes)
    expected: dict[tuple[int, int, int, str, int, datetime], str] = {}
    maybe: set[tuple[int, int, int, str, int, datetime]] = set()
    for place, step in enumerate(steps):
        for person in step.people:
            again = next((later.at for later in steps[place + 1 :] if person in later.people), None)
            over = next((at for at in answered if at >= step.at), None)
            for index, at, contact, put_off in rules_of(book.users[person], step.urgency, step.at):
                key = (step.cycle, step.round, step.step, person, index, at)
                if again is not None and at >= again:
                    continue
                ends = min([end, *([over] if over is not None else [])])
                if at > ends + PUNCTUAL:
                    continue
                loud = min((one for one in raised if one >= step.at), default=None) if put_off else None
                # What was put off is dropped when it becomes high.
                if loud is not None and at > loud + PUNCTUAL:
                    continue
                if (
                    (loud is not None and at >= loud - PUNCTUAL - SECOND)
                    or at >= ends - PUNCTUAL - SECOND
                    or any(low <= at <= high for low, high in unsure)
                ):
                    maybe.add(key)
                else:
                    expected[key] = contact
    for key in due.keys() - expected.keys() - maybe:
        yield f"{_words(key)} was due, and no rule says so"
    for key, contact in expected.items():
        if key not in due:
            yield f"{_words(key)} was never due"
        elif due[key].contact != contact:
            yield f"{_words(key)} goes to {due[key].contact}, not to {contact}"


def _late(cloud: Cloud, changes: Sequence[Change]) -> list[tuple[datetime, datetime]]:
    """When something was due that was not done yet: an answer, or a step, may have come before it."""
    late = []
    skew = timedelta(seconds=cloud.weather.skew)
    for before, change in pairwise(changes):
        due, at = before.incident.due, cloud.kernel.instant(change.at) + skew
        if due is not None and at > due:
            late.append((due - SECOND, at))
    return late


def _words(key: tuple[int, int, int, str, int, datetime]) -> str:
    cycle, round, step, person, rule, at = key
    return f"cycle {cycle} round {round} step {step}: {person}'s rule {rule} at {at:%H:%M:%S}"


def _answers(changes: Sequence[Change]) -> list[datetime]:
    """When somebody had it: acks and the end. What ended a cycle without an answer lets the rules run on."""
    return [
        entry.at
        for change in changes
        for entry in change.entries
        if entry.kind in ("acknowledged", "resolved")
    ]


def _end(cloud: Cloud, known: Sequence[Change], changes: Sequence[Change]) -> datetime:
    """Until when everything that was due has been done: what is due in the end may still be on its way."""
    if not known:
        return cloud.kernel.begin
    due = known[-1].incident.due
    end = cloud.kernel.instant(cloud.ended)
    if len(known) < len(changes):
        end = cloud.kernel.instant(changes[len(known)].at)
    return min(end, due) if due is not None else end


def what_is_low_becomes_high_when_support_hours_begin(cloud: Cloud) -> Iterator[str]:
    """As long as nobody has it; asked of the windows minute by minute."""
    minute = 60 * us(1)
    for number, changes in cloud.witness.changes.items():
        service = cloud.store.revision(changes[0].incident.revision).book.services[
            changes[0].incident.service
        ]
        if service.support_hours is None:
            continue
        hours = service.support_hours
        low_since: int | None = None
        for change, end in cloud.witness.lives(number, cloud.ended):
            incident = change.incident
            low = (
                incident.state is State.TRIGGERED
                and incident.urgency is Urgency.LOW
                and not incident.capped_at
            )
            low_since = (change.at if low_since is None else low_since) if low else None
            if low_since is None:
                continue
            for at in range(low_since // minute * minute + minute, end, minute):
                before, now = cloud.kernel.instant(at - 1), cloud.kernel.instant(at)
                began = in_windows(hours.active, hours.timezone, now) and not in_windows(
                    hours.active, hours.timezone, before
                )
                if began and end - at > bound(cloud, low_since, end):
                    yield f"#{number} is low since before {now:%H:%M}, when its support hours began"

"""What happens next in an escalation: the one function that the engine and the simulator both call.

Pure: the plan, the book and the instant go in; the plan, the pages now due and the lines for the timeline come out.
The rules it keeps are those of the file format: at one instant a step begins before rules are due; a person's rules run
on until a later step targets the same person; a step that reaches nobody is passed at once; a round that reached nobody
is tried again as the same round; when the rounds are over the last resort is paged and the policy begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from tocsin.escalation.model import Book, Policy, Rule, Service, Target, User
from tocsin.incidents.incident import Urgency
from tocsin.incidents.plan import Next, Page, Plan, page_order
from tocsin.oncall.walltime import instant_number
from tocsin.oncall.who import on_call
from tocsin.oncall.windows import in_windows, next_start

RETRY_AFTER = timedelta(minutes=5)
RESTART_AFTER = timedelta(minutes=30)
#: A queue, a cold function and a throttled retry may cost this much without moving what follows.
PUNCTUAL = timedelta(seconds=30)

SkipReason = Literal["nobody_on_call", "unreachable", "superseded"]
Mark = Literal["nobody_reached", "exhausted", "quiet", "raised", "restarted"]


@dataclass(frozen=True, slots=True)
class Skip:
    """A page that is not sent, or a step that had nobody: ``user`` is None for the latter."""

    at: datetime
    cycle: int
    round: int
    step: int
    user: str | None
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Began:
    """A step began: whom it found, in the order of its targets."""

    at: datetime
    cycle: int
    round: int
    step: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """What one thing in a plan did: the plan after it, pages now due, what was skipped, and what it was a mark of.

    Of several things together, ``parts`` are the single ones in the order in which they happened.
    """

    plan: Plan
    urgency: Urgency
    pages: tuple[Page, ...] = ()
    skips: tuple[Skip, ...] = ()
    began: tuple[Began, ...] = ()
    marks: tuple[Mark, ...] = ()
    parts: tuple[Tick, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a step targets: the index of the target that named them first, and their place among all."""

    id: str
    target: int
    place: int


def urgency_at(service: Service, at: datetime) -> Urgency:
    """High, unless the service has support hours and ``at`` lies outside them."""
    hours = service.support_hours
    if hours is None or in_windows(hours.active, hours.timezone, at):
        return Urgency.HIGH
    return Urgency.LOW


def begin(service: Service, urgency: Urgency, at: datetime) -> Plan:
    """The plan of an incident opened at ``at``: its first step begins at once."""
    return with_raise(Plan(), service, urgency, at).began(at, cycle=1)


def with_raise(plan: Plan, service: Service, urgency: Urgency, at: datetime) -> Plan:
    """``plan`` with the instant at which support hours make a low incident high, if it is one."""
    hours = service.support_hours
    if urgency is Urgency.HIGH or hours is None:
        return replace(plan, raise_at=None)
    return replace(plan, raise_at=next_start(hours.active, hours.timezone, at))


def unacknowledged(plan: Plan, service: Service, urgency: Urgency, at: datetime) -> tuple[Plan, Urgency]:
    """The plan of an incident whose ack is over at ``at``: a new cycle.

    Support hours that began during the ack make it high if they still are in force; hours that are over again do not.
    """
    again = plan.stopped().began(at, plan.cycle + 1)
    if plan.raise_at is None or plan.raise_at > at:
        return again, urgency
    urgency = urgency_at(service, at)
    return with_raise(again, service, urgency, at), urgency


def people_of(targets: tuple[Target, ...], book: Book, at: datetime) -> tuple[Person, ...]:
    """The people whom the targets name at ``at``, in their order, nobody twice. A chat channel is nobody."""
    found: dict[str, Person] = {}
    for index, target in enumerate(targets):
        for user in _users(target, book, at):
            if user not in found:
                found[user] = Person(user, index, len(found))
    return tuple(found.values())


def _users(target: Target, book: Book, at: datetime) -> tuple[str, ...]:
    if target.kind == "user":
        return _stand_ins((target.name,), book, at)
    if target.kind == "team":
        return _stand_ins(book.teams.get(target.name, ()), book, at)
    if target.kind == "schedule" and target.name in book.schedules:
        return on_call(book.schedules[target.name], at)
    return ()


def _stand_ins(users: tuple[str, ...], book: Book, at: datetime) -> tuple[str, ...]:
    """Whoever is away with a delegate is reached through the delegate; without one, they are asked all the same."""
    if not book.away.delegates:
        return users
    now = instant_number(at)
    return tuple(book.away.stand_in(user, now) for user in users)


def rules_of(user: User | None, urgency: Urgency) -> Iterator[tuple[int, Rule, str]]:
    """The person's rules for the urgency that have a contact: index, rule, and the contact's name."""
    if user is None:
        return
    for index, rule in enumerate(user.high if urgency is Urgency.HIGH else user.low):
        contact = user.contact_for(rule)
        if contact is not None:
            yield index, rule, contact.name


def instant_of(due: datetime, now: datetime) -> datetime:
    """The instant that counts for something due at ``due`` which is done at ``now``.

    What is done punctually counts from when it was due, so that a second lost here and there never adds up and
    everything happens in the order in which it was foretold. What is late beyond that counts from ``now``: its people
    are those on call now, and its wait is theirs in full.
    """
    return due if now - due <= PUNCTUAL else now


def tick(plan: Plan, urgency: Urgency, policy: Policy, book: Book, now: datetime) -> Tick:
    """The plan after the first thing in it that is due at or before ``now``; unchanged when nothing is.

    Things are taken in the order of their instants, and count from those (see ``instant_of``).
    """
    due = plan.due
    if due is None or due > now:
        return Tick(plan, urgency)
    at = instant_of(due, now)
    if plan.raise_at == due:
        raised = replace(plan, raise_at=None).began(at, plan.cycle + 1)
        return Tick(raised, Urgency.HIGH, marks=("raised",))
    if plan.next_at == due:
        return _next(plan, urgency, policy, book, at)
    pages = tuple(sorted((page for page in plan.pending if page.at == due), key=page_order))
    live = dict(plan.live)
    for page in pages:
        if _of_step_in_progress(page, plan):
            live[page.user] = live.get(page.user, 0) + 1
    rest = tuple(page for page in plan.pending if page.at != due)
    return Tick(replace(plan, pending=rest, live=live), urgency, pages=pages)


def advance(plan: Plan, urgency: Urgency, policy: Policy, book: Book, now: datetime) -> Tick:
    """Everything in the plan that is due at or before ``now``, as one tick. This is what the engine commits."""
    total = Tick(plan, urgency)
    while total.plan.due is not None and total.plan.due <= now:
        one = tick(total.plan, total.urgency, policy, book, now)
        total = Tick(
            one.plan,
            one.urgency,
            total.pages + one.pages,
            total.skips + one.skips,
            total.began + one.began,
            total.marks + one.marks,
            (*total.parts, one),
        )
    return total


def last_resort_only(plan: Plan, urgency: Urgency, policy: Policy, book: Book, now: datetime) -> Tick:
    """As ``advance`` for an incident that has sent too many pages: the last resort, every 30 minutes, and no more."""
    if plan.next_at is None or plan.next_at > now:
        due = tuple(sorted((page for page in plan.pending if page.at <= now), key=page_order))
        return Tick(replace(plan, pending=tuple(p for p in plan.pending if p.at > now)), urgency, pages=due)
    again = replace(
        plan.began(now, plan.cycle + 1), round=policy.repeat + 1, step=len(policy.steps), reached=True
    )
    over = _round_over(again, urgency, policy, book, now)
    due = tuple(sorted((page for page in over.plan.pending if page.at <= now), key=page_order))
    rest = tuple(page for page in over.plan.pending if page.at > now)
    return replace(over, plan=replace(over.plan, pending=rest, live={p.user: 1 for p in due}), pages=due)


def refuse(plan: Plan, page: Page, now: datetime) -> Plan:
    """The plan after a carrier refused ``page`` for good.

    The person's next pending rule over another contact is due now instead of later. When there is none, and nobody
    else whom the step in progress targets has been or may yet be reached, the step is passed: its successor is due now.
    """
    live = dict(plan.live)
    refused = plan.refused
    in_progress = _of_step_in_progress(page, plan)
    if in_progress:
        live[page.user] = max(0, live.get(page.user, 0) - 1)
    pair = f"{page.user}/{page.contact}"
    if pair not in refused:
        refused = (*refused, pair)
    ahead = sorted((p for p in plan.pending if p.user == page.user), key=page_order)
    forward = next((p for p in ahead if f"{p.user}/{p.contact}" not in refused), None)
    if forward is not None:
        pending = tuple(replace(p, at=min(p.at, now)) if p == forward else p for p in plan.pending)
        return replace(plan, pending=pending, live=live, refused=refused)
    plan = replace(plan, live=live, refused=refused)
    if (
        in_progress
        and not plan.last_resort
        and plan.next in (Next.STEP, Next.QUIET, None)
        and not _reaching(plan)
    ):
        return replace(plan, next=Next.STEP, next_at=now)
    return plan


def _reaching(plan: Plan) -> bool:
    """Whether the step in progress has reached somebody, or still has a rule over a contact that nobody refused."""
    if any(plan.live.values()):
        return True
    return any(
        _of_step_in_progress(page, plan) and f"{page.user}/{page.contact}" not in plan.refused
        for page in plan.pending
    )


def _of_step_in_progress(page: Page, plan: Plan) -> bool:
    step = 0 if plan.last_resort else plan.step
    return (page.cycle, page.round, page.attempt, page.step) == (plan.cycle, plan.round, plan.attempt, step)


def _next(plan: Plan, urgency: Urgency, policy: Policy, book: Book, now: datetime) -> Tick:
    if plan.next is Next.QUIET:
        return Tick(replace(plan, next=None, next_at=None), urgency, marks=("quiet",))
    if plan.next is Next.RESTART:
        return Tick(plan.began(now, plan.cycle + 1), urgency, marks=("restarted",))
    if plan.next is Next.RETRY:
        again = replace(
            plan, attempt=plan.attempt + 1, step=0, next=Next.STEP, next_at=now, live={}, refused=()
        )
        return Tick(again, urgency)
    plan = replace(plan, reached=plan.reached or (plan.step > 0 and _reaching(plan)))
    if plan.step < len(policy.steps):
        return _begin_step(plan, urgency, policy, book, now)
    return _round_over(plan, urgency, policy, book, now)


def _begin_step(plan: Plan, urgency: Urgency, policy: Policy, book: Book, now: datetime) -> Tick:
    step = policy.steps[plan.step]
    plan, skips, began = _target(replace(plan, step=plan.step + 1), step.page, urgency, book, now)
    if not plan.live:
        return Tick(replace(plan, next=Next.STEP, next_at=now), urgency, skips=skips, began=began)
    following = Next.STEP if urgency is Urgency.HIGH else Next.QUIET
    return Tick(replace(plan, next=following, next_at=now + step.wait), urgency, skips=skips, began=began)


def _target(
    plan: Plan, targets: tuple[Target, ...], urgency: Urgency, book: Book, now: datetime
) -> tuple[Plan, tuple[Skip, ...], tuple[Began, ...]]:
    """The plan with the rules of the targeted people pending, and theirs from before dropped."""
    number = 0 if plan.last_resort else plan.step
    people = people_of(targets, book, now)
    skips: list[Skip] = []
    fresh: list[Page] = []
    if not people:
        skips.append(Skip(now, plan.cycle, plan.round, number, None, "nobody_on_call"))
    for person in people:
        rules = [
            Page(
                at=now + rule.after,
                cycle=plan.cycle,
                round=plan.round,
                step=number,
                user=person.id,
                rule=index,
                via=rule.via,
                contact=contact,
                attempt=plan.attempt,
                target=person.target,
                place=person.place,
            )
            for index, rule, contact in rules_of(book.users.get(person.id), urgency)
        ]
        if not rules:
            skips.append(Skip(now, plan.cycle, plan.round, number, person.id, "unreachable"))
        fresh.extend(rules)
    targeted = {person.id for person in people}
    dropped = sorted((page for page in plan.pending if page.user in targeted), key=page_order)
    skips.extend(
        Skip(page.at, page.cycle, page.round, page.step, page.user, "superseded") for page in dropped
    )
    kept = tuple(page for page in plan.pending if page.user not in targeted)
    live = {page.user: 0 for page in fresh}
    began = Began(now, plan.cycle, plan.round, number, tuple(person.id for person in people))
    return replace(plan, pending=(*kept, *fresh), live=live, refused=()), tuple(skips), (began,)


def _round_over(plan: Plan, urgency: Urgency, policy: Policy, book: Book, now: datetime) -> Tick:
    if not plan.reached:
        again = replace(plan, next=Next.RETRY, next_at=now + RETRY_AFTER)
        return Tick(again, urgency, marks=("nobody_reached",))
    if plan.round <= policy.repeat:
        following = replace(
            plan, round=plan.round + 1, attempt=0, step=0, live={}, refused=(), reached=False, next_at=now
        )
        return Tick(following, urgency)
    over = replace(
        plan, step=0, last_resort=True, live={}, refused=(), next=Next.RESTART, next_at=now + RESTART_AFTER
    )
    if not policy.last_resort:
        return Tick(over, urgency, marks=("exhausted",))
    over, skips, began = _target(over, policy.last_resort, urgency, book, now)
    return Tick(over, urgency, skips=skips, began=began, marks=("exhausted",))

"""What happens next in an escalation: the one function that the engine and the simulator both call.

Pure: the plan, the book and the instant go in; the plan, the pages now due and the lines for the timeline come out.
The rules it keeps are those of the file format: at one instant a step begins before rules are due; a person's rules run
on until a later step targets the same person; a step that reaches nobody is passed at once; a round that reached nobody
is tried again as the same round; when the rounds are over the last resort is paged and the policy begins anew.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.escalation.conditions import ANY, Situation
from tocsin.escalation.model import Book, Policy, Service
from tocsin.escalation.replans import loud, of_step_in_progress, reaching
from tocsin.escalation.steps import begin_step, target
from tocsin.escalation.ticks import Tick
from tocsin.incidents.incident import Urgency
from tocsin.incidents.plan import Next, Plan, page_order
from tocsin.oncall.windows import in_windows, next_start

RETRY_AFTER = timedelta(minutes=5)
RESTART_AFTER = timedelta(minutes=30)
#: A queue, a cold function and a throttled retry may cost this much without moving what follows.
PUNCTUAL = timedelta(seconds=30)


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


def rescheduled(plan: Plan, service: Service, urgency: Urgency, at: datetime) -> Plan:
    """``plan`` when the service's support hours may have become others at ``at``. Those that have begun already count
    as they did; without any the earlier ones do."""
    begun = plan.raise_at is not None and plan.raise_at <= at
    return plan if begun or service.support_hours is None else with_raise(plan, service, urgency, at)


def unacknowledged(plan: Plan, service: Service, urgency: Urgency, at: datetime) -> tuple[Plan, Urgency]:
    """The plan of an incident whose ack is over at ``at``: a new cycle.

    Support hours that began during the ack make it high if they still are in force; hours that are over again do not.
    The cap on pages had forgotten them.
    """
    again = plan.stopped().began(at, plan.cycle + 1)
    forgotten = plan.raise_at is None and urgency is Urgency.LOW and service.support_hours is not None
    if not forgotten and (plan.raise_at is None or plan.raise_at > at):
        return again, urgency
    urgency = urgency_at(service, at)
    return with_raise(again, service, urgency, at), urgency


def instant_of(due: datetime, now: datetime) -> datetime:
    """The instant that counts for something due at ``due`` which is done at ``now``.

    What is done punctually counts from when it was due, so that a second lost here and there never adds up and
    everything happens in the order in which it was foretold. What is late beyond that counts from ``now``: its people
    are those on call now, and its wait is theirs in full.
    """
    return due if now - due <= PUNCTUAL else now


def tick(
    plan: Plan, urgency: Urgency, policy: Policy, book: Book, now: datetime, situation: Situation = ANY
) -> Tick:
    """The plan after the first thing in it that is due at or before ``now``; unchanged when nothing is.

    Things are taken in the order of their instants, and count from those (see ``instant_of``).
    """
    due = plan.due
    if due is None or due > now:
        return Tick(plan, urgency)
    at = instant_of(due, now)
    if plan.raise_at == due:
        raised, skips = loud(replace(plan, raise_at=None))
        return Tick(raised.began(at, plan.cycle + 1), Urgency.HIGH, skips=skips, marks=("raised",))
    if plan.next_at == due:
        return _next(plan, urgency, policy, book, at, situation)
    pages = tuple(sorted((page for page in plan.pending if page.at == due), key=page_order))
    live = dict(plan.live)
    for page in pages:
        if page.user and of_step_in_progress(page, plan):
            live[page.user] = live.get(page.user, 0) + 1
    rest = tuple(page for page in plan.pending if page.at != due)
    return Tick(replace(plan, pending=rest, live=live), urgency, pages=pages)


def advance(
    plan: Plan, urgency: Urgency, policy: Policy, book: Book, now: datetime, situation: Situation = ANY
) -> Tick:
    """Everything in the plan that is due at or before ``now``, as one tick. This is what the engine commits."""
    total = Tick(plan, urgency)
    while total.plan.due is not None and total.plan.due <= now:
        one = tick(total.plan, total.urgency, policy, book, now, situation)
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
    return over._replace(
        plan=replace(over.plan, pending=rest, live={p.user: 1 for p in due if p.user}), pages=due
    )


def _next(
    plan: Plan, urgency: Urgency, policy: Policy, book: Book, now: datetime, situation: Situation
) -> Tick:
    if plan.next is Next.QUIET:
        return Tick(replace(plan, next=None, next_at=None), urgency, marks=("quiet",))
    if plan.next is Next.RESTART:
        return Tick(plan.began(now, plan.cycle + 1), urgency, marks=("restarted",))
    if plan.next is Next.RETRY:
        again = replace(
            plan, attempt=plan.attempt + 1, step=0, next=Next.STEP, next_at=now, live={}, refused=()
        )
        return Tick(again, urgency)
    plan = replace(plan, reached=plan.reached or (plan.step > 0 and reaching(plan)))
    if plan.step < len(policy.steps):
        return begin_step(plan, urgency, policy.steps[plan.step], book, now, situation)
    return _round_over(plan, urgency, policy, book, now)


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
    over, skips, began = target(over, policy.last_resort, urgency, book, now)
    return Tick(over, urgency, skips=skips, began=began, marks=("exhausted",))

"""A step begins: whom it pages, in whose turn, by which rules; where it posts; and when its wait is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tocsin.escalation.conditions import Situation, holds
from tocsin.escalation.model import POSTED, Book, Step, Target
from tocsin.escalation.personal import due_rules
from tocsin.escalation.targets import Person, people_of
from tocsin.escalation.ticks import Began, Skip, Tick
from tocsin.incidents.incident import Urgency
from tocsin.incidents.plan import Next, Page, Plan, page_order
from tocsin.oncall.windows import after_hours


def begin_step(
    plan: Plan, urgency: Urgency, step: Step, book: Book, now: datetime, situation: Situation
) -> Tick:
    plan = replace(plan, step=plan.step + 1)
    if not holds(step, situation, now):
        passed = Skip(now, plan.cycle, plan.round, plan.step, None, "condition")
        return Tick(replace(plan, live={}, refused=(), next=Next.STEP, next_at=now), urgency, skips=(passed,))
    turn = None
    if step.round_robin:
        # Whoever had it and did not answer is not the first one to have it again.
        turn = situation.turn + plan.cycle + plan.round + plan.attempt - 2
    plan, skips, began = target(plan, step.page, urgency, book, now, turn)
    if not plan.live:
        return Tick(replace(plan, next=Next.STEP, next_at=now), urgency, skips=skips, began=began)
    following = Next.STEP if urgency is Urgency.HIGH else Next.QUIET
    # Whoever is not to be disturbed yet has the wait in full afterwards.
    told = max([now, *(page.at for one in began for page in one.put_off)])
    return Tick(
        replace(plan, next=following, next_at=_wait_over(step, told)), urgency, skips=skips, began=began
    )


def _wait_over(step: Step, now: datetime) -> datetime:
    if step.wait_hours is None:
        return now + step.wait
    return after_hours(step.wait_hours.active, step.wait_hours.timezone, now, step.wait)


def _in_turn(
    people: tuple[Person, ...], turn: int, urgency: Urgency, book: Book, now: datetime
) -> tuple[Person, ...]:
    """The people up to the first from ``turn`` on whom anything reaches; all of them when nothing reaches anybody."""
    start = turn % len(people) if people else 0
    found: list[Person] = []
    for person in (*people[start:], *people[:start]):
        found.append(person)
        if any(due_rules(book.users.get(person.id), urgency, now)):
            break
    return tuple(found)


def target(
    plan: Plan,
    targets: tuple[Target, ...],
    urgency: Urgency,
    book: Book,
    now: datetime,
    turn: int | None = None,
) -> tuple[Plan, tuple[Skip, ...], tuple[Began, ...]]:
    """The plan with the rules of the targeted people pending, and theirs from before dropped.

    With ``turn`` the targeted people are one of those whom the targets name. Whoever has acknowledged in this cycle
    already is not paged again.
    """
    number = _number(plan)
    people = people_of(targets, book, now)
    if turn is not None:
        people = _in_turn(people, turn, urgency, book, now)
    skips: list[Skip] = []
    fresh: list[Page] = []
    if not people:
        skips.append(Skip(now, plan.cycle, plan.round, number, None, "nobody_on_call"))
    for person in people:
        if person.id in plan.acked:
            continue
        rules = _pages_to(plan, person, urgency, book, now)
        if not rules:
            skips.append(Skip(now, plan.cycle, plan.round, number, person.id, "unreachable"))
        fresh.extend(rules)
    targeted = {person.id for person in people}
    dropped = sorted((page for page in plan.pending if page.user in targeted), key=page_order)
    skips.extend(
        Skip(page.at, page.cycle, page.round, page.step, page.user, "superseded") for page in dropped
    )
    kept = tuple(page for page in plan.pending if page.user not in targeted)
    live = {page.user: 0 for page in fresh} | {person.id: 1 for person in people if person.id in plan.acked}
    posts = _posts(plan, number, targets, now)
    put_off = tuple(page for page in fresh if page.put_off)
    began = Began(now, plan.cycle, plan.round, number, tuple(person.id for person in people), put_off)
    return replace(plan, pending=(*kept, *fresh, *posts), live=live, refused=()), tuple(skips), (began,)


def took_back(
    plan: Plan, user: str, urgency: Urgency, book: Book, now: datetime
) -> tuple[Plan, tuple[Page, ...]]:
    """The plan after ``user`` took an ack back where others have to acknowledge, too; and the pages to them: if the
    step in progress targets them, their rules begin again."""
    left = tuple(one for one in plan.acked if one != user)
    plan = replace(plan, acked=left, taken_back=plan.taken_back + 1)
    if user not in plan.live:
        return plan, ()
    pages = _pages_to(plan, Person(user, 0, 0), urgency, book, now)
    fresh = tuple(replace(page, again=plan.taken_back) for page in pages)
    return replace(plan, pending=(*plan.pending, *fresh)), fresh


def _number(plan: Plan) -> int:
    return 0 if plan.last_resort else plan.step


def _pages_to(plan: Plan, person: Person, urgency: Urgency, book: Book, now: datetime) -> list[Page]:
    """The person's pages for the step in progress, by their rules from ``now`` on."""
    return [
        Page(
            at=due.at,
            cycle=plan.cycle,
            round=plan.round,
            step=_number(plan),
            user=person.id,
            rule=due.index,
            via=due.rule.via,
            contact=due.contact,
            attempt=plan.attempt,
            target=person.target,
            place=person.place,
            put_off=due.put_off,
        )
        for due in due_rules(book.users.get(person.id), urgency, now)
    ]


def _posts(plan: Plan, step: int, targets: tuple[Target, ...], now: datetime) -> tuple[Page, ...]:
    """What the step posts at once: pages of nobody, named by channel."""
    return tuple(
        Page(
            at=now,
            cycle=plan.cycle,
            round=plan.round,
            step=step,
            user="",
            rule=index,
            via=target.kind,
            contact=target.name,
            attempt=plan.attempt,
            target=index,
            kind="post",
        )
        for index, target in enumerate(targets)
        if target.kind in POSTED
    )

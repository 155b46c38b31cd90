"""What others than the clock make of a plan: a carrier that refuses, an ack where all must, a jump to a step."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tocsin.escalation.model import Policy
from tocsin.escalation.ticks import Skip
from tocsin.incidents.plan import Next, Page, Plan, page_order


def refuse(plan: Plan, page: Page, now: datetime, earliest: datetime | None = None) -> Plan:
    """The plan after a carrier refused ``page`` for good.

    The person's next pending rule over another contact is due now instead of later: or at ``earliest``, where they are
    not to be disturbed before. When there is none, and nobody
    else whom the step in progress targets has been or may yet be reached, the step is passed: its successor is due now.
    What could not be posted changes nothing: it woke nobody.
    """
    if not page.user:
        return plan
    live = dict(plan.live)
    refused = plan.refused
    in_progress = of_step_in_progress(page, plan)
    if in_progress:
        live[page.user] = max(0, live.get(page.user, 0) - 1)
    if page.over not in refused:
        refused = (*refused, page.over)
    ahead = sorted((p for p in plan.pending if p.user == page.user), key=page_order)
    forward = next((p for p in ahead if p.over not in refused), None)
    if forward is not None:
        soonest = now if earliest is None else max(now, earliest)
        moved = replace(forward, at=soonest, put_off=soonest > now) if soonest < forward.at else forward
        pending = tuple(moved if p == forward else p for p in plan.pending)
        return replace(plan, pending=pending, live=live, refused=refused)
    plan = replace(plan, live=live, refused=refused)
    if (
        in_progress
        and not plan.last_resort
        and plan.next in (Next.STEP, Next.QUIET, None)
        and not reaching(plan)
    ):
        return replace(plan, next=Next.STEP, next_at=now)
    return plan


def reaching(plan: Plan) -> bool:
    """Whether the step in progress has reached somebody, or still has a rule over a contact that nobody refused."""
    if any(plan.live.values()):
        return True
    return any(_may_reach(page, plan) for page in plan.pending)


def _may_reach(page: Page, plan: Plan) -> bool:
    """Whether a pending page is of the step in progress and over a contact that nobody refused."""
    return bool(page.user) and of_step_in_progress(page, plan) and page.over not in plan.refused


def still_to_ack(plan: Plan, policy: Policy, user: str) -> tuple[str, ...]:
    """Who else must acknowledge before ``user``'s ack is that of the incident, sorted: where all must, everybody
    whom the step in progress has reached or may yet reach, and who has not.
    """
    if plan.last_resort or not 0 < plan.step <= len(policy.steps) or policy.steps[plan.step - 1].ack != "all":
        return ()
    reached = {one for one, count in plan.live.items() if count}
    reached.update(page.user for page in plan.pending if _may_reach(page, plan))
    return tuple(sorted(reached.difference(plan.acked, (user,))))


def acknowledged_by(plan: Plan, user: str) -> Plan:
    """The plan after an ack that is not yet that of the incident: no more pages to ``user`` in this cycle."""
    return replace(
        plan, acked=(*plan.acked, user), pending=tuple(page for page in plan.pending if page.user != user)
    )


def jumped(plan: Plan, step: int, at: datetime) -> Plan:
    """The plan with ``step`` (from 1) beginning at ``at``; at the same or an earlier step, or after the last resort or
    a pause, in a new cycle."""
    back = step <= plan.step or plan.last_resort or plan.next in (Next.RETRY, Next.RESTART)
    if back:
        plan = plan.began(at, plan.cycle + 1)
    return replace(plan, step=step - 1, next=Next.STEP, next_at=at, reached=True)


def goes_to(plan: Plan, policy: Policy) -> tuple[int, int]:
    """The round and the step that begin next where somebody was reached, step 0 being the last resort."""
    if plan.step < len(policy.steps):
        return plan.round, plan.step + 1
    return (plan.round + 1, 1) if plan.round <= policy.repeat else (plan.round, 0)


def loud(plan: Plan) -> tuple[Plan, tuple[Skip, ...]]:
    """The plan of an incident that becomes high: what was put off at low urgency is dropped, for it begins anew."""
    dropped = sorted((page for page in plan.pending if page.put_off), key=page_order)
    skips = tuple(
        Skip(page.at, page.cycle, page.round, page.step, page.user, "superseded") for page in dropped
    )
    return replace(plan, pending=tuple(page for page in plan.pending if not page.put_off)), skips


def of_step_in_progress(page: Page, plan: Plan) -> bool:
    step = 0 if plan.last_resort else plan.step
    return (page.cycle, page.round, page.attempt, page.step) == (plan.cycle, plan.round, plan.attempt, step)

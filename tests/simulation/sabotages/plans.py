"""The plan: steps, rounds, rules, urgency, the last resort."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "one round too few",
        "escalation/planner.py",
        "    if plan.round <= policy.repeat:\n",
        "    if plan.round < policy.repeat:\n",
    ),
    Sabotage(
        "the wait of the step before",
        "escalation/planner.py",
        "return begin_step(plan, urgency, policy.steps[plan.step], book, now, situation)",
        "step = replace(policy.steps[plan.step], wait=policy.steps[plan.step - 1].wait)\n"
        "        return begin_step(plan, urgency, step, book, now, situation)",
    ),
    Sabotage(
        "rules run on beside those of the next step",
        "escalation/steps.py",
        "    kept = tuple(page for page in plan.pending if page.user not in targeted)\n",
        "    kept = plan.pending\n",
    ),
    Sabotage(
        "rules apply whatever the hour",
        "escalation/personal.py",
        '    return inside == (rule.during == "office_hours")\n',
        "    return inside is not None\n",
    ),
    Sabotage(
        "do not disturb disturbs",
        "escalation/personal.py",
        "    if quiet is None or urgency is Urgency.HIGH:\n",
        "    if quiet is None or urgency is not None:\n",
    ),
    Sabotage(
        "what is high is put off too",
        "escalation/personal.py",
        "    if quiet is None or urgency is Urgency.HIGH:\n",
        "    if quiet is None:\n",
    ),
    Sabotage(
        "who is on call is asked when the incident opens",
        "escalation/steps.py",
        "    people = people_of(targets, book, now)\n",
        "    people = people_of(targets, book, now.replace(minute=0))\n",
    ),
    Sabotage(
        "a timeout begins no new cycle",
        "escalation/planner.py",
        "    again = plan.stopped().began(at, plan.cycle + 1)\n",
        "    again = plan.stopped().began(at, plan.cycle)\n",
    ),
    Sabotage(
        "waits are counted from the wake-up",
        "escalation/planner.py",
        "    return due if now - due <= PUNCTUAL else now\n",
        "    return now\n",
    ),
    Sabotage(
        "an ack stops nothing",
        "escalation/decide.py",
        "        plan=incident.plan.stopped(),\n        acked_at=draft.now,\n",
        "        plan=incident.plan,\n        acked_at=draft.now,\n",
    ),
    Sabotage(
        "an ack does not end the cycle's pages",
        "escalation/decide.py",
        "        floor=incident.plan.cycle + 1,\n        pages=0,\n",
        "        floor=incident.floor,\n        pages=0,\n",
    ),
    Sabotage(
        "an ack has no timeout",
        "escalation/decide.py",
        "    return replace(incident, ack_timeout_at=now + timeout, remind_at=remind)\n",
        "    return replace(incident, ack_timeout_at=None, remind_at=remind)\n",
    ),
    Sabotage(
        "everything is low",
        "escalation/planner.py",
        "    if hours is None or in_windows(hours.active, hours.timezone, at):\n        return Urgency.HIGH",
        "    if hours is not None and in_windows(hours.active, hours.timezone, at):\n        return Urgency.HIGH",
    ),
    Sabotage(
        "the last resort is left alone",
        "escalation/planner.py",
        "    if not policy.last_resort:\n",
        "    if not policy.last_resort or policy.steps:\n",
    ),
    Sabotage(
        "one page more than the cap",
        "escalation/drafts.py",
        "    room = max(0, (context.page_cap or 0) - incident.pages)\n",
        "    room = max(0, (context.page_cap or 0) - incident.pages) + 1\n",
    ),
    Sabotage(
        "nobody has a contact",
        "engine/deliver.py",
        "    if user is None or contact is None:\n",
        "    if user is None or contact is not None:\n",
    ),
)

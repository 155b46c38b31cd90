"""What policies say beside whom they page: branches, turns, acks of all, waits in hours, who comes next."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "every branch is taken",
        "escalation/steps.py",
        "    if not holds(step, situation, now):\n",
        "    if not holds(step, situation, now) and not step.when:\n",
    ),
    Sabotage(
        "unless means when",
        "escalation/conditions.py",
        "        step.unless is not None and _all(step.unless, situation, at)\n",
        "        step.unless is not None and not _all(step.unless, situation, at)\n",
    ),
    Sabotage(
        "of several conditions one will do",
        "escalation/conditions.py",
        "        and situation.repeats >= when.repeated\n",
        "        or (situation.repeats >= when.repeated > 0)\n",
    ),
    Sabotage(
        "branches know nothing of labels",
        "engine/labels.py",
        "    labels = {**details, **named} if isinstance(named, Mapping) else details\n",
        "    labels = details\n",
    ),
    Sabotage(
        "a severity that somebody changed counts for no step",
        "engine/commits.py",
        "    return Situation(incident.severity, incident.priority, incident.labels, repeats, incident.turn)\n",
        "    return Situation('critical', incident.priority, incident.labels, repeats, incident.turn)\n",
    ),
    Sabotage(
        "a priority counts for no step",
        "engine/commits.py",
        "    return Situation(incident.severity, incident.priority, incident.labels, repeats, incident.turn)\n",
        "    return Situation(incident.severity, '', incident.labels, repeats, incident.turn)\n",
    ),
    Sabotage(
        "an alert never comes again for a branch",
        "engine/commits.py",
        "            repeats = max(repeats, alert.count if alert is not None else 1)\n",
        "            repeats = max(repeats, 1)\n",
    ),
    Sabotage(
        "a branch asks for no hours",
        "escalation/conditions.py",
        "        and (when.hours is None or in_windows(when.hours.active, when.hours.timezone, at))\n",
        "        and (when.hours is None or in_windows is not None)\n",
    ),
    Sabotage(
        "a wait in hours is one of any time",
        "escalation/steps.py",
        "    if step.wait_hours is None:\n",
        "    if step.wait_hours is None or step.page:\n",
    ),
    Sabotage(
        "every incident has the first turn",
        "engine/triage.py",
        "        number, turn = ports.store.next_turn(policy.name)\n",
        "        number, turn = ports.store.next_turn(policy.name)[0], 0\n",
    ),
    Sabotage(
        "turns are counted by the number",
        "engine/triage.py",
        "        number, turn = ports.store.next_turn(policy.name)\n",
        "        number, turn = ports.store.next_turn(policy.name)\n        turn = number\n",
    ),
    Sabotage(
        "whose turn it was has it again in the next round",
        "escalation/steps.py",
        "        turn = situation.turn + plan.cycle + plan.round + plan.attempt - 2\n",
        "        turn = situation.turn + plan.cycle + plan.attempt - 1\n",
    ),
    Sabotage(
        "a turn of somebody out of reach is lost",
        "escalation/steps.py",
        "        if any(due_rules(book.users.get(person.id), urgency, now)):\n            break\n",
        "        break\n",
    ),
    Sabotage(
        "the first ack is that of all",
        "escalation/replans.py",
        'policy.steps[plan.step - 1].ack != "all":\n',
        'policy.steps[plan.step - 1].ack != "none":\n',
    ),
    Sabotage(
        "whoever acknowledged where others still have to is paged on",
        "escalation/replans.py",
        "        plan, acked=(*plan.acked, user), pending=tuple(page for page in plan.pending if page.user != user)\n",
        "        plan, acked=(*plan.acked, user)\n",
    ),
    Sabotage(
        "whoever acknowledged is paged by the next step all the same",
        "escalation/steps.py",
        "        if person.id in plan.acked:\n            continue\n",
        "        if not person.id:\n            continue\n",
    ),
    Sabotage(
        "a page on its way to whoever acknowledged is sent",
        "engine/stale.py",
        "    if page.cycle == incident.plan.cycle and page.user in incident.plan.acked:\n",
        "    if not page.user and page.user in incident.plan.acked:\n",
    ),
    Sabotage(
        "an ack that comes again is called that of the incident",
        "escalation/drafts.py",
        '    return Answer.PARTLY if f"{id}{_PARTLY}" in incident.commands else None\n',
        '    return Answer.DONE if f"{id}{_PARTLY}" in incident.commands else None\n',
    ),
    Sabotage(
        "everyone is whoever is on call",
        "escalation/targets.py",
        "            return _everyone(book.schedules[target.name], book, at)\n",
        "            return on_call(book.schedules[target.name], at)\n",
    ),
    Sabotage(
        "whoever comes next is on call already",
        "escalation/targets.py",
        "            if others := tuple(one for one in span.users if one not in now):\n",
        "            if others := tuple(one for one in span.users):\n",
    ),
)

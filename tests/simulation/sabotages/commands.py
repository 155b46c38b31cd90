"""What people do with an incident beside taking and ending it."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "a merge that comes again is answered as news",
        "engine/actions.py",
        "        if wish.id in source.commands:\n",
        "        if wish.id in source.commands and wish.number is None:\n",
    ),
    Sabotage(
        "a snooze never ends",
        "escalation/decide.py",
        "    draft.incident = replace(draft.incident, state=State.SNOOZED, snoozed_until=until)\n",
        "    draft.incident = replace(draft.incident, state=State.SNOOZED, snoozed_until=None)\n",
    ),
    Sabotage(
        "a snooze is an hour, whatever was asked",
        "escalation/taking.py",
        "    span = command.span or timedelta(hours=1)\n",
        "    span = timedelta(hours=1)\n",
    ),
    Sabotage(
        "what is snoozed is paged on",
        "escalation/decide.py",
        "    taken(draft, actor, replace(draft.incident, ack_timeout_at=None, remind_at=None))\n",
        "    draft.incident = replace(draft.incident, acked_by=actor)\n",
    ),
    Sabotage(
        "a snooze of ten seconds is taken",
        "escalation/taking.py",
        "    if not SHORTEST_SNOOZE <= span <= LONGEST_SNOOZE:\n",
        "    if span > LONGEST_SNOOZE:\n",
    ),
    Sabotage(
        "what is given back waits for its timeout",
        "escalation/taking.py",
        '    again(draft, context, draft.now, command.actor, "by_hand")\n',
        '    again(draft, context, draft.now + timedelta(minutes=2), command.actor, "by_hand")\n',
    ),
    Sabotage(
        "whoever takes an ack back is paged no more",
        "escalation/steps.py",
        "    return replace(plan, pending=(*plan.pending, *fresh)), fresh\n",
        "    return plan, ()\n",
    ),
    Sabotage(
        "an ack that is taken back still counts",
        "escalation/steps.py",
        "    plan = replace(plan, acked=left, taken_back=plan.taken_back + 1)\n",
        "    plan = replace(plan, taken_back=plan.taken_back + 1)\n",
    ),
    Sabotage(
        "whoever escalates is told the step before",
        "escalation/replans.py",
        "        return plan.round, plan.step + 1\n",
        "        return plan.round, max(1, plan.step)\n",
    ),
    Sabotage(
        "escalating to a step begins with the first",
        "escalation/replans.py",
        "    return replace(plan, step=step - 1, next=Next.STEP, next_at=at, reached=True)\n",
        "    return replace(plan, step=0, next=Next.STEP, next_at=at, reached=True)\n",
    ),
    Sabotage(
        "going back to an earlier step is no new cycle",
        "escalation/replans.py",
        "    if back:\n        plan = plan.began(at, plan.cycle + 1)\n",
        "    if back:\n        plan = plan.began(at, plan.cycle)\n",
    ),
    Sabotage(
        "whoever it is given to waits for the policy",
        "escalation/drafts.py",
        '    return replace(policy, steps=(Step(tuple(Target("user", user) for user in users)), *policy.steps))\n',
        '    return replace(policy, steps=(*policy.steps, Step(tuple(Target("user", user) for user in users))))\n',
    ),
    Sabotage(
        "what was given away pages by its old plan, too",
        "escalation/taking.py",
        "    raised = begin_anew(draft, context.service, draft.now)\n    incident = draft.incident\n",
        "    pending = draft.incident.plan.pending\n"
        "    raised = begin_anew(draft, context.service, draft.now)\n"
        "    incident = replace(draft.incident, plan=replace(draft.incident.plan, pending=pending))\n",
    ),
    Sabotage(
        "what is given to somebody else is loud",
        "escalation/taking.py",
        "    handling = replace(incident.handling, assigned=assigned)\n",
        "    handling = replace(incident.handling, assigned=assigned)\n"
        "    incident = replace(incident, urgency=Urgency.HIGH)\n",
    ),
    Sabotage(
        "the configuration of now takes an ack away",
        "escalation/taking.py",
        '        draft.note("revision_changed", command.actor, after=incident.revision)\n',
        "        begin_anew(draft, context.service, draft.now)\n"
        '        draft.note("revision_changed", command.actor, after=incident.revision)\n',
    ),
    Sabotage(
        "what is moved keeps its policy",
        "engine/actions.py",
        "    policy = wish.policy or service.policy\n",
        "    policy = incident.policy if wish.policy in config.book.policies else wish.policy or service.policy\n",
    ),
    Sabotage(
        "what is moved keeps its revision",
        "engine/actions.py",
        "        revision=revision,\n        labels",
        "        revision=incident.revision,\n        labels",
    ),
    Sabotage(
        "what is moved is not asked for the labels of its new policy",
        "engine/actions.py",
        "        labels=_labels(ports, incident, config.book.policies[policy]),\n",
        "        labels=incident.labels,\n",
    ),
    Sabotage(
        "a merge leaves the alerts behind",
        "engine/actions.py",
        "        moved = [one for one in _alerts(ports, source) if one.open]\n",
        "        moved = [one for one in _alerts(ports, source) if one.open and one.count > 1]\n",
    ),
    Sabotage(
        "the target of a merge does not hear of it",
        "escalation/record.py",
        '    draft.note("merged", command.actor, source=source.number, alerts=len(source.alerts))\n',
        "    draft.incident = replace(draft.incident, handling=target.handling)\n",
    ),
    Sabotage(
        "the first alert to recover ends an incident of several",
        "engine/triage.py",
        "    if any(one is not None and one.open and one.incident == incident.number for one in others):\n",
        "    if any(one is not None and one.open and one.incident != incident.number for one in others):\n",
    ),
    Sabotage(
        "what is reopened has no alert",
        "engine/actions.py",
        "    return replace(decision, opens=[one.key for one in alerts if not one.open], mutes=unmuted)\n",
        "    return replace(decision, mutes=unmuted)\n",
    ),
    Sabotage(
        "an incident is never reopened without all of its alerts",
        "engine/actions.py",
        "    found = [ports.store.alert(key)[0] for key in incident.alerts]\n",
        "    found = [ports.store.alert_of(incident.number, key)[0] for key in incident.alerts]\n",
    ),
    Sabotage(
        "whoever is asked to join is asked by the rules for low urgency",
        "escalation/joining.py",
        "        rules = list(due_rules(context.book.users.get(user), Urgency.HIGH, draft.now))\n",
        "        rules = list(due_rules(context.book.users.get(user), Urgency.LOW, draft.now))\n",
    ),
    Sabotage(
        "whoever has answered is asked on",
        "escalation/joining.py",
        "            asks=tuple(page for page in handling.asks if page.user != user),\n",
        "            asks=handling.asks,\n",
    ),
    Sabotage(
        "whoever was not asked may join",
        "escalation/joining.py",
        '    if command.actor.kind != "user" or user not in handling.responders:\n',
        '    if command.actor.kind != "user":\n',
    ),
    Sabotage(
        "a note is written by nobody",
        "escalation/record.py",
        '    draft.note("note", command.actor, text=text)\n',
        '    draft.note("note", replace(command.actor, name="tocsin"), text=text)\n',
    ),
    Sabotage(
        "a link may be anything",
        "escalation/record.py",
        '        not url.startswith(("https://", "http://"))\n        or not url.isascii()\n',
        "        not url.isascii()\n",
    ),
)

"""The sabotages, by the promise that they break."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

_COMMIT = """        try:
            ports.store.commit(commit, audit_at(changed, now))
        except Conflict:
            ports.clock.pause(attempt)
            continue
        send(ports, changed)
"""

_STALE = """    if incident.state is State.RESOLVED:
        return "resolved"
    if incident.state is State.ACKNOWLEDGED:
        return "acknowledged"
    if page.cycle < incident.floor:
        return "another_cycle"
    return None


def _attempt"""

_READ = "    incident = ports.store.incident(number)\n"
_CLAIM = """    won, record = ports.store.claim_page(number, page, now, now + LEASE)
    if not won:
        if record.state in FINAL:
            if record.state is PageState.REFUSED:
                _refused(ports, number, page, record.reason or "refused")
            return None
        return max(1.0, (record.lease_until - now).total_seconds())
    incident = ports.store.incident(number)
"""
_CLAIM_LATE = _READ + _CLAIM.removesuffix(_READ)

ALL = (
    # -- an accepted alert is never lost ------------------------------------------------------------------------
    Sabotage(
        "the door answers 202 for what the queue did not take",
        "engine/ingest.py",
        "    if failed:\n        message = f",
        "    if failed and not events:\n        message = f",
    ),
    Sabotage(
        "the door's batch forgets what the alert queue did not take",
        "functions/ingest/app.py",
        '        return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}',
        '        return {"batchItemFailures": []}',
    ),
    Sabotage(
        "a batch of events that failed is not given back",
        "functions/triage/app.py",
        '            failed.extend(record["messageId"] for record in records if record["messageId"] not in unread)\n',
        "            pass\n",
    ),
    Sabotage(
        "a repeat gets no fate",
        "engine/triage.py",
        "    ports.store.put_fates([_fate(ports, key, one.event, FateKind.REPEAT, alert.incident) for one in run])\n",
        "",
    ),
    Sabotage(
        "what was counted before a crash is counted again",
        "engine/triage.py",
        "    fresh = [one for one in run if one.seq > alert.last_seq]\n",
        "    fresh = list(run)\n",
    ),
    Sabotage(
        "what was counted before a crash opens an incident of its own",
        "engine/triage.py",
        "    if alert is not None and one.seq <= alert.last_seq:\n",
        "    if alert is not None and one.seq <= '':\n",
    ),
    Sabotage(
        "an event that has its fate is settled again",
        "engine/triage.py",
        "    if fate is not None:\n        if fate.kind is FateKind.INCIDENT",
        "    if fate is not None and fate.kind is not FateKind.INCIDENT:\n        if fate.kind is FateKind.INCIDENT",
    ),
    Sabotage(
        "a sender's resolve acknowledges",
        "engine/triage.py",
        "Action.RESOLVE if resolve else Action.ACKNOWLEDGE",
        "Action.ACKNOWLEDGE if resolve else Action.RESOLVE",
    ),
    Sabotage(
        "a resolve among repeats is one of them",
        "engine/triage.py",
        "        if one.event.parsed.action is not Asked.TRIGGER or one.event.id in fates:\n            break",
        "        if one.event.id in fates:\n            break",
    ),
    Sabotage(
        "every event is for the service that catches all",
        "engine/triage.py",
        "    name = known.service if known is not None else config.catch_all\n",
        "    name = config.catch_all if known is not None else config.catch_all\n",
    ),
    Sabotage(
        "an automatic resolve counts from the opening",
        "escalation/decide.py",
        "        quiet_at = (last_event_at or incident.opened_at) + patience if patience else None\n",
        "        quiet_at = incident.opened_at + patience if patience else None\n",
    ),
    Sabotage(
        "nothing resolves itself",
        "escalation/decide.py",
        "        if quiet_at is not None and quiet_at <= now:\n",
        "        if quiet_at is not None and quiet_at <= incident.opened_at:\n",
    ),
    Sabotage(
        "any trigger on a closed alert with a resolve is late",
        "engine/triage.py",
        "and one.event.came_at < alert.resolve_came_at:\n",
        "and one.event.came_at >= alert.resolve_came_at:\n",
    ),
    Sabotage(
        "a resolved incident leaves its alert open",
        "engine/commits.py",
        "        closes = changed.alerts if changed.state is State.RESOLVED else ()\n",
        "        closes: tuple[str, ...] = ()\n",
    ),
    # -- arm, commit, send --------------------------------------------------------------------------------------
    Sabotage(
        "pages are sent before their commit",
        "engine/commits.py",
        _COMMIT,
        _COMMIT.replace("        send(ports, changed)\n", "").replace(
            "        try:\n", "        send(ports, changed)\n        try:\n"
        ),
    ),
    Sabotage(
        "pages of a command are not sent",
        "engine/commits.py",
        _COMMIT,
        _COMMIT.replace("        send(ports, changed)\n", ""),
    ),
    Sabotage(
        "pages are marked sent before they are",
        "engine/commits.py",
        "    ports.pages.put([PageMessage(incident.number, page) for page in incident.outbox.values()])\n"
        "    ports.store.mark_sent(incident.number, tuple(incident.outbox))\n",
        "    ports.store.mark_sent(incident.number, tuple(incident.outbox))\n"
        "    ports.pages.put([PageMessage(incident.number, page) for page in incident.outbox.values()])\n",
    ),
    Sabotage(
        "a commit does not look at the version",
        "store/memory.py",
        "        if stored is None or stored.version != commit.version:\n",
        "        if stored is None:\n",
    ),
    Sabotage(
        "a command that comes again is a new one",
        "engine/commits.py",
        "        if command_id in incident.commands:\n",
        "        if command_id in incident.commands[:0]:\n",
    ),
    Sabotage(
        "a command arms no clock",
        "engine/commits.py",
        '        clock = arming.name(number, decision.incident.due) if decision.incident.due is not None else ""\n',
        '        clock = "" if arming else ""\n',
    ),
    Sabotage(
        "a command keeps the old clock",
        "engine/commits.py",
        '        clock = arming.name(number, decision.incident.due) if decision.incident.due is not None else ""\n',
        '        clock = incident.clock if arming else ""\n',
    ),
    Sabotage(
        "the first wake-up is ten minutes away",
        "engine/commits.py",
        "FIRST_WAKE = timedelta(seconds=15)",
        "FIRST_WAKE = timedelta(minutes=10)",
    ),
    Sabotage(
        "alarms are raised after the commit",
        "engine/commits.py",
        "        raise_alarms(ports, decision)\n        clock = arming",
        "        clock = arming",
    ),
    Sabotage(
        "the clock's alarms are raised after the commit",
        "engine/wake.py",
        "    raise_alarms(ports, decision)\n    try:\n",
        "    try:\n",
    ),
    Sabotage(
        "a decision rests on the configuration of today",
        "engine/commits.py",
        "    book = (config or ports.store.revision(incident.revision)).book\n",
        "    book = (config or ports.store.config()[1]).book\n",
    ),
    # -- the clock and the auditor ------------------------------------------------------------------------------
    Sabotage(
        "a wake-up does not send what a crash left behind",
        "engine/wake.py",
        "        send(ports, incident)\n        if incident.due is None:\n",
        "        if incident.due is None:\n",
    ),
    Sabotage(
        "a wake-up does not send what it made due",
        "engine/wake.py",
        "    send(ports, changed)\n    return END if handover",
        "    return END if handover",
    ),
    Sabotage(
        "an execution that is nobody's clock goes on",
        "engine/wake.py",
        "        if incident is None or incident.clock != clock:\n",
        "        if incident is None:\n",
    ),
    Sabotage(
        "an execution that does not find its name ends at once",
        "engine/wake.py",
        "            return Wait(next((started + age for age in LOOKS if started + age > now), None))\n",
        "            return END\n",
    ),
    Sabotage(
        "a wake-up believes its own clock",
        "engine/wake.py",
        "        now = max(ports.clock.now(), waited_until)\n",
        "        now = ports.clock.now()\n",
    ),
    Sabotage(
        "due is rounded down to the second",
        "incidents/times.py",
        "        return at.replace(microsecond=0) + timedelta(seconds=1)\n",
        "        return at.replace(microsecond=0)\n",
    ),
    Sabotage(
        "the auditor looks after no incident that has a clock",
        "engine/audit.py",
        "    return incident.due is not None and (not incident.clock or incident.due <= now - OVERDUE)\n",
        "    return incident.due is not None and not incident.clock\n",
    ),
    Sabotage(
        "the auditor looks after no incident without a clock",
        "engine/commits.py",
        "    return incident.due if incident.clock else min(now, incident.due)\n",
        "    return incident.due if incident.clock else None\n",
    ),
    Sabotage(
        "the auditor raises no alarm",
        "engine/audit.py",
        "        if incident.clock and not late:\n",
        "        if incident.clock and not late and not incident.open:\n",
    ),
    Sabotage(
        "the auditor gives way to whoever wrote first",
        "engine/audit.py",
        "        except Conflict:\n            # A minute",
        "        except Conflict:\n            return late, False\n            # A minute",
    ),
    Sabotage(
        "the auditor takes everything for overdue",
        "engine/audit.py",
        "OVERDUE = timedelta(seconds=60)",
        "OVERDUE = timedelta(seconds=-60)",
    ),
    Sabotage(
        "the timeline trusts every clock",
        "incidents/incident.py",
        "        return max(now, self.changed_at) if self.changed_at is not None else now\n",
        "        return now\n",
    ),
    # -- pages --------------------------------------------------------------------------------------------------
    Sabotage(
        "a claim has no lease",
        "store/memory.py",
        "        if not expired and stored.state is not PageState.WAITING:\n",
        "        if stored.state in FINAL:\n",
    ),
    Sabotage(
        "a lease never runs out",
        "store/memory.py",
        "        expired = stored.state is PageState.SENDING and stored.lease_until <= now\n",
        "        expired = False\n",
    ),
    Sabotage(
        "a page that is final is sent again",
        "store/memory.py",
        "        if not expired and stored.state is not PageState.WAITING:\n",
        "        if stored.state is PageState.SENDING and not expired:\n",
    ),
    Sabotage(
        "what may have been sent twice is not marked",
        "store/memory.py",
        "            maybe_twice=expired or stored.maybe_twice,\n",
        "            maybe_twice=stored.maybe_twice,\n",
    ),
    Sabotage(
        "a held lease makes a page done with",
        "engine/deliver.py",
        "        return max(1.0, (record.lease_until - now).total_seconds())\n",
        "        return None\n",
    ),
    Sabotage(
        "a page is sent whatever became of its incident",
        "engine/deliver.py",
        _STALE,
        "    return None\n\n\ndef _attempt",
    ),
    Sabotage("a page looks at the incident before its claim", "engine/deliver.py", _CLAIM, _CLAIM_LATE),
    Sabotage(
        "a page ignores the cycle",
        "engine/deliver.py",
        '    if page.cycle < incident.floor:\n        return "another_cycle"\n',
        "",
    ),
    Sabotage(
        "a page that failed is not given back",
        "functions/page/app.py",
        '            failed.append(record["messageId"])\n            continue\n',
        "            continue\n",
    ),
    Sabotage(
        "a page that must wait is done with",
        "functions/page/app.py",
        "        if again is not None:\n",
        "        if again is not None and again < 0:\n",
    ),
    Sabotage(
        "an outcome is lost to the first transaction in its way",
        "engine/deliver.py",
        "            if stored is None or stored.tries != finished.tries or stored.state is not PageState.SENDING:\n",
        "            if stored is None or stored.tries >= 0:\n",
    ),
    Sabotage(
        "a refusal that a crash cut short is forgotten",
        "engine/deliver.py",
        "            if record.state is PageState.REFUSED:\n"
        '                _refused(ports, number, page, record.reason or "refused")\n'
        "            return None\n",
        "            return None\n",
    ),
    Sabotage(
        "whatever was sent counts as refused",
        "engine/deliver.py",
        "    if outcome.state is PageState.REFUSED:\n        _refused(",
        "    if outcome.state in FINAL:\n        _refused(",
    ),
    Sabotage(
        "a step that reached nobody is not passed",
        "escalation/planner.py",
        "        and not _reaching(plan)\n    ):",
        "        and _reaching(plan)\n    ):",
    ),
    Sabotage(
        "a call that was held back is not named",
        "engine/deliver.py",
        "    if outcome.note:\n",
        "    if outcome.note and not outcome.channel:\n",
    ),
    Sabotage(
        "support hours wake nobody",
        "incidents/plan.py",
        "        if self.raise_at is not None:\n            instants.append(self.raise_at)\n",
        "",
    ),
    Sabotage(
        "nobody is told which codes there are",
        "engine/reply.py",
        "        if incident is not None and incident.open:\n            found.append((number, code))\n",
        "        if incident is not None and not incident.open:\n            found.append((number, code))\n",
    ),
    Sabotage(
        "nobody is told that it is theirs",
        "engine/reply.py",
        "    if answer is Answer.DONE or after is None:\n        code = next",
        "    if after is None:\n        code = next",
    ),
    Sabotage(
        "nobody is tried next after a refusal",
        "engine/deliver.py",
        "    if outcome.state is PageState.REFUSED:\n        _refused(",
        "    if outcome.state is PageState.WAITING:\n        _refused(",
    ),
    Sabotage(
        "a receipt that says never is only noted",
        "engine/receipts.py",
        "    if not receipt.hard:\n",
        "    if receipt.status:\n",
    ),
    Sabotage(
        "two calls may ring at once",
        "paging/throttle.py",
        "    if person and person.page_id != page_id and now < person.at + CALL_GAP:\n",
        "    if person and person.page_id != page_id and now < person.at:\n",
    ),
    Sabotage(
        "a page's id knows no round",
        "incidents/plan.py",
        '        return f"{number}-c{self.cycle}-r{self.round}-s{self.step}-{self.user}-{self.rule}{tried}"\n',
        '        return f"{number}-c{self.cycle}-r1-s{self.step}-{self.user}-{self.rule}{tried}"\n',
    ),
    # -- the plan -----------------------------------------------------------------------------------------------
    Sabotage(
        "one round too few",
        "escalation/planner.py",
        "    if plan.round <= policy.repeat:\n",
        "    if plan.round < policy.repeat:\n",
    ),
    Sabotage(
        "the wait of the step before",
        "escalation/planner.py",
        "next=following, next_at=now + step.wait)",
        "next=following, next_at=now + policy.steps[max(0, plan.step - 2)].wait)",
    ),
    Sabotage(
        "rules run on beside those of the next step",
        "escalation/planner.py",
        "    kept = tuple(page for page in plan.pending if page.user not in targeted)\n",
        "    kept = plan.pending\n",
    ),
    Sabotage(
        "who is on call is asked when the incident opens",
        "escalation/planner.py",
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
        "        ack_timeout_at=draft.now + timeout if timeout is not None else None,\n",
        "        ack_timeout_at=None,\n",
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
        "escalation/decide.py",
        "    room = max(0, (context.page_cap or 0) - incident.pages)\n",
        "    room = max(0, (context.page_cap or 0) - incident.pages) + 1\n",
    ),
    Sabotage(
        "nobody has a contact",
        "engine/deliver.py",
        "    if user is None or contact is None:\n",
        "    if user is None or contact is not None:\n",
    ),
    # -- answers ------------------------------------------------------------------------------------------------
    Sabotage(
        "a text that failed is not given back",
        "functions/reply/app.py",
        '            failed.append(record["messageId"])\n',
        "            pass\n",
    ),
    Sabotage(
        "a text that comes again means what it means today",
        "store/memory.py",
        "        return self._texts.setdefault(id, BoundText(incident))\n",
        "        return BoundText(incident)\n",
    ),
    Sabotage(
        "a text that has its answer acts when it comes again",
        "engine/reply.py",
        "    if bound.words is not None:\n",
        "    if bound.words == '':\n",
    ),
    Sabotage(
        "a code is given again as soon as it is free",
        "engine/deliver.py",
        "        given = codes.give(phone.codes, lambda other: not _is_open(ports, other), incident)\n",
        "        mine = phone.codes.items()\n"
        "        held = {code: other for code, other in mine if other == incident or _is_open(ports, other)}\n"
        "        given = codes.give(held, lambda other: False, incident)\n",
    ),
    Sabotage(
        "a phone is written whatever others wrote",
        "store/memory.py",
        "        if (stored.version if stored is not None else 0) != phone.version:\n",
        "        if stored is None and phone.version:\n",
    ),
    Sabotage(
        "an answer is sent as often as it comes",
        "store/memory.py",
        "            if lease is None:\n                return NoticeClaim.DONE\n",
        "            if lease is None:\n                return NoticeClaim.WON\n",
    ),
    Sabotage(
        "no key does anything",
        "engine/reply.py",
        "    if press.incident is None or action is None:\n",
        "    if press.incident is not None or action is None:\n",
    ),
    Sabotage(
        "STOP stops nothing",
        "engine/deliver.py",
        "ports.store.phone(contact.address).opted_out_at is not None:\n        return Outcome",
        "not contact.address:\n        return Outcome",
    ),
    Sabotage(
        "every link is over",
        "engine/links.py",
        "    if grant is None or incident is None or not incident.open:\n"
        "        return None\n    return _view(ports, incident, grant)",
        "    if grant is None or incident is None or incident.open:\n"
        "        return None\n    return _view(ports, incident, grant)",
    ),
    Sabotage(
        "a link acts when it is looked at",
        "functions/reply/app.py",
        "    page = render(links.press(ports, token, action, seen) if action else links.look(ports, token))\n",
        "    from tocsin.escalation.decide import Action\n\n"
        "    page = render(links.press(ports, token, action or Action.ACKNOWLEDGE, seen))\n",
    ),
    Sabotage(
        "a button counts as often as it is posted",
        "engine/links.py",
        '    page = f"v{seen}" if seen is not None else f"{incident.plan.cycle}-{incident.state.value}"\n',
        '    page = f"{incident.version}"\n',
    ),
    Sabotage(
        "everybody is told that it is theirs",
        "engine/reply.py",
        "    if answer is Answer.DONE or after is None:\n        code = next",
        "    if answer is not Answer.UNKNOWN or after is None:\n        code = next",
    ),
    Sabotage(
        "the stream's function leaves the last line of a batch out",
        "functions/react/app.py",
        'new_entries(event["Records"])',
        'new_entries(event["Records"][:-1])',
    ),
    # -- the log ------------------------------------------------------------------------------------------------
    Sabotage(
        "numbers stand in the log as they are",
        "edge/log.py",
        '    return _NUMBER.sub("+…", json.dumps(entry, default=str, separators=(",", ":"), ensure_ascii=False))\n',
        '    return json.dumps(entry, default=str, separators=(",", ":"), ensure_ascii=False)\n',
    ),
    Sabotage(
        "the door logs its path",
        "functions/ingest/app.py",
        '            "a message was refused", extra={"status": response.status, "answer": response.body}\n',
        '            "a message was refused", extra={"status": response.status, "path": event["rawPath"]}\n',
    ),
)

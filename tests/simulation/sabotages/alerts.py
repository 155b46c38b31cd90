"""An accepted alert is never lost, and never counted twice."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "the door answers 202 for what the queue did not take",
        "engine/ingest.py",
        "    if failed:\n        message = f",
        "    if failed and not events:\n        message = f",
    ),
    Sabotage(
        "the door's batch forgets what the alert queue did not take",
        "functions/ingest/app.py",
        '        return failures(again_soon(one for one in event["Records"] if one["messageId"] in failed))\n',
        "        return failures([])\n",
    ),
    Sabotage(
        "a batch of events that failed is not given back",
        "functions/triage/app.py",
        "            failed.extend(read)\n",
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
        "alert.resolve_came_at is None or one.event.came_at >= alert.resolve_came_at\n",
        "alert.resolve_came_at is None or one.event.came_at < alert.resolve_came_at\n",
    ),
    Sabotage(
        "a resolved incident leaves its alert open",
        "engine/commits.py",
        "        closes = changed.alerts if ends else decision.closes\n",
        "        closes: tuple[str, ...] = ()\n",
    ),
)

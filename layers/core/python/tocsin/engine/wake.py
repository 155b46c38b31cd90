"""A wake-up of an incident's clock: sends what is left, waits on, or advances the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from tocsin.engine.commits import arm, audit_at, context, raise_alarms, send
from tocsin.engine.ports import ATTEMPTS, Ports, TooBusy
from tocsin.escalation.decide import woken
from tocsin.incidents.incident import Incident, State
from tocsin.store.incidents import Commit
from tocsin.store.ports import Conflict

#: The ages at which an execution that does not find its name looks again, for its commit may be on the way. The first
#: is for one that is armed for what is overdue, and wakes before it is committed; others wake later than that, and cost
#: one wake-up more when an answer has taken their place.
LOOKS = (timedelta(seconds=5), timedelta(seconds=60))
#: An execution's history is bounded, so a long incident changes clocks after so many advances.
WAKES_PER_EXECUTION = 500


class Wait(NamedTuple):
    """The execution waits until ``due`` and wakes again, or ends when ``due`` is None."""

    due: datetime | None


END = Wait(None)


def wake(ports: Ports, number: int, clock: str, started: datetime, waited_until: datetime) -> Wait:
    """What the execution ``clock``, started at ``started``, does next. Raises TooBusy.

    It is ``waited_until`` at least: the state machine's clock says so. A function whose own clock is behind would send
    it back to wait for an instant that is past, and would be asked again at once, and again.
    """
    for attempt in range(ATTEMPTS):
        incident = ports.store.incident(number)
        now = max(ports.clock.now(), waited_until)
        if incident is None or incident.clock != clock:
            return Wait(next((started + age for age in LOOKS if started + age > now), None))
        now = incident.not_before(now)
        send(ports, incident)
        if incident.due is None:
            return END
        if incident.due > now:
            return Wait(incident.due)
        after = _advance(ports, incident, clock, now)
        if after is not None:
            return after
        ports.clock.pause(attempt)
    raise TooBusy(f"incident {number} was changed by others {ATTEMPTS} times in a row")


def _advance(ports: Ports, incident: Incident, clock: str, now: datetime) -> Wait | None:
    """Advances a due incident and commits it. None when somebody else wrote first."""
    decision = woken(incident, context(ports, incident), now, _last_event(ports, incident, now))
    if decision.incident is None:
        return END
    wakes = incident.wakes + 1
    handover = wakes % WAKES_PER_EXECUTION == 0 and decision.incident.due is not None
    name = arm(ports, incident.number, decision.incident.due) if handover else clock
    changed = replace(decision.incident, version=incident.version + 1, clock=name, wakes=wakes)
    closes = changed.alerts if changed.state is State.RESOLVED else ()
    raise_alarms(ports, decision)
    try:
        commit = Commit(changed, incident.version, decision.entries, closes=closes)
        ports.store.commit(commit, audit_at(changed, now))
    except Conflict:
        return None
    send(ports, changed)
    return END if handover or changed.due is None else Wait(changed.due)


def _last_event(ports: Ports, incident: Incident, now: datetime) -> datetime | None:
    """When the incident's latest event came: asked only when the automatic resolve is due."""
    if incident.auto_resolve_at is None or incident.auto_resolve_at > now:
        return None
    seen = []
    for key in incident.alerts:
        alert, _ = ports.store.alert_of(incident.number, key)
        if alert is not None and alert.last_seen is not None:
            seen.append(alert.last_seen)
    return max(seen, default=None)

"""Everything that can be done with an incident, whatever the surface: what concerns more than the incident is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from tocsin.alerts.event import AlertEvent
from tocsin.engine.commits import (
    Arming,
    Changed,
    audit_at,
    change,
    command,
    context,
    part_of,
    raise_alarms,
    send,
)
from tocsin.engine.labels import asked_labels
from tocsin.engine.ports import ATTEMPTS, Ports, TooBusy
from tocsin.escalation.commands import Action, Command, gone_over
from tocsin.escalation.drafts import Answer, Context, Decision
from tocsin.escalation.model import Policy
from tocsin.escalation.obey import commanded
from tocsin.escalation.record import took_in
from tocsin.incidents.alert import Alert
from tocsin.incidents.incident import Incident
from tocsin.store.incidents import Commit
from tocsin.store.ports import Conflict

#: A transaction holds 100 items: two incidents, two for each alert, and the timelines' lines.
MOST_ALERTS = 40


def act(ports: Ports, number: int, wish: Command) -> Changed:
    """Does what somebody wishes. Raises TooBusy, and what the store raises."""
    match wish.action:
        case Action.MERGE:
            return _merge(ports, number, wish)
        case Action.REOPEN:
            return change(ports, number, wish.id, partial(_reopened, ports, wish))
        case Action.MOVE:
            return change(ports, number, wish.id, partial(_moved, ports, wish))
        case Action.MUTE | Action.UNMUTE:
            return change(ports, number, wish.id, partial(_muted, ports, wish))
    return command(ports, number, wish)


def _reopened(ports: Ports, wish: Command, incident: Incident, around: Context, now: datetime) -> Decision:
    """Its alerts that are closed and still belong to it are open again with it, so that repeats find it. None of them
    is muted any more: somebody wants to hear of it."""
    decision = commanded(incident, wish, around, now)
    if decision.incident is None:
        return decision
    alerts = _alerts(ports, incident)
    unmuted = dict.fromkeys((one.key for one in alerts if one.muted_until is not None), None)
    return replace(decision, opens=[one.key for one in alerts if not one.open], mutes=unmuted)


def _muted(ports: Ports, wish: Command, incident: Incident, around: Context, now: datetime) -> Decision:
    """Those of its alerts that are its own, open or closed, are muted with it, or muted no more."""
    decision = commanded(incident, wish, around, now)
    if decision.answer is not Answer.DONE or decision.incident is None:
        return decision
    until = decision.incident.handling.muted_until
    alerts = [one for one in _alerts(ports, incident) if until is not None or one.muted_until is not None]
    if not alerts and incident.handling.merged_into is not None:
        return Decision(Answer.REFUSED, why=gone_over(around.part_of or incident.handling.merged_into))
    if not alerts and until is not None:
        return Decision(Answer.REFUSED, why=_elsewhere(ports, incident))
    return replace(decision, mutes=dict.fromkeys((one.key for one in alerts), until))


def _elsewhere(ports: Ports, incident: Incident) -> str:
    """Who has the alerts of an incident that has none of its own any more."""
    found = (ports.store.alert(key)[0] for key in incident.alerts)
    others = sorted({one.incident for one in found if one is not None and one.incident is not None})
    return f"its alerts belong to {', '.join(f'#{other}' for other in others)} now"


def _moved(ports: Ports, wish: Command, incident: Incident, around: Context, now: datetime) -> Decision:
    """It goes over to the revision in force, and to another policy where one is named or the service has one."""
    revision, config, changes = ports.store.in_force()
    service = config.book.services.get(incident.service)
    if service is None:
        return Decision(
            Answer.REFUSED, why=f"the configuration of now has no service {incident.service!r} any more"
        )
    policy = wish.policy or service.policy
    if policy not in config.book.policies:
        known = ", ".join(sorted(config.book.policies)[:20])
        return Decision(Answer.REFUSED, why=f"there is no policy {policy!r}; there are {known}")
    if incident.open and (revision, policy) == (incident.revision, incident.policy):
        return Decision(
            Answer.ALREADY, why=f"it goes by the policy {policy!r} of the configuration of now already"
        )
    moved = replace(
        incident,
        revision=revision,
        labels=_labels(ports, incident, config.book.policies[policy]),
    )
    there = moved
    if policy != incident.policy:
        there = replace(moved, policy=policy, handling=replace(incident.handling, assigned=()))
    return commanded(moved, wish, context(ports, there, config, changes), now)


def _labels(ports: Ports, incident: Incident, policy: Policy) -> Mapping[str, str]:
    """Those that the branches of the other policy ask for: of the event that opened the incident, as ever."""
    _, event = ports.store.alert_of(incident.number, incident.alerts[0]) if incident.alerts else (None, None)
    return asked_labels(policy, AlertEvent.from_json(event)) if event else incident.labels


def _merge(ports: Ports, number: int, wish: Command) -> Changed:
    """One incident becomes a part of another: it is over, and the other has its open alerts."""
    arming = Arming(ports)
    for attempt in range(ATTEMPTS):
        source = ports.store.incident(number)
        target = ports.store.incident(wish.number) if wish.number is not None else None
        if source is None:
            return Changed(Answer.UNKNOWN, None)
        if wish.id in source.commands:
            return Changed(Answer.DONE, source)
        if target is None:
            return Changed(Answer.REFUSED, source, _no_target(wish))
        now = target.not_before(source.not_before(ports.clock.now()))
        ending = commanded(source, wish, context(ports, source), now)
        if ending.incident is None:
            return Changed(ending.answer, source, ending.why)
        moved = [one for one in _alerts(ports, source) if one.open]
        taking = took_in(
            target, replace(source, alerts=tuple(one.key for one in moved)), wish, now, part_of(ports, target)
        )
        if taking.incident is None:
            return Changed(taking.answer, source, taking.why)
        if len(taking.incident.alerts) > MOST_ALERTS:
            return Changed(Answer.REFUSED, source, f"an incident has at most {MOST_ALERTS} alerts")
        raise_alarms(ports, ending)
        due = taking.incident.due
        clock = arming.name(target.number, due) if due is not None else ""
        over = replace(ending.incident, version=source.version + 1, clock="")
        larger = replace(taking.incident, version=target.version + 1, clock=clock)
        try:
            ports.store.merge(
                Commit(over, source.version, ending.entries),
                Commit(larger, target.version, taking.entries),
                moved,
                audit_at(larger, now),
            )
        except Conflict:
            ports.clock.pause(attempt)
            continue
        send(ports, larger)
        return Changed(ending.answer, over)
    raise TooBusy(f"incidents {number} and {wish.number} were changed by others {ATTEMPTS} times in a row")


def _no_target(wish: Command) -> str:
    if wish.number is None:
        return "name another incident that it shall be a part of"
    return f"there is no incident #{wish.number} that it could be a part of"


def _alerts(ports: Ports, incident: Incident) -> Sequence[Alert]:
    """The incident's alerts, as far as they still belong to it."""
    # As they are now: the incident's own copies of those that have gone on to another one still bear its number.
    found = [ports.store.alert(key)[0] for key in incident.alerts]
    return [one for one in found if one is not None and one.incident == incident.number]

"""Triage: what each accepted event becomes. An incident, a repeat, an ack, a resolve, a latecomer, or a named drop.

Events with one dedup key arrive one after another (they share a FIFO group); everything here may still happen twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from tocsin.alerts.event import Action as Asked
from tocsin.alerts.event import AlertEvent, key_hash
from tocsin.engine.commits import Arming, audit_at, change, command, context, raise_alarms, send
from tocsin.engine.labels import asked_labels
from tocsin.engine.ports import ATTEMPTS, Ports, TooBusy
from tocsin.escalation.decide import opened
from tocsin.escalation.drafts import Answer
from tocsin.incidents.alert import Alert, Fate, FateKind
from tocsin.incidents.incident import Actor, Incident, State, Urgency
from tocsin.incidents.times import iso
from tocsin.store.incidents import Opening
from tocsin.store.ports import Conflict

if TYPE_CHECKING:
    from tocsin.config.model import Config
    from tocsin.escalation.commands import Command
    from tocsin.escalation.drafts import Context, Decision
    from tocsin.escalation.model import Service

#: The rule named when a resolve or an ack finds no open alert of its key.
NO_OPEN_ALERT = "no_open_alert"
#: How the rule begins that is named when people muted the alert: ``muted:1042 until 2026-11-23T06:00:00.000000+00:00``.
MUTED = "muted"


class Unroutable(Exception):
    """No service takes the event: its integration is unknown and the configuration has no ``catch_all``."""


@dataclass(frozen=True, slots=True)
class Queued:
    """An event from the alert queue: ``seq`` is the queue's sequence number, zero-padded so that it sorts."""

    event: AlertEvent
    seq: str


def triage(ports: Ports, queued: Sequence[Queued]) -> None:
    """Settles events of one dedup key, in their order. Raises when one can't be settled; those before it are.

    Raises TooBusy, Unroutable, NoConfiguration, and whatever the store raises.
    """
    rest = list(queued)
    first = rest[0].event
    key = key_hash(first.integration, first.parsed.dedup_key)
    for attempt in range(ATTEMPTS + len(rest)):
        if not rest:
            return
        alert, fates = ports.store.alert(key, [one.event.id for one in rest])
        try:
            rest = _settle_some(ports, key, alert, fates, rest)
        except Conflict:
            ports.clock.pause(attempt)
    if rest:
        raise TooBusy(f"the alert {key} was changed by others too often")


def _settle_some(
    ports: Ports, key: str, alert: Alert | None, fates: Mapping[str, Fate], rest: list[Queued]
) -> list[Queued]:
    """Settles the first of ``rest``, with the repeats right behind it, and gives what is left."""
    one = rest[0]
    fate = fates.get(one.event.id)
    if fate is not None:
        if fate.kind is FateKind.INCIDENT and fate.incident is not None:
            _finish(ports, fate.incident)
        return rest[1:]
    if one.event.parsed.action is not Asked.TRIGGER:
        _answer(ports, key, alert, one)
        return rest[1:]
    if alert is not None and alert.open:
        run = _run_of_triggers(rest, fates)
        _count(ports, key, alert, run)
        return rest[len(run) :]
    if alert is not None and one.seq <= alert.last_seq:
        # It was counted before a crash took its fate, and its incident is over by now: it opens no other.
        ports.store.put_fates([_fate(ports, key, one.event, FateKind.REPEAT, alert.incident)])
        return rest[1:]
    if alert is not None and not _not_late(alert, one):
        ports.store.put_fates([_fate(ports, key, one.event, FateKind.LATE, alert.incident)])
        return rest[1:]
    if alert is not None and alert.muted(ports.clock.now()):
        run = list(takewhile(partial(_not_late, alert), _run_of_triggers(rest, fates)))
        _drop_muted(ports, key, alert, run)
        return rest[len(run) :]
    _open(ports, key, alert, one)
    return rest[1:]


def _not_late(alert: Alert, one: Queued) -> bool:
    return alert.resolve_came_at is None or one.event.came_at >= alert.resolve_came_at


def _drop_muted(ports: Ports, key: str, alert: Alert, run: Sequence[Queued]) -> None:
    """Somebody wants to hear nothing of it for a while: the fates say on which incident, and until when."""
    until = iso(alert.muted_until) if alert.muted_until is not None else ""
    rule = f"{MUTED}:{alert.incident} until {until}"
    ports.store.put_fates(
        [_fate(ports, key, one.event, FateKind.DROPPED, alert.incident, rule) for one in run]
    )
    ports.metrics.count("AlertMuted", len(run))


def _run_of_triggers(rest: Sequence[Queued], fates: Mapping[str, Fate]) -> list[Queued]:
    run: list[Queued] = []
    for one in rest:
        if one.event.parsed.action is not Asked.TRIGGER or one.event.id in fates:
            break
        run.append(one)
    return run


def _count(ports: Ports, key: str, alert: Alert, run: Sequence[Queued]) -> None:
    """Counts repeats in one write, whatever their number; those counted before a crash only get their fates."""
    fresh = [one for one in run if one.seq > alert.last_seq]
    if fresh:
        latest = max(one.event.came_at for one in fresh)
        # Events may come to the queue in another order than to the door.
        last_seen = max(latest, alert.last_seen or latest)
        ports.store.count(alert, len(fresh), fresh[-1].seq, last_seen, latest)
    ports.store.put_fates([_fate(ports, key, one.event, FateKind.REPEAT, alert.incident) for one in run])


def _answer(ports: Ports, key: str, alert: Alert | None, one: Queued) -> None:
    """A sender's own resolve or ack."""
    event = one.event
    resolve = event.parsed.action is Asked.RESOLVE
    if alert is None or not alert.open or alert.incident is None:
        if resolve:
            ports.store.note_resolve(key, event.integration, event.parsed.dedup_key, event.came_at)
        ports.store.put_fates([_fate(ports, key, event, FateKind.DROPPED, None, NO_OPEN_ALERT)])
        return
    if resolve and alert.came_at is not None and event.came_at < alert.came_at:
        ports.store.put_fates([_fate(ports, key, event, FateKind.LATE, alert.incident)])
        return
    from tocsin.escalation.commands import Action, Command  # most events are triggers

    kind = FateKind.RESOLVED if resolve else FateKind.ACKNOWLEDGED
    fate = _fate(ports, key, event, kind, alert.incident)
    actor = Actor("integration", event.integration or event.source, "event")
    wish = Command(f"event-{event.id}", Action.RESOLVE if resolve else Action.ACKNOWLEDGE, actor)
    if resolve:
        done = change(
            ports,
            alert.incident,
            wish.id,
            partial(_recovered, ports, key, event.parsed.dedup_key, wish),
            fates=(fate,),
            resolved=(key, event.came_at),
        )
    else:
        done = command(ports, alert.incident, wish, fates=(fate,))
    if done.answer is Answer.CLOSED and done.incident and done.incident.handling.merged_into is not None:
        raise Conflict(f"incident {alert.incident} was merged, and its alerts belong to another one")
    if done.answer not in (Answer.DONE, Answer.PARTLY):
        if resolve:
            ports.store.note_resolve(key, event.integration, event.parsed.dedup_key, event.came_at)
        ports.store.put_fates([fate])


def _recovered(
    ports: Ports, key: str, dedup_key: str, wish: Command, incident: Incident, around: Context, now: datetime
) -> Decision:
    """What a sender's resolve of one alert makes of its incident: the end, unless another of its alerts is open."""
    others = (ports.store.alert_of(incident.number, one)[0] for one in incident.alerts if one != key)
    if any(one is not None and one.open and one.incident == incident.number for one in others):
        from tocsin.escalation.record import alert_over  # few incidents have several alerts

        return alert_over(incident, key, dedup_key, wish, now)
    from tocsin.escalation.obey import commanded

    return commanded(incident, wish, around, now)


def _open(ports: Ports, key: str, alert: Alert | None, one: Queued) -> None:
    event = one.event
    revision, config, changes = ports.store.in_force()
    service = service_of(config, event.integration)
    policy = config.book.policies[service.policy]
    if any(step.round_robin for step in policy.steps):
        number, turn = ports.store.next_turn(policy.name)
    else:
        number, turn = ports.store.next_number(), 0
    actor = Actor("integration", event.integration or event.source, "event")
    arming = Arming(ports)
    now = ports.clock.now()
    blank = Incident(
        number=number,
        service=service.name,
        integration=event.integration,
        policy=service.policy,
        revision=revision,
        title=event.parsed.title,
        severity=event.parsed.severity.value,
        urgency=Urgency.HIGH,
        state=State.TRIGGERED,
        opened_at=now,
        parsed=event.parsed.parsed,
        alerts=(key,),
        labels=asked_labels(policy, event),
        turn=turn,
    )
    decision = opened(blank, context(ports, blank, config, changes), now, actor)
    if decision.incident is None:
        raise AssertionError("an opened incident is one")
    raise_alarms(ports, decision)
    incident = replace(decision.incident, version=1, clock=arming.name(number, decision.incident.due))
    opening = Opening(
        incident=incident,
        alert=_opened_alert(key, one, number, alert),
        before=alert,
        payload=event.to_json(),
        entries=decision.entries,
        fates=(_fate(ports, key, event, FateKind.INCIDENT, number),),
    )
    ports.store.open_incident(opening, audit_at(incident, now))
    ports.metrics.count("IncidentsOpened")
    send(ports, incident)


def _opened_alert(key: str, one: Queued, number: int, before: Alert | None) -> Alert:
    """The alert as it opens, and is muted no more. Its sender's last resolve stays known: what came before that is
    late for ever."""
    event = one.event
    return Alert(
        key=key,
        integration=event.integration,
        dedup_key=event.parsed.dedup_key,
        open=True,
        incident=number,
        title=event.parsed.title,
        severity=event.parsed.severity.value,
        count=1,
        first_seen=event.came_at,
        last_seen=event.came_at,
        came_at=event.came_at,
        resolve_came_at=before.resolve_came_at if before is not None else None,
        last_seq=one.seq,
    )


def _finish(ports: Ports, number: int) -> None:
    """An event that opened an incident came again: what a crash left in the outbox is handed on."""
    incident = ports.store.incident(number)
    if incident is not None and incident.open:
        send(ports, incident)


def service_of(config: Config, integration: str) -> Service:
    """The service an integration belongs to, else the one that catches all. Raises Unroutable."""
    known = config.integrations.get(integration)
    name = known.service if known is not None else config.catch_all
    if name is None:
        raise Unroutable(
            f"no service takes events of the integration {integration!r}: name it under integrations, or set catch_all"
        )
    return config.book.services[name]


def _fate(
    ports: Ports, key: str, event: AlertEvent, kind: FateKind, incident: int | None, rule: str | None = None
) -> Fate:
    return Fate(event.id, kind, ports.clock.now(), event.integration, key, incident, rule)

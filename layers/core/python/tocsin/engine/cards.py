"""An incident as a chat shows it: what stands on its card, and what can be pressed there."""

from __future__ import annotations

from datetime import UTC, datetime

from tocsin.engine.commits import part_of
from tocsin.engine.people import asked_by, name_of
from tocsin.engine.ports import Ports
from tocsin.escalation.commands import Action
from tocsin.incidents.incident import Actor, Incident, State
from tocsin.incidents.plan import Kind
from tocsin.paging.chat import Button, Card
from tocsin.paging.lines import way

#: A card changes under the finger: Resolve has its own place, and takes that of no other button of a page.
_BUTTONS: dict[State, tuple[Button, ...]] = {
    State.TRIGGERED: (
        Button(Action.ACKNOWLEDGE, "Acknowledge"),
        Button(Action.RESOLVE, "Resolve"),
        Button(Action.ESCALATE, "Escalate"),
    ),
    State.ACKNOWLEDGED: (
        Button(Action.SNOOZE, "Snooze 1 h"),
        Button(Action.RESOLVE, "Resolve"),
        Button(Action.UNACKNOWLEDGE, "Give back"),
    ),
    State.SNOOZED: (
        Button(Action.SNOOZE, "Snooze 1 h"),
        Button(Action.RESOLVE, "Resolve"),
        Button(Action.UNACKNOWLEDGE, "Wake it"),
    ),
    State.RESOLVED: (),
}
_ASKED = (Button(Action.ACCEPT, "Join"), Button(Action.DECLINE, "Decline"))
_KEEP = (Button(Action.KEEP, "Still on it"),)


def card_of(ports: Ports, incident: Incident, kind: Kind, user: str = "") -> Card:
    """The incident as it is now, for a message of that kind: to ``user``, or to a channel where there is none."""
    service = ports.store.revision(incident.revision).book.services.get(incident.service)
    count = 1
    for key in incident.alerts[:1]:
        alert, _ = ports.store.alert_of(incident.number, key)
        count = alert.count if alert is not None else 1
    line, buttons = _line(ports, incident), _BUTTONS[incident.state]
    answer = incident.handling.responders.get(user) if kind == "ask" and incident.open else None
    if answer == "asked":
        who, words = asked_by(ports, incident, user)
        line = f"{who or 'Somebody'} asks you to join{f': {words}' if words else '.'}"
    if answer is not None:
        # They may think better of it; and the others keep their places.
        buttons = (*_ASKED, *buttons)
    if kind == "reminder" and incident.state is State.ACKNOWLEDGED:
        until = incident.ack_timeout_at
        line = f"Still on it? {f'It pages again at {_clock(until)}.' if until else ''}"
        buttons = (*_KEEP, *buttons)
    return Card(
        number=incident.number,
        version=incident.version,
        service=incident.service,
        title=incident.title,
        state=incident.state.value,
        urgency=incident.urgency.value,
        severity=incident.severity,
        count=count,
        opened_at=incident.opened_at,
        line=line,
        runbook=(service.runbook or "") if service is not None else "",
        buttons=buttons,
    )


def card_under(ports: Ports, number: int, message: str) -> Card | None:
    """The incident as it is now, for the message of that provider's id; None where there is no such incident."""
    incident = ports.store.incident(number)
    if incident is None:
        return None
    known = ports.store.message(message) if message else None
    record = ports.store.page(number, known.page) if known is not None and known.incident == number else None
    if record is None:
        return card_of(ports, incident, "post")
    return card_of(ports, incident, record.page.kind, record.page.user)


def _line(ports: Ports, incident: Incident) -> str:
    """Who has it, or who is paged, in words."""
    match incident.state:
        case State.TRIGGERED:
            names = [name_of(ports, incident, Actor("user", user, "")) for user in incident.plan.live]
            if names:
                place = f"step {incident.plan.step}" if incident.plan.step else "last resort"
                return f"Round {incident.plan.round}, {place}: {', '.join(names)}"
            return "Nobody has it yet"
        case State.ACKNOWLEDGED:
            return _by("Acknowledged", ports, incident, incident.acked_by, incident.ack_timeout_at)
        case State.SNOOZED:
            return _by("Snoozed", ports, incident, incident.acked_by, incident.snoozed_until)
        case State.RESOLVED if incident.handling.merged_into is not None:
            return f"A part of #{part_of(ports, incident)} now"
    return _by("Resolved", ports, incident, incident.resolved_by)


def _by(
    word: str, ports: Ports, incident: Incident, actor: Actor | None, until: datetime | None = None
) -> str:
    who = f" by {name_of(ports, incident, actor)}{way(actor)}" if actor is not None else ""
    return f"{word}{who}{f', until {_clock(until)}' if until is not None else ''}"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%-d %b %H:%M} UTC"

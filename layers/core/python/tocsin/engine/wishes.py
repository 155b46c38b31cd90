"""A command as plain data, from whoever may invoke the function: what the command line sends, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from tocsin.engine.actions import act
from tocsin.engine.ports import Ports
from tocsin.escalation.commands import Action, Command
from tocsin.incidents.incident import Actor, Incident
from tocsin.incidents.times import iso

_LONGEST_ID, _LONGEST_NAME = 200, 100


def asked(ports: Ports, event: Mapping[str, Any]) -> dict[str, Any]:
    """A wish as the function is invoked with it: {"command": …} about an incident, {"contacts": …} about contacts."""
    if "command" in event:
        return wished(ports, event["command"])
    from tocsin.engine.contact_wishes import contacts_wished

    return contacts_wished(ports, event["contacts"])


def wished(ports: Ports, row: Mapping[str, Any]) -> dict[str, Any]:
    """Does what ``row`` says: {"id", "incident", "action", "actor", "via", and what the action takes}.

    Gives {"answer", "why", "incident"}, or {"error"} for what is no command. Raises TooBusy.
    """
    try:
        number, wish = _command(row)
    except (KeyError, TypeError, ValueError) as error:
        return {"error": f"this is no command: {error}"}
    done = act(ports, number, wish)
    return {
        "answer": done.answer.value,
        "why": done.why,
        "incident": shown(done.incident) if done.incident is not None else None,
    }


def _command(row: Mapping[str, Any]) -> tuple[int, Command]:
    id, actor = str(row["id"]), str(row["actor"])
    if not 0 < len(id) <= _LONGEST_ID or not 0 < len(actor) <= _LONGEST_NAME:
        raise ValueError("it has an id and an actor")
    span, step, target = row.get("seconds"), row.get("step"), row.get("number")
    users: Sequence[Any] = row.get("users") or ()
    return int(row["incident"]), Command(
        id=f"command-{id}",
        action=Action(row["action"]),
        actor=Actor("user", actor, str(row.get("via") or "command")[:20]),
        span=timedelta(seconds=int(span)) if span is not None else None,
        step=int(step) if step is not None else None,
        users=tuple(str(user) for user in users),
        policy=str(row.get("policy") or ""),
        number=int(target) if target is not None else None,
        text=str(row.get("text") or ""),
        value=str(row.get("value") or ""),
    )


def shown(incident: Incident) -> dict[str, Any]:
    """An incident as JSON has it: instants in UTC."""
    times = {
        "opened_at": incident.opened_at,
        "acknowledged_at": incident.acked_at,
        "ack_timeout_at": incident.ack_timeout_at,
        "snoozed_until": incident.snoozed_until,
        "resolved_at": incident.resolved_at,
        "due": incident.due,
    }
    handling = incident.handling
    return {
        "number": incident.number,
        "state": incident.state.value,
        "service": incident.service,
        "policy": incident.policy,
        "revision": incident.revision,
        "title": incident.title,
        "severity": incident.severity,
        "priority": incident.priority or None,
        "urgency": incident.urgency.value,
        "cycle": incident.plan.cycle,
        "round": incident.plan.round,
        "step": incident.plan.step,
        **{name: iso(at) if at is not None else None for name, at in times.items()},
        "acknowledged_by": incident.acked_by.name if incident.acked_by is not None else None,
        "resolved_by": incident.resolved_by.name if incident.resolved_by is not None else None,
        "assigned": list(handling.assigned),
        "responders": dict(handling.responders),
        "links": [{"text": title, "href": url} for title, url in handling.links],
        "merged_into": handling.merged_into,
    }

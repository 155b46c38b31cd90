"""An incident, its alerts and its timeline, as JSON has them. Instants are ISO 8601 in UTC."""

from __future__ import annotations

from typing import Any

from tocsin.incidents.alert import Alert
from tocsin.incidents.incident import Entry, Incident
from tocsin.incidents.times import iso


def shown(incident: Incident) -> dict[str, Any]:
    """An incident as it stands."""
    times = {
        "opened_at": incident.opened_at,
        "acknowledged_at": incident.acked_at,
        "ack_timeout_at": incident.ack_timeout_at,
        "snoozed_until": incident.snoozed_until,
        "muted_until": incident.handling.muted_until,
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
        # An incident remembers who had it; whoever has given it up has it no more.
        "acknowledged_by": incident.acked_by.name if incident.acked_by and incident.acked_at else None,
        "resolved_by": incident.resolved_by.name if incident.resolved_by is not None else None,
        "assigned": list(handling.assigned),
        "responders": dict(handling.responders),
        "links": [{"text": title, "href": url} for title, url in handling.links],
        "merged_into": handling.merged_into,
        "subscribers": list(handling.subscribers),
    }


def shown_alert(alert: Alert) -> dict[str, Any]:
    """One of an incident's alerts, with how often its event came."""
    return {
        "integration": alert.integration,
        "dedup_key": alert.dedup_key,
        "title": alert.title,
        "severity": alert.severity,
        "open": alert.open,
        "count": alert.count,
        "first_seen": iso(alert.first_seen) if alert.first_seen is not None else None,
        "last_seen": iso(alert.last_seen) if alert.last_seen is not None else None,
        "muted_until": iso(alert.muted_until) if alert.muted_until is not None else None,
    }


def shown_line(line: Entry) -> dict[str, Any]:
    """A line of a timeline: what, when, by whom and through which surface."""
    return {
        "at": iso(line.at),
        "kind": line.kind,
        "by": line.actor.name,
        "via": line.actor.via,
        "details": dict(line.details),
    }

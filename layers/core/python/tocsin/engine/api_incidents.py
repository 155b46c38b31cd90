"""Incidents over the HTTP API: those that are open, and one with its alerts and its timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tocsin.engine.ports import FAR
from tocsin.engine.requests import Request, Response, Wrong, known, takes
from tocsin.engine.shown import shown, shown_alert, shown_line
from tocsin.incidents.incident import Incident
from tocsin.store.ports import Store

#: How many open incidents one answer lists.
MOST = 100


def open_incidents(store: Store, request: Request, now: datetime) -> Response:
    """``{"incidents", "more"}``: the open ones, the newest first; those of one ``?service=`` where that is asked.

    Raises Wrong.
    """
    takes(request, "service")
    numbers = sorted(store.overdue(now + FAR, 10 * MOST), reverse=True)
    service, more = request.query.get("service"), False
    found: list[dict[str, Any]] = []
    for number in numbers:
        incident = store.incident(number)
        if incident is None or not incident.open or service not in (None, incident.service):
            continue
        if len(found) == MOST:
            more = True
            break
        found.append(shown(incident))
    if service is not None and not found:
        # One that the configuration has no more may have open ones all the same.
        known("service", service, store.config()[1].book.services)
    return Response(200, {"incidents": found, "more": more})


def one_incident(store: Store, request: Request, now: datetime) -> Response:
    """The incident as it stands, with ``alerts`` and ``timeline``."""
    takes(request)
    incident = incident_of(store, request)
    alerts = [store.alert_of(incident.number, key)[0] for key in incident.alerts]
    return Response(
        200,
        {
            **shown(incident),
            "alerts": [shown_alert(alert) for alert in alerts if alert is not None],
            "timeline": [shown_line(line) for line in store.timeline(incident.number)],
        },
    )


def incident_of(store: Store, request: Request) -> Incident:
    """The incident that the path names. Raises Wrong."""
    text = request.path.get("number", "")
    plain = text.isascii() and text.isdigit() and len(text) <= 12
    found = store.incident(int(text)) if plain else None
    if found is None:
        raise Wrong(
            404, f"there is no incident #{text[:12]}" if plain else "an incident's name is its number"
        )
    return found

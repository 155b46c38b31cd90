"""Whether a page is still wanted when its turn comes."""

from __future__ import annotations

from tocsin.incidents.incident import Incident, State
from tocsin.incidents.plan import Page


def stale(incident: Incident | None, page: Page) -> str | None:
    """Why the page must not be sent any more, None when it must."""
    if incident is None:
        return "no_incident"
    if incident.state is State.RESOLVED:
        return "resolved"
    match page.kind:
        case "post":
            return None
        case "ask":
            return None if incident.handling.responders.get(page.user) == "asked" else "answered"
        case "reminder":
            same = (incident.plan.cycle, incident.handling.kept) == (page.cycle, page.round)
            return None if incident.state is State.ACKNOWLEDGED and same else "answered"
    if incident.state is not State.TRIGGERED:
        return incident.state.value
    if page.cycle < incident.floor:
        return "another_cycle"
    if page.cycle == incident.plan.cycle and page.user in incident.plan.acked:
        return "acknowledged"
    return None

"""Signed links: looking shows, only a press of the button acts, and the link dies with its incident."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.engine.commits import command, part_of
from tocsin.engine.deliver import token_hash
from tocsin.engine.people import name_of
from tocsin.engine.ports import Ports
from tocsin.escalation.commands import Action, Command
from tocsin.escalation.drafts import Answer
from tocsin.incidents.incident import Actor, Incident, State
from tocsin.store.people import LinkGrant

#: A token of 16 random bytes in URL-safe base64 has 22 characters; whatever is longer is not one of ours.
LONGEST_TOKEN = 64

_STATES = {
    Action.ACKNOWLEDGE: State.ACKNOWLEDGED,
    Action.RESOLVE: State.RESOLVED,
    Action.ESCALATE: State.TRIGGERED,
    Action.KEEP: State.ACKNOWLEDGED,
}


@dataclass(frozen=True, slots=True)
class View:
    """What a link shows: the incident as it is, for whom, who has it, and what the latest press came to.

    ``timezone`` is the person's; ``runbook`` the service's, an http or https address.
    """

    incident: Incident
    user: str
    user_name: str
    holder: str
    timezone: str = "UTC"
    runbook: str | None = None
    answer: Answer | None = None

    @property
    def asked(self) -> str:
        """Whether the person was asked to join: empty, or asked, joined or declined."""
        return self.incident.handling.responders.get(self.user, "")


def look(ports: Ports, token: str) -> View | None:
    """What the link shows, changing nothing. None when it is unknown, expired, or its incident is over."""
    grant = granted(ports, token)
    incident = ports.store.incident(grant.incident) if grant is not None else None
    if grant is None or incident is None or not incident.open:
        return None
    return _view(ports, incident, grant)


def press(ports: Ports, token: str, action: Action, seen: int | None = None) -> View | None:
    """What a button of the link's page does. None as for ``look``; the press that resolves still sees its page.

    ``seen`` is the incident's version on that page: a button acts once for every time that the page was looked at, so
    that a browser which posts again does nothing twice, not even when the first answer was lost.
    """
    grant = granted(ports, token)
    incident = ports.store.incident(grant.incident) if grant is not None else None
    if grant is None or incident is None or not incident.open:
        return None
    # The link works again after an ack timeout: by then the page is another.
    page = f"v{seen}" if seen is not None else f"{incident.plan.cycle}-{incident.state.value}"
    id = f"link-{grant.token_hash[:32]}-{action.value}-{page}"
    answer: Answer | None
    answer, after, _ = command(ports, incident.number, Command(id, action, Actor("user", grant.user, "link")))
    after = after or incident
    if answer is Answer.DONE and action in _STATES and after.state is not _STATES[action]:
        answer = None  # it was done, and others have gone on from there
    return _view(ports, after, grant, answer)


def whole(ports: Ports, token: str) -> tuple[int, int] | None:
    """The incident of a link that is over since it was merged, and what it is a part of now."""
    grant = granted(ports, token)
    incident = ports.store.incident(grant.incident) if grant is not None else None
    target = part_of(ports, incident) if incident is not None else None
    return (incident.number, target) if incident is not None and target is not None else None


def granted(ports: Ports, token: str) -> LinkGrant | None:
    """What the token allows; None when it is unknown or its time is over."""
    if not token or len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    grant = ports.store.link(token_hash(token))
    if grant is None or grant.expires_at <= ports.clock.now():
        return None
    return grant


def _view(ports: Ports, incident: Incident, grant: LinkGrant, answer: Answer | None = None) -> View:
    book = ports.store.revision(incident.revision).book
    user, service = book.users.get(grant.user), book.services.get(incident.service)
    by = incident.resolved_by if incident.state is State.RESOLVED else incident.acked_by
    return View(
        incident,
        grant.user,
        user.name if user is not None else grant.user,
        name_of(ports, incident, by) if incident.state is not State.TRIGGERED else "",
        user.timezone if user is not None else "UTC",
        service.runbook if service is not None else None,
        answer,
    )

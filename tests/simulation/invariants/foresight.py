"""You can know beforehand: up to the first thing that nobody could foresee, what was sent is what was foretold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.branches import case_of
from tests.simulation.invariants.clocks import push_known_until, slowest
from tests.simulation.invariants.rota import writes
from tests.simulation.witness import Change
from tocsin.config.history import book_with
from tocsin.escalation.conditions import Situation
from tocsin.escalation.model import Policy, Step
from tocsin.escalation.planner import PUNCTUAL
from tocsin.escalation.simulate import simulate
from tocsin.incidents.incident import Incident, State
from tocsin.incidents.plan import Page
from tocsin.oncall.changes import Changes, LeaveMade

#: Lines of a timeline that name what a simulation does not know.
UNFORESEEN = frozenset(
    {
        "refused",
        "escalated",
        "resolved",
        "held_back",
        "step_passed",
        "kept",
        "ack_taken_back",
        "snoozed",
        "reassigned",
        "moved",
        "revision_changed",
        "unacknowledged_by_hand",
        "severity_changed",
        "priority_changed",
    }
)
#: A wake-up happens at whole seconds.
ROUNDED = timedelta(seconds=1)

Row = tuple[datetime, int, int, int, str, str, str]


def what_was_foretold_was_sent(cloud: Cloud) -> Iterator[str]:
    for number, changes in cloud.witness.changes.items():
        incident = changes[0].incident
        known_until, acked_at, by = _horizon(cloud, changes)
        known = Changes(tuple(cloud.witness.rows(changes[0].at)), push=cloud.pushed)
        book = book_with(cloud.store.revision(incident.revision), known)
        policy = book.policies[incident.policy]
        known_until = min(
            [
                known_until,
                cloud.kernel.instant(push_known_until(cloud)),
                *_changed(cloud, changes[0].at, policy),
                *_repeated(cloud, changes, policy),
            ]
        )
        case = case_of(cloud, number, 0)
        foretold = simulate(
            book,
            incident.service,
            incident.opened_at,
            ack_after=acked_at - incident.opened_at if acked_at is not None else None,
            by=(by,) if by is not None else (),
            until=known_until,
            situation=Situation(
                case.severity, case.priority, case.labels, turn=cloud.witness.tally.turn_of(number)
            ),
        )
        # What is due within these of the end, or of the ack, may or may not have come in time.
        edges = [(known_until - PUNCTUAL - ROUNDED, known_until + PUNCTUAL)]
        if acked_at is not None:
            edges.append((acked_at - PUNCTUAL - ROUNDED, acked_at + PUNCTUAL))

        def certain(page: Page, edges: list[tuple[datetime, datetime]] = edges) -> bool:
            return not any(low <= page.at <= high for low, high in edges) and page.at < edges[0][0]

        expected = {_row(page) for page in foretold.pages if certain(page)}
        due = {_row(page) for page in _due(changes) if certain(page)}
        for row in sorted(expected - due):
            yield f"#{number}: foretold and not due: {_shown(row)} (known until {known_until:%H:%M:%S})"
        for row in sorted(due - expected):
            yield f"#{number}: due and not foretold: {_shown(row)} (known until {known_until:%H:%M:%S})"


def _changed(cloud: Cloud, opened: int, policy: Policy) -> Iterator[datetime]:
    """When somebody changed who is on call for it after it opened, or so soon before that it was not known yet."""
    targets = {target.name for step in (*policy.steps, Step(policy.last_resort)) for target in step.page}
    for one, _, at in writes(cloud):
        matters = isinstance(one.row, LeaveMade) or one.row.schedule in targets
        if matters and one.at > opened - slowest(cloud):
            yield at


def _repeated(cloud: Cloud, changes: Sequence[Change], policy: Policy) -> Iterator[datetime]:
    """When one of its alerts came again, if a step asks how often it did."""
    conditions = [when for step in policy.steps for when in (step.when, step.unless) if when is not None]
    if any(when.repeated for when in conditions):
        for at in cloud.witness.tally.moments(changes[-1].incident.alerts):
            if at > changes[0].at:
                # Whoever decided just before may have read it.
                yield cloud.kernel.instant(at - slowest(cloud))


def _horizon(cloud: Cloud, changes: Sequence[Change]) -> tuple[datetime, datetime | None, str | None]:
    """Until when the simulator knows everything, and the ack that it is told of: by whom, if others have to, too."""
    acked_at: datetime | None = None
    by: str | None = None
    state = State.TRIGGERED
    for before, change in zip([None, *changes[:-1]], changes, strict=True):
        # Its commit may land later than it was decided.
        at = min([cloud.kernel.instant(change.at), *(entry.at for entry in change.entries)])
        kinds = {entry.kind for entry in change.entries}
        if any(entry.details.get("reason") == "by_hand" for entry in change.entries):
            kinds.add("unacknowledged_by_hand")
        due = before.incident.due if before is not None else None
        late = due is not None and at - due > PUNCTUAL - ROUNDED * 3
        if kinds & UNFORESEEN or late or change.incident.capped_at is not None:
            return _earliest(at, due), acked_at, by
        if acks := [line for line in change.entries if line.kind in ("acknowledged", "acknowledged_too")]:
            book = cloud.book(change.incident.revision)
            stranger = acks[0].kind == "acknowledged_too" and acks[0].actor.name not in book.users
            if acked_at is not None or state is not State.TRIGGERED or stranger:
                return _earliest(at, due), acked_at, by
            acked_at = acks[0].at
            by = acks[0].actor.name if acks[0].kind == "acknowledged_too" else None
        state = change.incident.state
    last = changes[-1].incident
    end = cloud.kernel.instant(cloud.ended)
    return _earliest(end, _open_due(last)), acked_at, by


def _open_due(incident: Incident) -> datetime | None:
    return incident.due


def _earliest(at: datetime, due: datetime | None) -> datetime:
    """What was due before it happened is not known either."""
    return min(at, due) if due is not None else at


def _due(changes: Sequence[Change]) -> Iterator[Page]:
    for change in changes:
        outbox = change.incident.outbox
        for entry in change.entries:
            if entry.kind == "page_due" and "purpose" not in entry.details:
                yield outbox[str(entry.details["page"])]


def _row(page: Page) -> Row:
    return page.at, page.cycle, page.round, page.step, page.user, page.via, page.contact


def _shown(row: Row) -> str:
    at, cycle, round, step, user, via, contact = row
    return f"{at:%H:%M:%S} cycle {cycle} round {round} step {step}: {user} by {via} ({contact})"

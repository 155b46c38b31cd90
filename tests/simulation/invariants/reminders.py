"""Whoever has an incident is reminded before their ack ends: once, in time, and nobody else ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import bound
from tests.simulation.kernel import us
from tests.simulation.members import VENDORS
from tests.simulation.witness import Change
from tocsin.incidents.incident import Incident, State
from tocsin.incidents.plan import Page

#: Lines after which nobody has it as they had it before.
ENDS = frozenset(
    {
        "acknowledged",
        "kept",
        "resolved",
        "unacknowledged",
        "escalated",
        "snoozed",
        "reassigned",
        "moved",
    }
)


def only_whoever_has_it_is_reminded(cloud: Cloud) -> Iterator[str]:
    for number, changes in cloud.witness.changes.items():
        for place, change in enumerate(changes):
            for page in _reminders(change):
                before = changes[place - 1].incident
                holder = before.acked_by.name if before.acked_by is not None else None
                if before.state is not State.ACKNOWLEDGED or holder != page.user:
                    yield f"{page.user} was reminded of #{number}, which is {before.state.value} by {holder}"
                when = _reminder_of(cloud, changes[:place])
                if when is None or page.at < when:
                    yield f"{page.user} was reminded of #{number} at {page.at}, and it was to be at {when}"


def whoever_has_it_is_reminded_in_time(cloud: Cloud) -> Iterator[str]:
    """Each ack, and each that is kept, is followed by one reminder, unless something else happens before."""
    for number, changes in cloud.witness.changes.items():
        for place, change in enumerate(changes):
            if not any(entry.kind in ("acknowledged", "kept") for entry in change.entries):
                continue
            when = _reminder_of(cloud, changes[: place + 1])
            if when is None or not _in_writing(cloud, change.incident):
                continue
            due = cloud.kernel.since(when)
            after = changes[place + 1 :]
            reminded = [one for one in after if list(_reminders(one))][:1]
            over = next((one.at for one in after if _ends(one)), cloud.ended)
            if not reminded and over > due and over - due > bound(cloud, change.at, over):
                yield f"#{number} was acknowledged at {change.at}, and nobody was reminded at {when}"
            if (
                reminded
                and reminded[0].at - due > bound(cloud, change.at, reminded[0].at)
                and over >= reminded[0].at
            ):
                yield f"whoever has #{number} was reminded {(reminded[0].at - due) / us(1):.0f} s late"


def _reminders(change: Change) -> Iterator[Page]:
    for entry in change.entries:
        if entry.kind == "page_due" and entry.details.get("purpose") == "reminder":
            yield change.incident.outbox[str(entry.details["page"])]


def _ends(change: Change) -> bool:
    kinds = {entry.kind for entry in change.entries}
    return bool(kinds & ENDS)


def _reminder_of(cloud: Cloud, changes: Sequence[Change]) -> datetime | None:
    """When the latest ack or keep among these is to be followed by a reminder: 5 minutes before it ends."""
    for change in reversed(changes):
        for entry in change.entries:
            if entry.kind in ("acknowledged", "kept"):
                book = cloud.book(change.incident.revision)
                timeout = book.services[change.incident.service].ack_timeout
                if timeout is None or timeout < timedelta(minutes=15):
                    return None
                return entry.at + timeout - timedelta(minutes=5)
    return None


def _in_writing(cloud: Cloud, incident: Incident) -> bool:
    """Whether the one who has it can be reminded: by a rule for high urgency that is no call."""
    if incident.acked_by is None or incident.acked_by.kind != "user":
        return False
    user = cloud.book(incident.revision).users.get(incident.acked_by.name)
    if user is None:
        return False
    written = {"sms", "email", *VENDORS, *(("push",) if cloud.witness.push_changed is None else ())}
    return any(rule.via in written and user.contact_for(rule) for rule in user.high)

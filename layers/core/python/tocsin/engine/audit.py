"""The auditor: every minute it finds incidents whose clock is late or was never armed, and arms them anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.engine.commits import Arming, send
from tocsin.engine.ports import ATTEMPTS, Ports, TooBusy
from tocsin.incidents.incident import TOCSIN, Entry, Incident
from tocsin.store.incidents import Commit
from tocsin.store.ports import Conflict

#: How late a clock may be before the auditor takes the incident for forgotten.
OVERDUE = timedelta(seconds=60)
#: How many overdue incidents one minute looks after; the rest is still overdue in the next.
LIMIT = 200


@dataclass(frozen=True, slots=True)
class Audit:
    """One minute's findings: how many were looked at, armed anew, and of those overdue rather than never armed."""

    looked_at: int
    armed: int
    overdue: int


def audit(ports: Ports) -> Audit:
    """Arms every incident that is overdue by 60 s or has no clock; an overdue one raises an alarm.

    One that cannot be looked after keeps none of the others waiting; an ExceptionGroup says so in the end.
    """
    looked_at = armed = overdue = 0
    failed: dict[int, Exception] = {}
    for number in ports.store.overdue(ports.clock.now() - OVERDUE, LIMIT):
        looked_at += 1
        try:
            late, anew = _look_after(ports, number)
        except Exception as error:
            failed[number] = error
            continue
        overdue += late
        armed += anew
    ports.metrics.count("Overdue", overdue)
    if failed:
        numbers = ", ".join(f"#{number}" for number in failed)
        raise ExceptionGroup(f"the auditor could not look after {numbers}", list(failed.values()))
    return Audit(looked_at, armed, overdue)


def _look_after(ports: Ports, number: int) -> tuple[bool, bool]:
    """Whether its clock was late, and whether it was armed anew. Raises TooBusy."""
    late = False
    arming = Arming(ports)
    for attempt in range(ATTEMPTS):
        incident, now = ports.store.incident(number), ports.clock.now()
        if incident is None or not _forgotten(incident, now):
            return late, False
        if incident.clock and not late:
            late = True
            ports.alarms.raise_alarm(
                "overdue", f"#{number} {incident.service}: its clock is late; it is armed anew"
            )
        try:
            return late, _arm_anew(ports, incident, arming, now)
        except Conflict:
            # A minute is long for somebody who waits for the next page.
            ports.clock.pause(attempt)
    raise TooBusy(f"incident {number} was changed by others {ATTEMPTS} times in a row")


def _forgotten(incident: Incident, now: datetime) -> bool:
    return incident.due is not None and (not incident.clock or incident.due <= now - OVERDUE)


def _arm_anew(ports: Ports, incident: Incident, arming: Arming, now: datetime) -> bool:
    """Raises Conflict."""
    name = arming.name(incident.number, incident.due)
    if not name:
        return False
    version = incident.version + 1
    now = incident.not_before(now)
    entry = Entry(
        f"{version:06d}-000",
        now,
        "armed_anew",
        TOCSIN,
        {"reason": "overdue" if incident.clock else "never_armed"},
    )
    changed = replace(incident, version=version, changed_at=now, clock=name)
    due = incident.due if incident.due is not None else now
    ports.store.commit(Commit(changed, incident.version, (entry,)), max(due, now))
    send(ports, changed)
    return True

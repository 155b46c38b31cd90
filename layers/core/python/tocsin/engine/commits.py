"""Arm, commit, send: the one way in which an incident changes.

An execution is started first, under a fresh name and waking soon; then one conditional write makes the change and names
that execution as the incident's clock; then the outbox goes to the page queue. Whatever dies in between, the execution
wakes and finishes it; an execution whose write never came finds another name and ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tocsin.engine.ports import AHEAD, ATTEMPTS, Ports, TooBusy
from tocsin.escalation.conditions import Situation
from tocsin.escalation.drafts import Answer, Context, Decision, assigned_policy, taken_before
from tocsin.incidents.alert import Fate
from tocsin.incidents.incident import Incident
from tocsin.incidents.plan import Page
from tocsin.incidents.times import whole_seconds_up
from tocsin.store.incidents import Commit
from tocsin.store.ports import ArmingFailed, Conflict, PageMessage

if TYPE_CHECKING:
    from tocsin.config.model import Config
    from tocsin.escalation.commands import Command
    from tocsin.escalation.model import Policy
    from tocsin.oncall.changes import Changes

#: An armed execution wakes this soon for the first time, to send what a crash left in the outbox.
FIRST_WAKE = timedelta(seconds=15)
#: A command that is not committed this long after arming arms anew: its execution may already have given up waiting.
STALE_ARMING = timedelta(seconds=10)


class Changed(NamedTuple):
    """What became of a command, the incident as it then is (None: there is none), and why it was not done, or what else
    there is to know."""

    answer: Answer
    incident: Incident | None
    why: str = ""


def context(
    ports: Ports, incident: Incident, config: Config | None = None, changes: Changes | None = None
) -> Context:
    """The incident's own revision, as its decisions need it, with what people changed from day to day until now."""
    config = config or ports.store.revision(incident.revision)
    book = config.book
    changes = changes if changes is not None else ports.store.changes()
    if changes.rows or changes.push:
        from tocsin.escalation.amended import amended  # often nobody has push or changed anything

        book = amended(book, changes, config.facts.settled)
    policy = book.policies[incident.policy]
    return Context(
        book.services[incident.service],
        assigned_policy(policy, incident.handling.assigned),
        book,
        ports.page_cap,
        _situation(ports, incident, policy),
        part_of(ports, incident),
    )


def part_of(ports: Ports, incident: Incident) -> int | None:
    """The incident that one which was merged is a part of now, through all merges; None for one that was not."""
    seen, one = {incident.number}, incident.handling.merged_into
    while one is not None and one not in seen:
        seen.add(one)
        larger = ports.store.incident(one)
        if larger is None or larger.handling.merged_into is None:
            return one
        one = larger.handling.merged_into
    return one


def _situation(ports: Ports, incident: Incident, policy: Policy) -> Situation:
    """What branches ask for. How often the alert came is read only where a branch asks for it."""
    repeats = 1
    if any(when.repeated for step in policy.steps for when in (step.when, step.unless) if when is not None):
        for key in incident.alerts:
            alert, _ = ports.store.alert_of(incident.number, key)
            repeats = max(repeats, alert.count if alert is not None else 1)
    return Situation(incident.severity, incident.priority, incident.labels, repeats, incident.turn)


def arm(ports: Ports, number: int, due: datetime | None) -> str:
    """Starts an execution that will be the incident's clock. Gives its name, or nothing when that failed.

    A failure does not stop a command: with no clock, the auditor arms one within its bound.
    """
    now = ports.clock.now()
    wake = whole_seconds_up(min(due, now + FIRST_WAKE) if due is not None else now + FIRST_WAKE)
    name = f"{number}-{ports.ids.fresh()}"
    try:
        ports.executions.start(name, number, wake)
    except ArmingFailed:
        ports.metrics.count("ArmingFailed")
        return ""
    return name


class Arming:
    """One arming for one decision that may be made several times before it is committed."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._name = ""
        self._at: datetime | None = None

    def name(self, number: int, due: datetime | None) -> str:
        """The clock's name: an execution armed less than 10 s ago, a fresh one otherwise."""
        now = self._ports.clock.now()
        if not self._name or self._at is None or now - self._at >= STALE_ARMING:
            self._name = arm(self._ports, number, due)
            self._at = now
        return self._name


def audit_at(incident: Incident, now: datetime) -> datetime | None:
    """The auditor's key: when the incident is due; now when it has no clock; years ahead for what is open and not due,
    so that it is listed; None for what is over."""
    if incident.due is None:
        return now + AHEAD if incident.open else None
    return incident.due if incident.clock else min(now, incident.due)


def raise_alarms(ports: Ports, decision: Decision) -> None:
    """Before the commit: an alarm may come twice, but a crash must not silence it."""
    for kind, words in decision.alarms:
        ports.alarms.raise_alarm(kind, words)


def send(ports: Ports, incident: Incident) -> None:
    """Hands the outbox to the page queue and marks it sent. Safe to do again: a page is claimed before it is sent."""
    if not incident.outbox:
        return
    ports.pages.put([PageMessage(incident.number, page) for page in incident.outbox.values()])
    ports.store.mark_sent(incident.number, tuple(incident.outbox))


def change(
    ports: Ports,
    number: int,
    command_id: str,
    decide: Callable[[Incident, Context, datetime], Decision],
    *,
    fates: Sequence[Fate] = (),
    resolved: tuple[str, datetime] | None = None,
) -> Changed:
    """Arm, commit, send for one command.

    ``fates`` are committed with the change, and that its sender ``resolved`` an alert (its key, and when that came);
    when nothing changes they are not written, and are the caller's to write. Raises TooBusy.
    """
    arming = Arming(ports)
    for attempt in range(ATTEMPTS):
        incident = ports.store.incident(number)
        if incident is None:
            return Changed(Answer.UNKNOWN, None)
        if (answer := taken_before(incident, command_id)) is not None:
            send(ports, incident)
            return Changed(answer, incident)
        now = incident.not_before(ports.clock.now())
        decision = decide(incident, context(ports, incident), now)
        if decision.incident is None:
            return Changed(decision.answer, incident, decision.why)
        raise_alarms(ports, decision)
        clock = arming.name(number, decision.incident.due) if decision.incident.due is not None else ""
        changed = replace(decision.incident, version=incident.version + 1, clock=clock)
        ends = incident.open and not changed.open
        closes = changed.alerts if ends else decision.closes
        commit = Commit(
            changed,
            incident.version,
            decision.entries,
            fates,
            closes,
            resolved,
            decision.opens,
            decision.mutes,
        )
        try:
            ports.store.commit(commit, audit_at(changed, now))
        except Conflict:
            ports.clock.pause(attempt)
            continue
        send(ports, changed)
        return Changed(decision.answer, changed, decision.why)
    raise TooBusy(f"incident {number} was changed by others {ATTEMPTS} times in a row")


def command(
    ports: Ports,
    number: int,
    wish: Command,
    *,
    fates: Sequence[Fate] = (),
) -> Changed:
    """Somebody's command, from whatever surface. Raises TooBusy."""
    from tocsin.escalation.obey import commanded  # what opens and what only wakes needs no command

    return change(
        ports,
        number,
        wish.id,
        lambda incident, around, now: commanded(incident, wish, around, now),
        fates=fates,
    )


def refuse_page(ports: Ports, number: int, page: Page, reason: str) -> Answer:
    """A carrier refused the page for good: the next contact, or the next step, now. Raises TooBusy."""
    from tocsin.escalation.decide import refused

    id = f"refused-{page.id(number)}"
    return change(
        ports, number, id, lambda incident, around, now: refused(incident, page, id, reason, around, now)
    ).answer

"""The timeline tells the truth: replaying it gives the incident, and its pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tests.simulation.cloud import Cloud
from tocsin.escalation.model import Policy
from tocsin.incidents.incident import Actor, Entry, Incident, State, Urgency
from tocsin.incidents.times import from_iso


@dataclass
class Replay:
    """An incident as its timeline tells it, from the first line to the last."""

    state: State = State.TRIGGERED
    urgency: Urgency = Urgency.HIGH
    acked_by: Actor | None = None
    resolved_by: Actor | None = None
    cycle: int = 1
    step: tuple[int, int] | None = None
    paged: set[str] = field(default_factory=set)
    pages: int = 0
    severity: str = ""
    priority: str = ""
    title: str = ""
    assigned: tuple[str, ...] = ()
    acked: frozenset[str] = frozenset()
    responders: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    merged_into: int | None = None
    muted_until: datetime | None = None

    def read(self, entry: Entry) -> None:
        cycle = self.cycle
        self._read(entry)
        if entry.kind in ("acknowledged", "snoozed") or self.cycle != cycle:
            self.acked = frozenset()

    def _read(self, entry: Entry) -> None:
        details = entry.details
        match entry.kind:
            case "opened":
                self.urgency = Urgency(str(details["urgency"]))
                self.severity, self.title = str(details["severity"]), str(details["title"])
            case "severity_changed":
                self.severity = str(details["after"])
            case "priority_changed":
                self.priority = str(details["after"])
            case "title_changed":
                self.title = str(details["after"])
            case "linked":
                self.links.append(str(details["url"]))
            case "responders_asked":
                self.responders |= dict.fromkeys(str(details["users"]).split(), "asked")
            case "responder_joined" | "responder_declined":
                self.responders[entry.actor.name] = entry.kind.removeprefix("responder_")
            case "merged_into":
                self.merged_into = int(details["target"] or 0)
            case "muted":
                self.muted_until = from_iso(str(details["until"]))
            case "unmuted":
                self.muted_until = None
            case "acknowledged":
                self.state, self.acked_by, self.pages = State.ACKNOWLEDGED, entry.actor, 0
            case "acknowledged_too":
                self.acked |= {entry.actor.name}
            case "ack_taken_back":
                self.acked -= {entry.actor.name}
            case "kept":
                self.acked_by = entry.actor
            case "snoozed":
                self.state, self.acked_by, self.pages = State.SNOOZED, entry.actor, 0
            case "reopened":
                self.state, self.urgency = State.TRIGGERED, Urgency(str(details["urgency"]))
                self.cycle, self.pages, self.muted_until = int(details["cycle"] or 0), 0, None
            case "reassigned" | "moved":
                self.state, self.cycle = State.TRIGGERED, int(details["cycle"] or 0)
                self.assigned = tuple(str(details.get("users") or "").split())
            case "resolved":
                self.state, self.resolved_by = State.RESOLVED, entry.actor
            case "unacknowledged":
                self.state, self.cycle = State.TRIGGERED, int(details["cycle"] or 0)
            case "escalated":
                self.state, self.urgency = State.TRIGGERED, Urgency.HIGH
                self.cycle = int(details["cycle"] or 0)
            case "raised":
                self.urgency = Urgency.HIGH
                self.cycle = int(details.get("cycle") or self.cycle)
            case "restarted":
                self.cycle = int(details["cycle"] or 0)
            case "step":
                self.cycle = int(details["cycle"] or 0)
                self.step = int(details["round"] or 0), int(details["step"] or 0)
            case "skipped" if details["reason"] == "condition":
                self.cycle = int(details["cycle"] or 0)
                self.step = int(details["round"] or 0), int(details["step"] or 0)
            case "page_due":
                self.paged.add(str(details["user"]))
                self.pages += 0 if details.get("purpose") else 1


def the_timeline_tells_the_state(cloud: Cloud) -> Iterator[str]:
    for number in cloud.store.numbers():
        incident = cloud.store.incident(number)
        if incident is None:
            continue
        told = Replay()
        for entry in cloud.store.timeline(number):
            told.read(entry)
        policy = cloud.book(incident.revision).policies[incident.policy]
        yield from _differences(number, told, incident, policy)


def _differences(number: int, told: Replay, incident: Incident, policy: Policy) -> Iterator[str]:
    pairs: list[tuple[str, object, object]] = [
        ("state", told.state.value, incident.state.value),
        ("urgency", told.urgency.value, incident.urgency.value),
        ("people paged", sorted(told.paged), sorted(incident.paged)),
        ("pages since the ack", told.pages, incident.pages),
        ("severity", told.severity, incident.severity),
        ("priority", told.priority, incident.priority),
        ("title", told.title, incident.title),
        ("people before whom the policy waits", told.assigned, incident.handling.assigned),
        ("responders", told.responders, dict(incident.handling.responders)),
        ("links", told.links, [url for _, url in incident.handling.links]),
        ("target", told.merged_into, incident.handling.merged_into),
        ("end of the mute", told.muted_until, incident.handling.muted_until),
    ]
    if incident.state is State.ACKNOWLEDGED:
        pairs.append(("holder", told.acked_by, incident.acked_by))
    if incident.state is State.RESOLVED:
        pairs.append(("resolver", told.resolved_by, incident.resolved_by))
    if incident.state is State.TRIGGERED and incident.capped_at is None:
        plan = incident.plan
        pairs.append(("cycle", told.cycle, plan.cycle))
        pairs.append(("acks that are noted", sorted(told.acked), sorted(plan.acked)))
        # A last resort of nobody is no step that could be told of.
        if policy.last_resort or not plan.last_resort:
            pairs.append(("round and step", told.step, (plan.round, plan.step)))
    for what, said, is_ in pairs:
        if said != is_:
            yield f"by its timeline the {what} of #{number} is {said}, but it is {is_}"


def the_timeline_tells_the_pages(cloud: Cloud) -> Iterator[str]:
    """Each page has one line of its outcome."""
    for number in cloud.store.numbers():
        told: dict[str, list[str]] = {}
        for entry in cloud.store.timeline(number):
            if entry.kind in ("page_sent", "page_refused", "page_cancelled"):
                told.setdefault(str(entry.details["page"]), []).append(entry.kind.removeprefix("page_"))
        for record in cloud.store.pages(number):
            if record.page.kind == "post":
                continue
            lines = told.pop(record.id, [])
            # A page that was withdrawn from the outbox may be on its way already, and is cancelled once more there.
            expected = {record.state.value}
            if (
                set(lines) - {"cancelled"} - expected
                or record.state.value not in lines
                or lines.count("sent") > 1
            ):
                yield f"the page {record.id} is {record.state.value}, and the timeline says {lines}"
        for id, lines in told.items():
            if lines != ["cancelled"]:
                yield f"the timeline says {lines} of {id}, which nobody claimed"


def every_alarm_was_raised(cloud: Cloud) -> Iterator[str]:
    """What the timeline calls an alarm reached the watchdog, before its line was written."""
    raised = {
        (kind, words.split("#")[1].split()[0]): at
        for at, kind, words in reversed(cloud.witness.alarms)
        if "#" in words
    }
    for number, changes in cloud.witness.changes.items():
        for change in changes:
            for entry in change.entries:
                if entry.kind == "alarm":
                    at = raised.get((str(entry.details["reason"]), str(number)))
                    if at is None or at > change.at:
                        yield f"#{number} tells of an alarm that nobody heard: {entry.details['reason']}"

"""The course that an incident took through its policy, as its timeline tells it: each step, taken or passed.

The policy is the one it opened with, until somebody moves it; whoever it is given to stands before its own steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.personal import rules_of
from tests.simulation.witness import Change
from tocsin.escalation.model import Book, Policy, Target
from tocsin.escalation.model import Step as Written
from tocsin.incidents.incident import Entry, Urgency
from tocsin.incidents.times import from_iso


@dataclass(frozen=True, slots=True)
class Standing:
    """What an incident goes by: a revision, a policy of it, those who have acknowledged in this cycle where others
    still have to, and the step of those it was given to, which stands before the policy's own.
    """

    revision: str
    book: Book
    policy: Policy
    urgency: Urgency
    cycle: int = 1
    acked: frozenset[str] = frozenset()
    assigned: tuple[Written, ...] = ()

    def after(self, cloud: Cloud, line: Entry) -> Standing:
        """What a line of the timeline makes of it."""
        details = line.details
        now = self
        match line.kind:
            case "acknowledged_too":
                return replace(self, acked=self.acked | {line.actor.name})
            case "ack_taken_back":
                return replace(self, acked=self.acked - {line.actor.name})
            case "raised":
                now = replace(self, urgency=Urgency.HIGH)
            case "escalated":
                now = replace(self, urgency=Urgency.HIGH)
            case "reopened":
                now = replace(self, urgency=Urgency(str(details["urgency"])))
            case "reassigned":
                own = self.book.policies[self.policy.name]
                first = Written(tuple(Target("user", user) for user in str(details["users"]).split()))
                policy = replace(own, steps=(first, *own.steps))
                now = replace(self, policy=policy, assigned=(first,))
            case "moved":
                revision = str(details["revision"])
                book = cloud.book(revision)
                policy = book.policies[str(details["policy"])]
                now = replace(self, revision=revision, book=book, policy=policy, assigned=())
            case "revision_changed":
                # The same policy, as it is now: whoever it was given to still stands before it.
                revision = str(details["after"])
                book = cloud.book(revision)
                own = book.policies[self.policy.name]
                policy = replace(own, steps=(*self.assigned, *own.steps))
                now = replace(self, revision=revision, book=book, policy=policy)
        cycle = max(self.cycle, int(details.get("cycle") or 0))
        anew = cycle > self.cycle or line.kind in ("acknowledged", "resolved", "snoozed")
        return replace(now, cycle=cycle, acked=frozenset() if anew else self.acked)


def standing(cloud: Cloud, number: int) -> Standing:
    """What an incident goes by when it opens."""
    first = cloud.witness.changes[number][0]
    incident = first.incident
    book = cloud.book(incident.revision)
    said = next(line.details["urgency"] for line in first.entries if line.kind == "opened")
    policy = book.policies[book.services[incident.service].policy]
    return Standing(incident.revision, book, policy, Urgency(str(said)))


@dataclass(frozen=True, slots=True)
class Step:
    """A step that began at ``at``, or was passed then (``taken`` false); step 0 is the last resort.

    ``people`` as found. ``attempt`` counts how often the round was tried again. ``index`` is that of the change it
    began with; ``line`` its place among all lines.
    """

    at: datetime
    cycle: int
    round: int
    step: int
    people: tuple[str, ...]
    taken: bool
    attempt: int
    index: int
    line: int
    standing: Standing

    @property
    def place(self) -> str:
        return f"round {self.round} step {self.step}"

    @property
    def urgency(self) -> Urgency:
        return self.standing.urgency

    @property
    def written(self) -> Written:
        """The step as the file has it. Not for the last resort."""
        return self.standing.policy.steps[self.step - 1]

    @property
    def reached(self) -> bool:
        """Whether there is anybody whom a rule reaches, or who has acknowledged already."""
        users = self.standing.book.users
        return any(
            person in self.standing.acked or rules_of(users[person], self.urgency, self.at)
            for person in self.people
        )


def steps_of(cloud: Cloud, number: int, changes: Sequence[Change]) -> Iterator[Step]:
    """The steps of an incident as far as these of its changes go."""
    now = standing(cloud, number)
    before: Step | None = None
    place = 0
    for index, change in enumerate(changes):
        for line in change.entries:
            place += 1
            now = now.after(cloud, line)
            passed = line.kind == "skipped" and line.details.get("reason") == "condition"
            if line.kind == "step" or passed:
                before = _step(line, now, index, place, before)
                yield before


def _step(line: Entry, now: Standing, index: int, place: int, before: Step | None) -> Step:
    details = line.details
    cycle, round, step = (int(details[key] or 0) for key in ("cycle", "round", "step"))
    attempt = 0
    if before is not None and (before.cycle, before.round) == (cycle, round) and step:
        attempt = before.attempt + (step <= before.step)
    at = from_iso(str(details["asked_at" if line.kind == "step" else "due"]))
    people = tuple(str(details.get("people") or "").split())
    return Step(at, cycle, round, step, people, line.kind == "step", attempt, index, place, now)

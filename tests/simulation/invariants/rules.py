"""The rules of the people whom steps found: each is due when it says, and nothing else is.

An account of its own: it is told from the steps, the people's rules and the answers, and knows nothing of the planner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import push_known_until
from tests.simulation.invariants.course import Step, steps_of
from tests.simulation.invariants.personal import rules_of
from tests.simulation.invariants.policy import undisturbed
from tests.simulation.witness import Change
from tocsin.escalation.planner import PUNCTUAL
from tocsin.incidents.incident import Entry
from tocsin.incidents.plan import Page

SECOND = timedelta(seconds=1)
#: Lines after which nothing of what was pending is sent any more.
ANSWERS = frozenset({"acknowledged", "resolved", "snoozed", "reassigned", "moved"})
#: Lines with which what was low becomes high.
RAISES = frozenset({"raised", "escalated"})

#: Cycle, round, step, person, rule, instant.
Due = tuple[int, int, int, str, int, datetime]


def each_rule_is_due_when_it_says(cloud: Cloud) -> Iterator[str]:
    """Until there is an answer, or a step finds the same person again. Whoever has acknowledged where others still have
    to is paged no more in that cycle.
    """
    for number, changes in cloud.witness.changes.items():
        known = undisturbed(cloud, changes)
        steps = _beginnings(list(steps_of(cloud, number, known)), known)
        end = _end(cloud, known, changes)
        yield from (f"#{number}: {words}" for words in _pages(cloud, steps, known, end))


def _beginnings(steps: Sequence[Step], changes: Sequence[Change]) -> list[Step]:
    """The steps that were taken; and as one for them alone, whoever took an ack back where others still have to
    acknowledge: what the step in progress is for them begins again then.
    """
    began = {step.line: step for step in steps}
    found: list[Step] = []
    now: Step | None = None
    place = 0
    for index, change in enumerate(changes):
        for line in change.entries:
            place += 1
            # After the last round nobody may be there to be asked.
            now = None if line.kind == "alarm" else began.get(place, now)
            if now is not None and now.line == place and now.taken:
                found.append(now)
            if line.kind == "ack_taken_back" and now is not None and _found(now, line.actor.name):
                standing = replace(now.standing, acked=now.standing.acked - {line.actor.name})
                people = (line.actor.name,)
                found.append(
                    replace(now, at=line.at, people=people, index=index, line=place, standing=standing)
                )
    return found


def _found(step: Step, person: str) -> bool:
    """Whether the step was for them: it reached them, or they had acknowledged before."""
    if not step.taken or person not in step.people:
        return False
    user = step.standing.book.users[person]
    return person in step.standing.acked or bool(rules_of(user, step.urgency, step.at))


def _pages(cloud: Cloud, steps: Sequence[Step], changes: Sequence[Change], end: datetime) -> Iterator[str]:
    due: dict[Due, Page] = {}
    for change in changes:
        for entry in change.entries:
            if entry.kind == "page_due" and "purpose" not in entry.details:
                page = change.incident.outbox[str(entry.details["page"])]
                due[page.cycle, page.round, page.step, page.user, page.rule, page.at] = page
    answers = list(_answers(changes))
    raised = [line.at for line in _lines(changes) if line.kind in RAISES]
    unsure = _late(cloud, changes)
    expected: dict[Due, str] = {}
    maybe: set[Due] = set()
    for place, step in enumerate(steps):
        for person in step.people:
            if person in step.standing.acked:
                continue
            again = next((later for later in steps[place + 1 :] if person in later.people), None)
            over = next((at for line, at, who in answers if line > step.line and who in (None, person)), None)
            user = step.standing.book.users[person]
            for index, at, contact, put_off in rules_of(user, step.urgency, step.at):
                key = (step.cycle, step.round, step.step, person, index, at)
                if again is not None and at >= again.at:
                    # By clocks that differ a later change may bear the same instant.
                    if at == again.at and again.index != step.index:
                        maybe.add(key)
                    continue
                ends = min([end, *([over] if over is not None else [])])
                if at > ends + PUNCTUAL:
                    continue
                loud = min((one for one in raised if one >= step.at), default=None) if put_off else None
                # What was put off is dropped when it becomes high.
                if loud is not None and at > loud + PUNCTUAL:
                    continue
                if (
                    (loud is not None and at >= loud - PUNCTUAL - SECOND)
                    or at >= ends - PUNCTUAL - SECOND
                    or any(low <= at <= high for low, high in unsure)
                ):
                    maybe.add(key)
                else:
                    expected[key] = contact
    for key in due.keys() - expected.keys() - maybe:
        yield f"{_words(key)} was due, and no rule says so"
    for key, contact in expected.items():
        if key not in due:
            yield f"{_words(key)} was never due"
        elif due[key].contact != contact:
            yield f"{_words(key)} goes to {due[key].contact}, not to {contact}"


def _answers(changes: Sequence[Change]) -> Iterator[tuple[int, datetime, str | None]]:
    """The lines with which pages end, by their places: for one person alone, or (None) for everybody. What ended a
    cycle without an answer lets the rules run on.
    """
    for place, line in enumerate(_lines(changes), start=1):
        if line.kind in ANSWERS:
            yield place, line.at, None
        elif line.kind == "acknowledged_too":
            yield place, line.at, line.actor.name


def _lines(changes: Sequence[Change]) -> Iterator[Entry]:
    return (line for change in changes for line in change.entries)


def _late(cloud: Cloud, changes: Sequence[Change]) -> list[tuple[datetime, datetime]]:
    """When something was due that was not done yet: an answer, or a step, may have come before it."""
    late = []
    skew = timedelta(seconds=cloud.weather.skew)
    for before, change in pairwise(changes):
        due, at = before.incident.due, cloud.kernel.instant(change.at) + skew
        if due is not None and at > due:
            late.append((due - SECOND, at))
    return late


def _words(key: Due) -> str:
    cycle, round, step, person, rule, at = key
    return f"cycle {cycle} round {round} step {step}: {person}'s rule {rule} at {at:%H:%M:%S}"


def _end(cloud: Cloud, known: Sequence[Change], changes: Sequence[Change]) -> datetime:
    """Until when everything that was due has been done: what is due in the end may still be on its way."""
    if not known:
        return cloud.kernel.begin
    due = known[-1].incident.due
    end = cloud.kernel.instant(min(cloud.ended, push_known_until(cloud)))
    if len(known) < len(changes):
        end = cloud.kernel.instant(min(changes[len(known)].at, push_known_until(cloud)))
    return min(end, due) if due is not None else end

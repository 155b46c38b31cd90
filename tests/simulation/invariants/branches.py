"""What a step's own words say: whether it is for such an incident, when its wait is over, whose turn it is.

Told from the sentences of the file format, and from what the witness knows of an incident. The hours of the histories'
teams are those of every day, in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import slowest
from tests.simulation.witness import Change
from tocsin.escalation.model import Hours, Step, When
from tocsin.incidents.incident import Incident

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Case:
    """What an incident is like. ``repeats``: how often its alert had come, as far as whoever decided may know it."""

    severity: str
    priority: str
    labels: Mapping[str, str]
    repeats: tuple[int, ...]


def case_of(cloud: Cloud, number: int, index: int) -> Case:
    """As it was when the change ``index`` of an incident was decided."""
    changes = cloud.witness.changes[number]
    event = cloud.witness.opening(number).parsed
    severity, priority = event.severity.value, ""
    for line in (line for change in changes[:index] for line in change.entries):
        if line.kind == "severity_changed":
            severity = str(line.details["after"])
        elif line.kind == "priority_changed":
            priority = str(line.details["after"])
    named = event.details.get("labels")
    fields = {**event.details, **named} if isinstance(named, Mapping) else event.details
    labels = {name: str(value) for name, value in fields.items() if isinstance(value, str | int | float)}
    return Case(severity, priority, labels, _repeats(cloud, changes, index))


def _repeats(cloud: Cloud, changes: Sequence[Change], index: int) -> tuple[int, ...]:
    """What could be read of it just before the change was written."""
    now = changes[index].at
    incident = changes[max(index - 1, 0)].incident
    moments = [at for at in cloud.witness.tally.moments(incident.alerts) if now - slowest(cloud) < at <= now]
    return tuple(sorted({_count(cloud, incident, when) for when in (now, *(at - 1 for at in moments))}))


def _count(cloud: Cloud, incident: Incident, when: int) -> int:
    counts = (cloud.witness.tally.count_of(incident.number, key, when) for key in incident.alerts)
    return max(1, *counts) if incident.alerts else 1


def verdicts(step: Step, case: Case, at: datetime) -> set[bool]:
    """Whether the step is taken at ``at``: both, where it depends on a repeat that came just then."""
    return {
        (step.when is None or _holds(step.when, case, repeats, at))
        and (step.unless is None or not _holds(step.unless, case, repeats, at))
        for repeats in case.repeats
    }


def _holds(when: When, case: Case, repeats: int, at: datetime) -> bool:
    """Everything that is said has to hold; of several values one will do, whatever its case."""
    asked: list[bool] = [repeats >= when.repeated]
    if when.severity:
        asked.append(case.severity.lower() in [value.lower() for value in when.severity])
    if when.priority:
        asked.append(case.priority.lower() in [value.lower() for value in when.priority])
    if when.hours is not None:
        asked.append(any(opens <= at < closes for opens, closes in _windows(when.hours, at - DAY, 3)))
    asked += [case.labels.get(name) in values for name, values in when.labels.items()]
    return all(asked)


def wait_over(step: Step, at: datetime) -> datetime:
    """When the wait of a step that begins at ``at`` is over: with ``wait_hours`` only time in them counts."""
    if step.wait_hours is None:
        return at + step.wait
    left = step.wait
    for opens, closes in _windows(step.wait_hours, at - DAY, 40):
        counted = closes - max(opens, at)
        if counted >= left:
            return max(opens, at) + left
        left -= max(counted, timedelta(0))
    raise AssertionError("the histories' hours come again every day, and their waits are short")


def _windows(hours: Hours, since: datetime, days: int) -> Iterable[tuple[datetime, datetime]]:
    """The hours of so many days, which are one window of every day in UTC."""
    (window,) = hours.active
    if hours.timezone != "UTC" or len(window.days) < 7:
        raise AssertionError("the histories' hours are those of every day, in UTC")
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(days):
        begins = midnight + day * DAY
        yield begins + timedelta(minutes=window.start), begins + timedelta(minutes=window.end)


def whose_turn(people: Sequence[str], turn: int, reachable: Iterable[str]) -> list[str]:
    """Of those named the one whose turn it is; a turn of somebody out of reach is the next one's."""
    found: list[str] = []
    there = set(reachable)
    for index in count(turn):
        if len(found) == len(people):
            return found
        found.append(people[index % len(people)])
        if found[-1] in there:
            return found
    return found

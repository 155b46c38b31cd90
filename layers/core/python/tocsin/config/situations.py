"""What an incident may be like, as far as policies ask: the plain one, and one for each value that a branch names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from tocsin.escalation.conditions import ANY, Situation
from tocsin.escalation.model import Book, Policy, When
from tocsin.escalation.targets import people_of

#: Of a round robin so many turns are looked at.
_MOST_TURNS = 12


def situations_of(policies: Iterable[tuple[Policy, Book]], at: datetime) -> list[Situation]:
    """The plain situation, then for each value that some condition names one that has it and nothing else, for each
    condition that asks for several things one that has all of them, and for each turn of a round robin (of those who
    are its people at ``at``) one. None is there twice.
    """
    found = [ANY]
    turns = 0
    for policy, book in policies:
        for step in policy.steps:
            for when in (step.when, step.unless):
                found += _of(when) if when is not None else ()
            if step.round_robin:
                turns = max(turns, len(people_of(step.page, book, at)))
    found += [Situation(turn=turn) for turn in range(1, min(turns, _MOST_TURNS))]
    distinct: list[Situation] = []
    for one in found:
        if one not in distinct:
            distinct.append(one)
    return distinct


def _of(when: When) -> Iterator[Situation]:
    yield from (Situation(severity=value) for value in when.severity)
    yield from (Situation(priority=value) for value in when.priority)
    for name, values in when.labels.items():
        yield from (Situation(labels={name: value}) for value in values)
    if when.repeated > 1:
        yield Situation(repeats=when.repeated)
    if len(when.labels) + sum(map(bool, (when.severity, when.priority, when.repeated > 1))) > 1:
        yield Situation(
            when.severity[0] if when.severity else ANY.severity,
            when.priority[0] if when.priority else ANY.priority,
            {name: values[0] for name, values in when.labels.items()},
            max(when.repeated, 1),
        )

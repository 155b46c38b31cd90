"""When a person's own rules reach them: for which instants at which a step begins."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from tocsin.escalation.model import User, Via
from tocsin.escalation.personal import rules_of
from tocsin.incidents.incident import Urgency
from tocsin.oncall.load import hours_between
from tocsin.oncall.ranges import Range, rest, united

#: Ways that wake somebody who sleeps.
WAKING: frozenset[Via] = frozenset({"push", "sms", "voice"})


def reached(
    user: User, urgency: Urgency, start: datetime, end: datetime, ways: Collection[Via] | None = None
) -> list[Range]:
    """When, in [start, end) (aware), a step may begin so that a rule of theirs applies, of these ``ways`` only if
    said."""
    return united(_reached(user, urgency, start, end, ways))


def _reached(
    user: User, urgency: Urgency, start: datetime, end: datetime, ways: Collection[Via] | None
) -> Iterator[Range]:
    hours = user.office_hours
    for _, rule, _ in rules_of(user, urgency):
        if ways is not None and rule.via not in ways:
            continue
        if rule.during is None or hours is None:
            yield start, end
            continue
        # It is judged when it is due, which is later than the step.
        first, last = start + rule.after, end + rule.after
        inside = hours_between(hours.active, hours.timezone, first, last)
        for begin, stop in inside if rule.during == "office_hours" else rest(inside, first, last):
            yield begin - rule.after, stop - rule.after

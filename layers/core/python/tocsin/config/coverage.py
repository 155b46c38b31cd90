"""When an alert would find somebody: the stretches of time in which a service's first round reaches nobody.

A step that reaches nobody is passed at once, so a round that begins at an instant reaches somebody exactly when, at
that instant, any target of any of its steps has somebody with a rule that fits and applies.
"""

from __future__ import annotations

from datetime import datetime

from tocsin.config.reach import reached
from tocsin.escalation.model import Book, Policy, Service
from tocsin.incidents.incident import Urgency
from tocsin.oncall.load import hours_between
from tocsin.oncall.model import Gap, Schedule, Span
from tocsin.oncall.ranges import Range, common, rest, united
from tocsin.oncall.timeline import timeline


class Coverage:
    """Answers for one stretch of time, each schedule walked once."""

    def __init__(self, book: Book, start: datetime, end: datetime) -> None:
        self._book = book
        self._start = start
        self._end = end
        self._walked: dict[str, tuple[list[Span], list[Gap]]] = {}
        self._reached: dict[tuple[str, Urgency], list[Range]] = {}
        self._policies: dict[tuple[str, Urgency], list[Range]] = {}

    def gaps(self, schedule: str) -> list[Range]:
        """When nobody is on call though somebody should be."""
        gaps = [(gap.start, gap.end) for gap in self._walk(schedule)[1]]
        return common(gaps, to_cover(self._book.schedules[schedule], self._start, self._end))

    def nobody(self, service: Service) -> list[Range]:
        """When an incident of the service would begin with a round that reaches nobody."""
        policy = self._book.policies[service.policy]
        high = self._of_policy(policy, Urgency.HIGH)
        if service.support_hours is None:
            return high
        low = self._of_policy(policy, Urgency.LOW)
        if not high and not low:
            return []
        support = service.support_hours
        inside = hours_between(support.active, support.timezone, self._start, self._end)
        outside = rest(inside, self._start, self._end)
        return united([*common(high, inside), *common(low, outside)])

    def _walk(self, schedule: str) -> tuple[list[Span], list[Gap]]:
        if schedule not in self._walked:
            self._walked[schedule] = timeline(self._book.schedules[schedule], self._start, self._end)
        return self._walked[schedule]

    def _of_policy(self, policy: Policy, urgency: Urgency) -> list[Range]:
        key = (policy.name, urgency)
        if key not in self._policies:
            self._policies[key] = rest(self._covered(policy, urgency), self._start, self._end)
        return self._policies[key]

    def _covered(self, policy: Policy, urgency: Urgency) -> list[Range]:
        targets = {(target.kind, target.name) for step in policy.steps for target in step.page}
        found: list[Range] = []
        for kind, name in targets:
            people = (name,) if kind == "user" else self._book.teams[name] if kind == "team" else ()
            if kind == "everyone":
                people = tuple(
                    user
                    for layer in self._book.schedules[name].layers
                    for turn in layer.users
                    for user in turn
                )
            for user in people:
                if (theirs := self._reaches(user, urgency)) == [(self._start, self._end)]:
                    return theirs
                found += theirs
        for kind, name in targets:
            if kind == "schedule":
                for span in self._walk(name)[0]:
                    for user in span.users:
                        found += common([(span.start, span.end)], self._reaches(user, urgency))
        return united(found)

    def _reaches(self, user: str, urgency: Urgency) -> list[Range]:
        key = (user, urgency)
        if key not in self._reached:
            self._reached[key] = reached(self._book.users[user], urgency, self._start, self._end)
        return self._reached[key]


def to_cover(schedule: Schedule, start: datetime, end: datetime) -> list[Range]:
    """When somebody should be on call in [start, end) (aware): the schedule's ``cover``, or always."""
    if schedule.cover is None:
        return [(start, end)]
    return hours_between(schedule.cover, schedule.timezone, start, end)

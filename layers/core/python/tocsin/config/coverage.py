"""When an alert would find somebody: the stretches of time in which a service's first round reaches nobody.

A step that reaches nobody is passed at once, so a round that begins at an instant reaches somebody exactly when, at
that instant, any target of any of its steps has somebody with a rule that fits.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.escalation.model import Book, Policy, Service, SupportHours
from tocsin.escalation.planner import rules_of
from tocsin.incidents.incident import Urgency
from tocsin.oncall.model import Gap, Layer, Schedule, Span
from tocsin.oncall.timeline import timeline

#: Aware instants, the second not included.
Range = tuple[datetime, datetime]

_LONG_AGO = datetime(1990, 1, 1)  # noqa: DTZ001  a wall is naive on purpose


class Coverage:
    """Answers for one stretch of time, each schedule walked once."""

    def __init__(self, book: Book, start: datetime, end: datetime) -> None:
        self._book = book
        self._start = start
        self._end = end
        self._walked: dict[str, tuple[list[Span], list[Gap]]] = {}
        self._reachable: dict[tuple[str, Urgency], bool] = {}
        self._policies: dict[tuple[str, Urgency], list[Range]] = {}

    def gaps(self, schedule: str) -> list[Range]:
        """When nobody is on call."""
        return [(gap.start, gap.end) for gap in self._walk(schedule)[1]]

    def nobody(self, service: Service) -> list[Range]:
        """When an incident of the service would begin with a round that reaches nobody."""
        policy = self._book.policies[service.policy]
        high = self._of_policy(policy, Urgency.HIGH)
        if service.support_hours is None:
            return high
        low = self._of_policy(policy, Urgency.LOW)
        if not high and not low:
            return []
        inside = self._hours(service.support_hours)
        return _united(_common(high, inside) + _common(low, self._rest(inside)))

    def _walk(self, schedule: str) -> tuple[list[Span], list[Gap]]:
        if schedule not in self._walked:
            self._walked[schedule] = timeline(self._book.schedules[schedule], self._start, self._end)
        return self._walked[schedule]

    def _of_policy(self, policy: Policy, urgency: Urgency) -> list[Range]:
        key = (policy.name, urgency)
        if key not in self._policies:
            self._policies[key] = self._rest(self._covered(policy, urgency))
        return self._policies[key]

    def _covered(self, policy: Policy, urgency: Urgency) -> list[Range]:
        targets = {(target.kind, target.name) for step in policy.steps for target in step.page}
        for kind, name in targets:
            people = (name,) if kind == "user" else self._book.teams[name] if kind == "team" else ()
            if any(self._reaches(user, urgency) for user in people):
                return [(self._start, self._end)]
        return _united(
            [
                (span.start, span.end)
                for kind, name in sorted(targets)
                if kind == "schedule"
                for span in self._walk(name)[0]
                if any(self._reaches(user, urgency) for user in span.users)
            ]
        )

    def _reaches(self, user: str, urgency: Urgency) -> bool:
        key = (user, urgency)
        if key not in self._reachable:
            self._reachable[key] = next(rules_of(self._book.users[user], urgency), None) is not None
        return self._reachable[key]

    def _hours(self, hours: SupportHours) -> list[Range]:
        """The support hours, walked as a schedule that is always somebody's."""
        layer = Layer("hours", (("open",),), _LONG_AGO, 1, "week", hours.active, "calendar")
        spans, _ = timeline(Schedule("hours", hours.timezone, (layer,)), self._start, self._end)
        return [(span.start, span.end) for span in spans]

    def _rest(self, ranges: list[Range]) -> list[Range]:
        """What the ranges (in order and apart) leave of the stretch."""
        left: list[Range] = []
        at = self._start
        for start, end in ranges:
            if start > at:
                left.append((at, start))
            at = max(at, end)
        if at < self._end:
            left.append((at, self._end))
        return left


def total(ranges: list[Range]) -> timedelta:
    """How long they are together. Across a change of the clock, hours are those that pass."""
    return sum((end.astimezone(UTC) - start.astimezone(UTC) for start, end in ranges), timedelta(0))


def _united(ranges: list[Range]) -> list[Range]:
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _common(first: list[Range], second: list[Range]) -> list[Range]:
    found: list[Range] = []
    one = other = 0
    while one < len(first) and other < len(second):
        start, end = max(first[one][0], second[other][0]), min(first[one][1], second[other][1])
        if start < end:
            found.append((start, end))
        if first[one][1] <= second[other][1]:
            one += 1
        else:
            other += 1
    return found

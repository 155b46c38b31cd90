"""When the answer to what a step asks may next be another one: people, hours, delegates."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from tocsin.escalation.model import Book, Hours, Step, Target, User
from tocsin.escalation.personal import rules_of
from tocsin.escalation.targets import NEXT_WITHIN
from tocsin.incidents.incident import Urgency
from tocsin.oncall.load import hours_between
from tocsin.oncall.timeline import timeline
from tocsin.oncall.walltime import FOREVER, instant, instant_number, instant_of

#: So much is looked at together: a fortnight, and what an incident of its last hours goes on for.
_STRETCH = timedelta(days=16)


class Moments:
    """Of one book, from ``start`` (aware) on. Each schedule and each week of hours is walked once.

    Every answer is an instant (aware UTC) after the one asked for. Until then nothing changes; nothing has to then.
    """

    def __init__(self, book: Book, start: datetime) -> None:
        self._book = book
        self._start = start.astimezone(UTC)
        self._schedules: dict[str, _Walk] = {}
        self._hours: dict[Hours, _Walk] = {}
        self._layers = {
            name: sorted(
                instant_of(schedule.timezone, wall, end=end)
                for layer in schedule.layers
                for wall, end in ((layer.starts, False), (layer.until, True))
                if wall is not None
            )
            for name, schedule in book.schedules.items()
        }

    def of_hours(self, hours: Hours, after: datetime) -> datetime:
        """When the hours may next begin or end."""
        if hours not in self._hours:

            def edges(start: datetime, end: datetime) -> Iterator[datetime]:
                for one in hours_between(hours.active, hours.timezone, start, end):
                    yield from one

            self._hours[hours] = _Walk(self._start, edges)
        return self._hours[hours].after(after)

    def of_step(self, step: Step, after: datetime) -> datetime | None:
        """When somebody else may be targeted, or the step passed where it was not; None for never."""
        windows = [when.hours for when in (step.when, step.unless) if when is not None and when.hours]
        found = [self.of_hours(hours, after) for hours in windows]
        found += self._of_targets(step.page, after)
        return min(found, default=None)

    def of_rules(self, user: User | None, urgency: Urgency, start: datetime) -> timedelta | None:
        """How much later than ``start`` a step may begin with the same rules of the person, put off or not in the same
        way; None for without an end."""
        if user is None:
            return None
        quiet = user.do_not_disturb if urgency is Urgency.LOW else None
        found: list[timedelta] = []
        for _, rule, _ in rules_of(user, urgency):
            due = start + rule.after
            hours = [user.office_hours] if rule.during is not None else []
            found += [self.of_hours(one, due) - due for one in (*hours, quiet) if one is not None]
        return min(found, default=None)

    def _of_targets(self, targets: tuple[Target, ...], after: datetime) -> Iterator[datetime]:
        change = self._book.away.next_change(instant_number(after))
        if change < FOREVER:
            yield instant(change)
        for target in targets:
            if target.name not in self._book.schedules:
                continue
            if target.kind in ("schedule", "next", "everyone"):
                yield self._of_schedule(target.name, after)
            if target.kind == "next":
                # Whoever comes is looked for only so far ahead.
                yield self._of_schedule(target.name, after + NEXT_WITHIN) - NEXT_WITHIN
            if target.kind == "everyone":
                yield from self._of_everyone(target.name, after)

    def _of_everyone(self, name: str, after: datetime) -> Iterator[datetime]:
        schedule = self._book.schedules[name]
        edges = self._layers[name]
        if (index := bisect_right(edges, after)) < len(edges):
            yield edges[index]
        members = {user for layer in schedule.layers for turn in layer.users for user in turn}
        for user in members:
            for begins, ends in schedule.away.passing(user):
                yield from (instant(one) for one in (begins, ends) if one > instant_number(after))

    def _of_schedule(self, name: str, after: datetime) -> datetime:
        if name not in self._schedules:
            schedule = self._book.schedules[name]

            def edges(start: datetime, end: datetime) -> Iterator[datetime]:
                spans, gaps = timeline(schedule, start, end)
                yield from (span.start for span in spans)
                yield from (gap.start for gap in gaps)

            self._schedules[name] = _Walk(self._start, edges)
        return self._schedules[name].after(after)


class _Walk:
    """The edges of something in time, found a stretch at a time; the end of a stretch counts as one."""

    def __init__(self, start: datetime, edges: Callable[[datetime, datetime], Iterator[datetime]]) -> None:
        self._until = start
        self._find = edges
        self._edges: list[datetime] = []

    def after(self, at: datetime) -> datetime:
        while self._until <= at:
            end = self._until + _STRETCH
            self._edges += sorted({*self._find(self._until, end), end})
            self._until = end
        return self._edges[bisect_right(self._edges, at)]

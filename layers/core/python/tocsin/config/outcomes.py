"""Whom an incident pages that nobody acknowledges, for every instant at which it may open.

The planner of the engine is asked, and nothing else. What it answers is the same from one instant on until a step of it
meets a handoff, or an edge of hours; so it is asked once between two such instants, for a fortnight exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tocsin.config.moments import Moments
from tocsin.escalation.conditions import ANY, Situation
from tocsin.escalation.model import Book, Policy, Service, Step
from tocsin.escalation.planner import begin, tick, urgency_at
from tocsin.escalation.ticks import Tick
from tocsin.incidents.incident import Urgency
from tocsin.incidents.plan import Page, Plan, page_order
from tocsin.oncall.windows import in_windows

#: Between two edges: at an edge itself a wait may just be over that goes on past it.
_INSIDE = timedelta(microseconds=1)
_NOTHING = timedelta(0)

#: What a page waits for beside its time: that hours in which alone a wait counts go on, that support hours begin, or
#: that somebody may be disturbed again.
Held = Literal["", "hours", "support_hours", "do_not_disturb"]


@dataclass(frozen=True, slots=True)
class Paged:
    """One page: step 0 is the last resort. ``after`` the incident opened; where it is ``held``, that much of the time
    that counts: in the hours of a wait, since support hours began, or before somebody was not to be disturbed."""

    round: int
    step: int
    user: str
    via: str
    contact: str
    after: timedelta
    held: Held = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The incident's urgency as it opens, and its pages in their order, none of its posts.

    ``reaches``: some step finds somebody with a rule that fits, before a round is over.
    """

    urgency: Urgency
    pages: tuple[Paged, ...]
    reaches: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """What an incident comes to that opens in [start, end) (aware UTC).

    ``times`` has for each page when it is sent if the incident opens at ``start``, and whether it is sent later by as
    much as the incident opens later.
    """

    start: datetime
    end: datetime
    outcome: Outcome
    times: tuple[tuple[datetime, bool], ...]


def outcomes(
    book: Book,
    service: str,
    start: datetime,
    end: datetime,
    situation: Situation = ANY,
    moments: Moments | None = None,
    *,
    first: bool = False,
) -> list[Piece]:
    """The pieces that [start, end) (aware) consists of. Contacts count as verified.

    An incident is followed as ``simulate`` does it, and through its last resort. ``first``: only to the first step that
    reaches somebody, without its pages. ``moments`` are those of the book, from ``start`` or earlier. Raises KeyError
    for an unknown name.
    """
    moments = moments if moments is not None else Moments(book, start)
    found: list[Piece] = []
    at = start
    while at < end:
        one = _History(book, book.services[service], situation, moments, at + _INSIDE)
        one.play(first)
        stop = end if one.same_for is None else min(end, at + _INSIDE + one.same_for)
        rows = sorted(one.pages, key=lambda row: page_order(row[0]))
        outcome = Outcome(one.opened_as, tuple(paged for _, paged, _ in rows), one.reaches)
        times = tuple((page.at - _INSIDE if moves else page.at, moves) for page, _, moves in rows)
        found.append(Piece(at, stop, outcome, times))
        at = stop
    return found


@dataclass(frozen=True, slots=True)
class _Chain:
    """Where the steps are: ``nominal`` of the time that counts has passed. ``moves``: a later incident would be there
    later by as much, and not at an instant that hours fix."""

    nominal: timedelta = _NOTHING
    held: Held = ""
    moves: bool = True


class _History:
    """One incident, followed, and for how long one that opens later would be the same (None: without an end)."""

    def __init__(
        self, book: Book, service: Service, situation: Situation, moments: Moments, at: datetime
    ) -> None:
        self._book = book
        self._policy: Policy = book.policies[service.policy]
        self._situation = situation
        self._moments = moments
        self._at = at
        self._urgency = self.opened_as = urgency_at(service, at)
        self._plan: Plan = begin(service, self._urgency, at)
        self._chain = _Chain()
        self._steps: dict[tuple[int, int, int], tuple[datetime, _Chain]] = {}
        self._moving: list[datetime] = []
        self._fixed: list[datetime] = [self._plan.raise_at] if self._plan.raise_at is not None else []
        self.pages: list[tuple[Page, Paged, bool]] = []
        self.same_for: timedelta | None = None
        self.reaches = False
        if service.support_hours is not None:
            self._until(moments.of_hours(service.support_hours, at), at)

    def play(self, first: bool) -> None:
        while (due := self._plan.due) is not None:
            one = tick(self._plan, self._urgency, self._policy, self._book, due, self._situation)
            self._note(one, due)
            self.reaches = self.reaches or bool(one.began and one.plan.live)
            if first and self.reaches:
                break
            if not {"nobody_reached", "quiet", "restarted"}.isdisjoint(one.marks):
                break
            self._plan, self._urgency = one.plan, one.urgency
            self._sent(one.pages)
        for page in self._plan.pending:
            self._meet(page.at, self._moves(page))
        self._cross()

    def _note(self, one: Tick, due: datetime) -> None:
        """What the tick asked, and how its successor hangs on it."""
        if "raised" in one.marks:
            self._chain = _Chain(held="support_hours", moves=False)
        if self._plan.next_at == due:
            self._meet(due, self._chain.moves)
        if one.skips:
            for page in set(self._plan.pending).difference(one.plan.pending, one.pages):
                self._meet(page.at, self._moves(page))
        asked = [(row.cycle, row.round, row.step) for row in one.began]
        asked += [(row.cycle, row.round, row.step) for row in one.skips if row.reason == "condition"]
        for key in asked:
            self._steps[key] = (due, self._chain)
            step = self._policy.steps[key[2] - 1] if key[2] else Step(self._policy.last_resort)
            if self._chain.moves:
                self._until(self._moments.of_step(step, due), due)
            for user in (user for row in one.began for user in row.people) if self._chain.moves else ():
                left = self._moments.of_rules(self._book.users.get(user), one.urgency, due)
                self._until(due + left if left is not None else None, due)
            told = max([due, *(page.at for row in one.began for page in row.put_off)])
            if key[2] and one.plan.next_at is not None and one.plan.next_at > due:
                self._wait(step, told, one.plan.next_at, put_off=told > due)

    def _wait(self, step: Step, start: datetime, end: datetime, *, put_off: bool) -> None:
        """The next step's place. ``put_off``: the wait starts only when somebody may be disturbed again."""
        moves, held = self._chain.moves, self._chain.held
        if put_off:
            moves, held = False, held or "do_not_disturb"
        if step.wait_hours is not None:
            hours = step.wait_hours
            if moves:
                self._until(self._moments.of_hours(hours, start), start)
            if end - start != step.wait:
                held = held or "hours"
                moves = moves and in_windows(hours.active, hours.timezone, start)
            if moves:
                self._until(self._moments.of_hours(hours, end), end)
        self._chain = _Chain(self._chain.nominal + step.wait, held, moves)

    def _moves(self, page: Page) -> bool:
        return self._steps[page.cycle, page.round, page.step][1].moves and not page.put_off

    def _sent(self, pages: tuple[Page, ...]) -> None:
        for page in pages:
            began, chain = self._steps[page.cycle, page.round, page.step]
            moves = self._moves(page)
            self._meet(page.at, moves)
            if not page.user:
                continue
            after, held = page.at - began, chain.held
            if page.put_off:
                # Only what is of low urgency is put off.
                after, held = self._book.users[page.user].low[page.rule].after, held or "do_not_disturb"
            paged = Paged(
                page.round, page.step, page.user, page.via, page.contact, chain.nominal + after, held
            )
            self.pages.append((page, paged, moves))

    def _meet(self, at: datetime, moves: bool) -> None:
        (self._moving if moves else self._fixed).append(at)

    def _cross(self) -> None:
        """What moves must not overtake what is fixed."""
        for fixed in self._fixed:
            for moving in self._moving:
                if moving < fixed:
                    self._until(fixed, moving)

    def _until(self, edge: datetime | None, at: datetime) -> None:
        if edge is None:
            return
        left = edge - at
        self.same_for = left if self.same_for is None else min(self.same_for, left)

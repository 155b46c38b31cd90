"""Notification rules that can never be sent: before they are due, a later step or round pages the same person anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from tocsin.escalation.model import Book, Policy, Step, Target
from tocsin.escalation.personal import rules_of
from tocsin.incidents.incident import Urgency
from tocsin.oncall.model import Schedule


@dataclass(frozen=True, slots=True)
class Drop:
    """The high rule at index ``rule`` of ``user`` is dropped in step ``step`` (from 1) of ``policy``.

    For ``after`` that step's beginning the person is paged again. ``places`` counts the steps, of all policies, in
    which the rule is dropped.
    """

    user: str
    rule: int
    policy: str
    step: int
    after: timedelta
    places: int


def superseded(book: Book) -> list[Drop]:
    """Each such rule once, with the first step that drops it.

    Only what is certain counts: a person paged again by name or team, or by the same schedule (whoever is on call then
    mostly still is). A rule due at the very instant of the next page is superseded too. A rule that applies ``during``
    some hours is never sent inside of them, and outside of them it would not be anyway.
    """
    members = {name: frozenset(_members(schedule)) for name, schedule in book.schedules.items()}
    rules = {
        id: [(index, rule.after) for index, rule, _ in rules_of(user, Urgency.HIGH)]
        for id, user in book.users.items()
    }
    found: dict[tuple[str, int], Drop] = {}
    for policy in book.policies.values():
        for number, user, again in _paged_again(policy, book, members):
            for index, after in rules.get(user, ()):
                if after >= again:
                    before = found.get((user, index))
                    found[user, index] = (
                        Drop(user, index, policy.name, number, again, 1)
                        if before is None
                        else Drop(user, index, before.policy, before.step, before.after, before.places + 1)
                    )
    return list(found.values())


def _paged_again(
    policy: Policy, book: Book, members: Mapping[str, frozenset[str]]
) -> Iterator[tuple[int, str, timedelta]]:
    """Step, person, and how long after that step's beginning the same person is paged again for certain."""
    steps = list(policy.steps)
    if policy.repeat == 0 and policy.last_resort:
        steps.append(Step(policy.last_resort))
    for place, step in enumerate(steps[: len(policy.steps)]):
        following = [*steps[place + 1 :], *(steps[: place + 1] if policy.repeat else ())]
        named = _named(step.page, book)
        waiting = {user: frozenset[str]() for user in named}
        for user in sorted(_on_schedules(step.page, members) - named):
            waiting[user] = frozenset(name for name in _schedules(step.page) if user in members[name])
        after = step.wait
        for later in following:
            again, schedules = _named(later.page, book), _schedules(later.page)
            for user, via in list(waiting.items()):
                # Whoever was on call was so in one of `via`: all of them must be paged again to be certain.
                if user in again or (via and via <= schedules):
                    yield place + 1, user, after
                    del waiting[user]
            if not waiting:
                break
            after += later.wait


def _members(schedule: Schedule) -> Iterator[str]:
    for layer in schedule.layers:
        for turn in layer.users:
            yield from turn
    for override in schedule.overrides:
        yield from override.users
    for temporary in schedule.temporary:
        for shift in temporary.shifts:
            yield from shift.users


def _schedules(targets: tuple[Target, ...]) -> frozenset[str]:
    return frozenset(target.name for target in targets if target.kind == "schedule")


def _on_schedules(targets: tuple[Target, ...], members: Mapping[str, frozenset[str]]) -> set[str]:
    return {user for name in _schedules(targets) for user in members[name]}


def _named(targets: tuple[Target, ...], book: Book) -> set[str]:
    found: set[str] = set()
    for target in targets:
        if target.kind == "user":
            found.add(target.name)
        elif target.kind == "team":
            found.update(book.teams[target.name])
    return found

"""Whom a step found: who was on call, who comes next, whose turn it was, by what was written down at that instant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tests.simulation.cloud import Cloud
from tests.simulation.duty import TICK, Duty
from tests.simulation.invariants.branches import whose_turn
from tests.simulation.invariants.clocks import push_known_until, slowest
from tests.simulation.invariants.course import Step, steps_of
from tests.simulation.invariants.personal import rules_of
from tocsin.escalation.model import Target

DAY = timedelta(days=1)
#: So many days ahead whoever comes next is looked for: of later ones nothing is said, for the slow account's sake.
NEXT = 2


def who_was_on_call(cloud: Cloud) -> Iterator[str]:
    """Whom a step found is who was there at that instant, in the incident's own revision with what was changed."""
    for number, changes in cloud.witness.changes.items():
        for step in steps_of(cloud, number, changes):
            if not step.taken:
                continue
            when = changes[step.index].at
            if step.step and step.written.round_robin and when >= push_known_until(cloud):
                break
            there = list(_there(cloud, number, step, when))
            if None not in there and list(step.people) not in there:
                found = " ".join(step.people) or "nobody"
                yield f"{step.place} of #{number} found {found} at {step.at}, but {there[0]} were there"
            if abs(step.at - cloud.kernel.instant(when)) > timedelta(seconds=40) + _way(cloud):
                yield f"{step.place} of #{number} asked for {step.at}, and it was {cloud.kernel.instant(when)}"


def _way(cloud: Cloud) -> timedelta:
    """From a decision to where it is written, by clocks that differ."""
    return timedelta(microseconds=slowest(cloud)) + timedelta(seconds=cloud.weather.skew)


def turns_go_round(cloud: Cloud) -> Iterator[str]:
    """Each incident of a policy with a round robin has a turn of its own, and each policy counts its own: from the
    first on, each number once.
    """
    asked = [number for _, number in cloud.witness.tally.turns]
    for number, changes in cloud.witness.changes.items():
        first = changes[0].incident
        policy = cloud.book(first.revision).policies[first.policy]
        if any(step.round_robin for step in policy.steps) != (asked.count(number) == 1):
            yield f"#{number} of {policy.name} asked for a turn {asked.count(number)} times"
        turn = cloud.witness.tally.turn_of(number)
        if first.turn != turn:
            yield f"#{number} has the turn {first.turn}, and it is the turn {turn} of {policy.name}"


def _there(cloud: Cloud, number: int, step: Step, when: int) -> Iterator[list[str] | None]:
    """By all that was written at ``when``, and by what was before each write that came just then: it may be unknown.
    None where nobody can tell.
    """
    moments = [when, *(one.at - 1 for one in cloud.witness.maybe_unknown(when, slowest(cloud)))]
    policy = step.standing.policy
    targets = step.written.page if step.step else policy.last_resort
    for moment in moments:
        people = _people(targets, cloud.witness.duty(step.standing.revision, moment), step.at)
        if people is None:
            yield None
            continue
        if step.step and step.written.round_robin:
            users = step.standing.book.users
            reachable = [person for person in people if rules_of(users[person], step.urgency, step.at)]
            # Another one in each later round and cycle, and when a round is tried again.
            turn = cloud.witness.tally.turn_of(number) + step.cycle - 1 + step.round - 1 + step.attempt
            people = whose_turn(people, turn, reachable)
        yield people


def _people(targets: Sequence[Target], duty: Duty, at: datetime) -> list[str] | None:
    """People and teams as the file names them, or who stands in; whoever a schedule has. Nobody twice.

    None where whoever comes next comes too late to be told.
    """
    found: list[str] = []
    for target in targets:
        if target.kind == "user":
            found.append(duty.stand_in(target.name, at))
        elif target.kind == "team":
            found += (duty.stand_in(user, at) for user in duty.era.document["teams"][target.name])
        elif target.kind == "schedule":
            found += duty.on_call(target.name, at)
        elif target.kind == "everyone":
            found += _everyone(duty, target.name, at)
        elif target.kind == "next":
            if (others := _next(duty, target.name, at)) is None:
                return None
            found += others
    return list(dict.fromkeys(found))


def _everyone(duty: Duty, schedule: str, at: datetime) -> list[str]:
    """Those on call, then whoever else is in the layer and not away, or whoever stands in for them."""
    begun = duty.turn(schedule, at) >= 0
    layer = [user for group in duty.groups(schedule) for user in group] if begun else []
    there = [user for user in layer if not any(a <= at < b for a, b in duty.away.get(user, ()))]
    return list(dict.fromkeys([*duty.on_call(schedule, at), *(duty.stand_in(one, at) for one in there)]))


def _next(duty: Duty, schedule: str, at: datetime) -> list[str] | None:
    """Whoever is the next to come who is not on call yet; None when they are not found soon."""
    now = duty.on_call(schedule, at)
    for day in range(NEXT):
        since = at + day * DAY
        for edge in duty.edges(schedule, since + TICK, since + DAY):
            if others := [user for user in duty.on_call(schedule, edge) if user not in now]:
                return others
    return None

"""Whose ack is that of the incident, and which alert's recovery is its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import push_known_until
from tests.simulation.invariants.course import Standing, Step, standing, steps_of
from tests.simulation.invariants.personal import rules_of
from tests.simulation.invariants.timelines import Replay
from tests.simulation.witness import Change
from tocsin.incidents.incident import State


def where_all_must_acknowledge_all_have(cloud: Cloud) -> Iterator[str]:
    """Somebody's ack is that of the incident only when everybody else whom the step in progress reached has given
    theirs. Whoever no carrier reaches is not waited for.
    """
    for number, changes in cloud.witness.changes.items():
        steps = {step.line: step for step in steps_of(cloud, number, changes)}
        now, told, step = standing(cloud, number), Replay(), None
        place = 0
        for index, change in enumerate(changes):
            if change.incident.capped_at is not None or changes[index - 1].incident.capped_at is not None:
                break
            if change.at >= push_known_until(cloud):
                break
            for line in change.entries:
                place += 1
                step = None if line.kind == "alarm" else steps.get(place, step)
                if (
                    line.kind == "acknowledged"
                    and line.actor.kind == "user"
                    and told.state is State.TRIGGERED
                    and step is not None
                ):
                    for other in _waiting(step, now, line.actor.name, changes[step.index : index + 1]):
                        yield f"{line.actor.name} has #{number}, and {other} had to acknowledge it, too"
                now = now.after(cloud, line)
                told.read(line)


def only_whoever_has_it_keeps_it(cloud: Cloud) -> Iterator[str]:
    """Nobody takes it from another by saying that they keep it."""
    for number in cloud.store.numbers():
        told = Replay()
        for line in cloud.store.timeline(number):
            holder = told.acked_by.name if told.acked_by is not None else "nobody"
            if line.kind == "kept" and (told.state, holder) != (State.ACKNOWLEDGED, line.actor.name):
                yield f"{line.actor.name} kept #{number}, which {holder} had"
            told.read(line)


def _waiting(step: Step, now: Standing, who: str, since: Sequence[Change]) -> Iterator[str]:
    """Whom the step surely reached, and who has not acknowledged."""
    if not step.taken or not step.step or step.cycle != now.cycle:
        return
    # As the file has the step now: a move may have brought another revision of it.
    if step.step > len(now.policy.steps) or now.policy.steps[step.step - 1].ack != "all":
        return
    refused = {line.details["user"] for change in since for line in change.entries if line.kind == "refused"}
    for person in step.people:
        reached = rules_of(step.standing.book.users[person], step.urgency, step.at)
        if reached and person not in {who, *now.acked, *refused}:
            yield person


def the_last_alert_to_recover_ends_it(cloud: Cloud) -> Iterator[str]:
    """A sender's resolve of one of several open alerts is not the end."""
    for number, open_ in cloud.witness.tally.recoveries:
        if len(open_) > 1:
            yield f"#{number} was resolved by a sender, and {len(open_)} of its alerts were open"

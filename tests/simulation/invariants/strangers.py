"""Who may answer for an incident, and who is neither heard nor told anything."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.answers import WRITTEN
from tests.simulation.teams import SCHEDULES, channel_of, whose


def only_who_was_paged_answers(cloud: Cloud) -> Iterator[str]:
    """Whoever answers a page, by whichever way, was paged for that incident, or asked to join it."""
    for number, changes in cloud.witness.changes.items():
        for change in changes:
            for line in change.entries:
                if (
                    line.actor.via in (*WRITTEN, "call", "link")
                    and line.actor.name not in change.incident.paged
                ):
                    yield f"{line.actor.name} {line.kind} #{number} by {line.actor.via}, and was never paged for it"


def what_nobody_vouches_for_does_nothing(cloud: Cloud) -> Iterator[str]:
    """A forged mail, a stranger's, what a machine answers, what was meant for somebody else: none is answered, and none
    is a command that an incident ever took.
    """
    unheard = {*cloud.witness.unheard}
    if not unheard:
        return
    for id in unheard & {taken.page_id for taken in cloud.witness.taken}:
        yield f"{id} was answered, and nobody vouches for it"
    for number, changes in cloud.witness.changes.items():
        for id in unheard & {id for change in changes for id in change.incident.commands}:
            yield f"{id} did something to #{number}, and nobody vouches for it"


def strangers_learn_nothing(cloud: Cloud) -> Iterator[str]:
    for taken in cloud.witness.taken:
        if taken.to not in whose() and taken.to not in map(channel_of, SCHEDULES):
            yield f"somebody unknown was sent {taken.text!r}"

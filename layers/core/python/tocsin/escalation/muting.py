"""That nobody wants to hear of an incident's alerts for a while: what it makes of the incident.

It is the alerts that are muted: the use case brings them (``tocsin.engine.actions``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.escalation.commands import AlreadySo, CannotDo, Command, gone_over
from tocsin.escalation.decide import quiet
from tocsin.escalation.drafts import Answer, Context, Draft
from tocsin.incidents.incident import Actor, Incident
from tocsin.incidents.times import iso

SHORTEST_MUTE, LONGEST_MUTE = timedelta(minutes=1), timedelta(days=31)


def do_mute(draft: Draft, command: Command, context: Context) -> Answer:
    """Its alerts are muted for so long from now, whatever was said before; an open one is snoozed until then, too."""
    incident, span = draft.incident, command.span
    if incident.handling.merged_into is not None:
        raise CannotDo(gone_over(context.part_of or incident.handling.merged_into))
    if span is None or not SHORTEST_MUTE <= span <= LONGEST_MUTE:
        raise CannotDo("a mute is from 1 minute to 31 days long")
    until = draft.now + span
    if incident.handling.muted_until == until and (not incident.open or incident.snoozed_until == until):
        raise AlreadySo(f"its alerts are muted until {iso(until)}")
    if incident.open:
        quiet(draft, command.actor, until)
    mute(draft, command.actor, until)
    return Answer.DONE


def mute(draft: Draft, actor: Actor, until: datetime) -> None:
    draft.incident = _muted(draft.incident, until)
    draft.note("muted", actor, until=iso(until))


def do_unmute(draft: Draft, command: Command, context: Context) -> Answer:
    """A snooze goes on: what ends that is to give it back."""
    handling = draft.incident.handling
    if handling.muted_until is None or handling.muted_until <= draft.now:
        if handling.merged_into is not None:
            raise CannotDo(gone_over(context.part_of or handling.merged_into))
        raise AlreadySo("its alerts are not muted")
    draft.incident = _muted(draft.incident, None)
    draft.note("unmuted", command.actor)
    return Answer.DONE


def _muted(incident: Incident, until: datetime | None) -> Incident:
    return replace(incident, handling=replace(incident.handling, muted_until=until))

"""What a command makes of an incident. Pure: others act on what comes out.

Merging, reopening and muting also concern alerts, and moving another revision: the use cases bring those
(``tocsin.engine``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from tocsin.escalation import joining, muting, record, taking
from tocsin.escalation.commands import AFTERWARDS, Action, AlreadySo, CannotDo, Command, gone_over
from tocsin.escalation.drafts import Answer, Context, Decision, Draft, remembered
from tocsin.escalation.naming import named
from tocsin.incidents.incident import Incident


def commanded(incident: Incident, command: Command, context: Context, now: datetime) -> Decision:
    """What ``command`` makes of the incident.

    One on a resolved incident changes nothing, but for what completes its record, and reopens it. ``context`` is of the
    revision that the incident has when it is done.
    """
    if not incident.open and command.action not in AFTERWARDS:
        return _over(incident, command, context)
    draft = Draft(incident, now)
    try:
        answer = _DOES[command.action](draft, command, context)
    except AlreadySo as so:
        return Decision(Answer.ALREADY, why=str(so))
    except CannotDo as refused:
        return Decision(Answer.REFUSED, why=str(refused))
    draft.incident = remembered(draft.incident, command.id, answer)
    return draft.done(answer)


def _over(incident: Incident, command: Command, context: Context) -> Decision:
    """One that was merged says where it went: reopening it is refused."""
    into, by = incident.handling.merged_into, incident.resolved_by
    if into is None:
        return Decision(
            Answer.CLOSED, why=f"it was resolved{f' by {named(by, context.book)}' if by is not None else ''}"
        )
    whole = context.part_of or into
    if command.action is Action.MERGE and command.number in (into, whole):
        return Decision(Answer.ALREADY, why=f"it is a part of #{command.number} already")
    return Decision(Answer.CLOSED, why=gone_over(whole))


_DOES: Mapping[Action, Callable[[Draft, Command, Context], Answer]] = {
    Action.ACKNOWLEDGE: taking.do_acknowledge,
    Action.UNACKNOWLEDGE: taking.do_unacknowledge,
    Action.KEEP: taking.do_keep,
    Action.RESOLVE: taking.do_resolve,
    Action.REOPEN: taking.do_reopen,
    Action.SNOOZE: taking.do_snooze,
    Action.MUTE: muting.do_mute,
    Action.UNMUTE: muting.do_unmute,
    Action.ESCALATE: taking.do_escalate,
    Action.REASSIGN: taking.do_reassign,
    Action.MOVE: taking.do_move,
    Action.ASK: joining.do_ask,
    Action.ACCEPT: joining.do_accept,
    Action.DECLINE: joining.do_decline,
    Action.SUBSCRIBE: joining.do_subscribe,
    Action.UNSUBSCRIBE: joining.do_unsubscribe,
    Action.MERGE: record.do_merge,
    Action.NOTE: record.do_note,
    Action.SEVERITY: record.do_severity,
    Action.PRIORITY: record.do_priority,
    Action.TITLE: record.do_title,
    Action.LINK: record.do_link,
}

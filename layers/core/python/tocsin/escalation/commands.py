"""What people and senders can do with an incident: one set of commands, whatever the surface. Plain data.

A command is made out, and authorised, by its surface; ``tocsin.escalation.obey`` decides what it makes of the incident.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from tocsin.incidents.incident import Actor


class Action(StrEnum):
    """What somebody can do with an incident."""

    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    KEEP = "keep"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    SNOOZE = "snooze"
    MUTE = "mute"
    UNMUTE = "unmute"
    ESCALATE = "escalate"
    REASSIGN = "reassign"
    MOVE = "move"
    ASK = "ask"
    ACCEPT = "accept"
    DECLINE = "decline"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    MERGE = "merge"
    NOTE = "note"
    SEVERITY = "severity"
    PRIORITY = "priority"
    TITLE = "title"
    LINK = "link"


#: What can be done with an incident that is over: its record is completed, or its alerts are not to come back.
AFTERWARDS = frozenset(
    {
        Action.REOPEN,
        Action.MUTE,
        Action.UNMUTE,
        Action.NOTE,
        Action.SEVERITY,
        Action.PRIORITY,
        Action.TITLE,
        Action.LINK,
    }
)


@dataclass(frozen=True, slots=True)
class Command:
    """One wish of somebody. ``id`` names it for ever: when it arrives again, nothing is done twice.

    What it takes: ``span`` for snooze and mute; ``step`` (from 1; None: the next) for escalate; ``users`` for reassign
    and ask, and for subscribe and unsubscribe (none: whoever it is); ``policy`` for move (empty: the service's own);
    ``number`` for merge (the target); ``text`` for note, title, link's title and what an asked person reads; ``value``
    for severity, priority and a link's address.
    """

    id: str
    action: Action
    actor: Actor
    span: timedelta | None = None
    step: int | None = None
    users: tuple[str, ...] = ()
    policy: str = ""
    number: int | None = None
    text: str = ""
    value: str = ""


class CannotDo(Exception):
    """A command that cannot be done: says why, and how to mend it."""


class AlreadySo(Exception):
    """It is as the command wants it: says what is, and whose doing that is."""


def gone_over(target: int) -> str:
    """Why nothing is done with an incident that was merged."""
    return f"it is a part of #{target} now, which has its alerts"

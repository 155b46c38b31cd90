"""What Tocsin says back to somebody who answered a page: one GSM part each, or a sentence on the phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from tocsin.paging.codes import ack_code, resolve_code
from tocsin.paging.gsm import ONE_PART, fit, septets, to_gsm
from tocsin.paging.plain import defang
from tocsin.paging.texts import digits, said

#: What an incident has become by a command, or what somebody has become to it.
State = Literal[
    "acknowledged",
    "resolved",
    "escalated",
    "unacknowledged",
    "reopened",
    "snoozed",
    "kept",
    "noted",
    "joined",
    "declined",
]

#: The way somebody acted, by the channel or surface it came through, in the words of an answer.
HOW = {"connect": "call", "voice": "call", "sms": "SMS", "sns_sms": "SMS", "whatsapp": "WhatsApp"}


def confirmed(
    number: int,
    state: State,
    resolve_code: str | None = None,
    until: datetime | None = None,
    zone: str = "UTC",
) -> str:
    """``#1042 acknowledged. 1r resolves.`` ``until``: aware, the end of a snooze or of the ack that is kept (None: it
    has none); it is told on the clock of ``zone``, an IANA name.
    """
    end = f" until {_on_the_wall(until, zone)}" if until is not None else ""
    match state:
        case "acknowledged":
            return f"#{number} acknowledged. {resolve_code or f'res {number}'} resolves."
        case "unacknowledged":
            return f"#{number} unacknowledged: its pages go on."
        case "reopened":
            return f"#{number} reopened: its pages begin anew."
        case "snoozed":
            return f"#{number} snoozed{end}."
        case "kept":
            return f"#{number} is still yours{end}."
        # Not "note added": as a text that comes back, that would be a note.
        case "noted":
            return f"#{number} has your note."
        case "joined":
            return f"You joined #{number}."
        case "declined":
            return f"You declined to join #{number}."
    return f"#{number} {state}."


def all_acknowledged(
    numbers: Sequence[int], already: int = 0, noted: Sequence[tuple[int, Sequence[str]]] = ()
) -> str:
    """``3 acknowledged: #1042, #1043, #1044. 1 more was already.`` ``already``: how many others had an ack before;
    ``noted``: those where others have to acknowledge, too, and their names.
    """
    others = f"{already} more" if numbers or noted else f"{already}"
    more = f" {others} {'was' if already == 1 else 'were'} already." if already else ""
    if noted:
        more = f" {_noted(noted)}{more}"
    if not numbers:
        return more.strip() if noted else f"Nothing to acknowledge.{more}"
    text = f"{len(numbers)} acknowledged:"
    for at, number in enumerate(numbers):
        one, left = f"{',' if at else ''} #{number}", len(numbers) - at - 1
        rest = f" and {left} more" if left else ""
        if septets(f"{text}{one}{rest}.{more}") > ONE_PART:
            return f"{text} and {left + 1} more.{more}"
        text += one
    return f"{text}.{more}"


#: What is said of acks that wait for others' leaves room for the rest of an answer.
_ROOM = 96


def _noted(noted: Sequence[tuple[int, Sequence[str]]]) -> str:
    """``Your ack of #1042 is noted, still to acknowledge: Ana Souza.``"""
    number, names = noted[0]
    if len(noted) == 1:
        head = f"Your ack of #{number} is noted, still to acknowledge: "
        return head + fit(_safe(", ".join(names)) or "others", _ROOM - septets(head) - 1) + "."
    text = f"Noted, and others have to acknowledge, too: #{number}"
    for place, (one, _) in enumerate(noted[1:], start=1):
        more = f" and {len(noted) - place} more"
        if septets(f"{text}, #{one}{more}") > _ROOM:
            return f"{text}{more}."
        text += f", #{one}"
    return f"{text}."


def already(number: int, state: State, by: str | None = None, how: str | None = None) -> str:
    """``#1042 was already acknowledged by Ana Souza (call).`` ``by``: a name, or "you"; ``how``: channel.

    Who has joined or declined is always the one who is told so.
    """
    if state in ("joined", "declined"):
        return f"You had already {state}{' to join' if state == 'declined' else ''} #{number}."
    way = f" ({fit(_safe(HOW.get(how, how)), 20)})" if how else ""
    head = f"#{number} was already {state}"
    name = fit(_safe(by), ONE_PART - septets(head + way) - len(" by .")) if by else ""
    return f"{head} by {name}{way}." if name else f"{head}{way}."


def part_of(number: int, whole: int) -> str:
    """Somebody would act on an incident that was merged."""
    return f"#{number} is a part of #{whole} now. Nothing was changed."


def partly(number: int, waiting: Sequence[str]) -> str:
    """The answer to an ack where others have to acknowledge, too."""
    head = f"#{number}: your ack is noted. Still to acknowledge: "
    return head + fit(_safe(", ".join(waiting)) or "others", ONE_PART - septets(head) - 1) + "."


def still_on_it(number: int, until: datetime, zone: str, keep_code: str | None = None) -> str:
    """Asks whoever has an incident, before their ack times out at ``until`` (aware; told on the clock of ``zone``)."""
    return (
        f"Still on #{number}? Reply {keep_code or f'keep {number}'},"
        f" or it pages again {_on_the_wall(until, zone)}."
    )


def still_on_it_beside_a_button(number: int, until: datetime, zone: str) -> str:
    """As ``still_on_it``, where a button keeps it."""
    return f"Still on #{number}? Otherwise it pages again {_on_the_wall(until, zone)}."


def not_acknowledged(number: int, ack_code: str | None = None) -> str:
    """Somebody would keep an ack, or give it back, and there is none."""
    return f"#{number} is not acknowledged, nothing was changed. {ack_code or f'ack {number}'} acknowledges."


def not_asked(number: int) -> str:
    """Somebody accepts or declines, and nobody asked them to join."""
    return f"You were not asked to join #{number}. Nothing was changed."


def not_yours(number: int) -> str:
    """The number names no incident this phone was paged for; whether it exists is not told."""
    return f"#{number} is not an incident you were paged for. Nothing was changed."


def no_such_code(code: str, open_: Sequence[tuple[int, int]] = ()) -> str:
    """``code``: as it was typed ("7a"); ``open_``: this phone's open incidents, as (number, code)."""
    return _with_codes(f"{fit(_safe(code), 12)} stands for no open incident, nothing was changed.", open_)


def which(open_: Sequence[tuple[int, int]], command: str = "a") -> str:
    """A bare word came, and more than one incident could be meant.

    ``command``: what to type behind a code ("s", "k", " note ..."); an ack or a resolve is told how to do both.
    """
    text = "Which one? Nothing was changed."
    if command in ("a", "r"):
        return _with_codes(text, open_)
    for at, (number, code) in enumerate(open_):
        more = f"{',' if at else ' Reply'} {code}{command} for #{number}"
        if septets(f"{text}{more}.") > ONE_PART:
            break
        text += more
    return f"{text.removesuffix('.')}."


def help_text(open_: Sequence[tuple[int, int]] = ()) -> str:
    """How to answer a page, for HELP."""
    if open_:
        return _with_codes("Tocsin.", open_)
    return "Tocsin: you have no open incident. Answer a page by its code (1a, 1r), or by ack 1042, res 1042."


def not_understood(open_: Sequence[tuple[int, int]] = ()) -> str:
    """The answer to what the grammar does not read as a command."""
    return _with_codes("Not understood, nothing was changed.", open_)


def snooze_limits() -> str:
    """The answer to a snooze that is too short or too long."""
    return "A snooze is from 1 minute to 7 days long (snooze 1042 2h). Nothing was changed."


def _with_codes(text: str, open_: Sequence[tuple[int, int]]) -> str:
    """The text and how to answer, for as many of the incidents as have room, the first ones first."""
    if not open_:
        return text
    last = f"; {resolve_code(open_[0][1])} resolves."
    for at, (number, code) in enumerate(open_):
        more = f"{',' if at else ' Reply'} {ack_code(code)} to ack #{number}"
        if septets(text + more + last) > ONE_PART:
            break
        text += more
    return text + last


def _safe(text: str) -> str:
    return defang(to_gsm(text))


def _on_the_wall(at: datetime, zone: str) -> str:
    """``Thu 26 Nov 09:30 (Europe/London)``"""
    return f"{at.astimezone(ZoneInfo(zone)):%a %-d %b %H:%M} ({zone})"


def said_confirmed(number: int, state: State) -> str:
    """What a call says after a key: ``Incident 1 0 4 2 acknowledged.``"""
    return f"Incident {digits(number)} {state}."


def said_partly(number: int) -> str:
    """What a call says after the key of one of several who all must acknowledge."""
    return f"Incident {digits(number)}: your acknowledgement is noted. The others are still being called."


def said_part_of(number: int, whole: int) -> str:
    """What a call says about an incident that was merged meanwhile."""
    return f"Incident {digits(number)} is a part of incident {digits(whole)} now."


def said_already(number: int, state: State, by: str | None = None) -> str:
    """What a call says when somebody was faster."""
    who = said(by)[:100] if by else ""
    return f"Incident {digits(number)} was already {state}{f' by {who}' if who else ''}."

"""What Tocsin says back to somebody who answered a page: one GSM part each, or a sentence on the phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tocsin.paging.codes import ack_code, resolve_code
from tocsin.paging.gsm import ONE_PART, fit, septets, to_gsm
from tocsin.paging.plain import defang
from tocsin.paging.texts import digits, said

State = Literal["acknowledged", "resolved", "escalated", "snoozed"]

#: The way somebody acted, by the channel or surface it came through, in the words of an answer.
HOW = {"connect": "call", "voice": "call", "sms": "SMS", "sns_sms": "SMS", "email": "mail"}


def confirmed(number: int, state: State, resolve_code: str | None = None) -> str:
    """``#1042 acknowledged. 1r resolves.``"""
    if state != "acknowledged":
        return f"#{number} {state}."
    return f"#{number} acknowledged. {resolve_code or f'res {number}'} resolves."


def already(number: int, state: State, by: str | None = None, how: str | None = None) -> str:
    """``#1042 was already acknowledged by Ana Souza (call).`` ``by``: a name, or "you"; ``how``: channel."""
    way = f" ({fit(_safe(HOW.get(how, how)), 20)})" if how else ""
    head = f"#{number} was already {state}"
    name = fit(_safe(by), ONE_PART - septets(head + way) - len(" by .")) if by else ""
    return f"{head} by {name}{way}." if name else f"{head}{way}."


def partly(number: int, waiting: Sequence[str]) -> str:
    """The answer to an ack where others have to acknowledge, too."""
    head = f"#{number}: your ack is noted. Still to acknowledge: "
    return head + fit(_safe(", ".join(waiting)) or "others", ONE_PART - septets(head) - 1) + "."


def not_yours(number: int) -> str:
    """The number names no incident this phone was paged for; whether it exists is not told."""
    return f"#{number} is not an incident you were paged for. Nothing was changed."


def no_such_code(code: str, open_: Sequence[tuple[int, int]] = ()) -> str:
    """``code``: as it was typed ("7a"); ``open_``: this phone's open incidents, as (number, code)."""
    return _with_codes(f"{fit(_safe(code), 12)} stands for no open incident, nothing was changed.", open_)


def which(open_: Sequence[tuple[int, int]]) -> str:
    """A bare word came, and more than one incident could be meant."""
    return _with_codes("Which one? Nothing was changed.", open_)


def help_text(open_: Sequence[tuple[int, int]] = ()) -> str:
    """How to answer a page, for HELP."""
    if open_:
        return _with_codes("Tocsin.", open_)
    return "Tocsin: you have no open incident. Answer a page by its code (1a, 1r), or by ack 1042, res 1042."


def not_understood(open_: Sequence[tuple[int, int]] = ()) -> str:
    """The answer to what the grammar does not read as a command."""
    return _with_codes("Not understood, nothing was changed.", open_)


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


def said_confirmed(number: int, state: State) -> str:
    """What a call says after a key: ``Incident 1 0 4 2 acknowledged.``"""
    return f"Incident {digits(number)} {state}."


def said_partly(number: int) -> str:
    """What a call says after the key of one of several who all must acknowledge."""
    return f"Incident {digits(number)}: your acknowledgement is noted. The others are still being called."


def said_already(number: int, state: State, by: str | None = None) -> str:
    """What a call says when somebody was faster."""
    who = said(by)[:100] if by else ""
    return f"Incident {digits(number)} was already {state}{f' by {who}' if who else ''}."

"""Short codes: per phone, a small number for each open incident, so that ``1a`` is all there is to type.

A code keeps its incident until that is closed, and stays known until another incident needs it: a late ``1r`` is told
that the incident was resolved already. So that a late answer does not silence another page, a code is not given again
as long as there is one of a single digit that never was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: Codes of one digit: as quick to type as any, and nine incidents later a late answer to the first is unlikely.
SHORTEST = 9


@dataclass(frozen=True, slots=True)
class Typed:
    """What is typed to acknowledge an incident, and to resolve it; None: the word and its number."""

    ack: str | None = None
    resolve: str | None = None


#: By mail the thread names the incident.
BY_MAIL = Typed("#ack", "#res")


@dataclass(frozen=True, slots=True)
class Given:
    """The code of the incident, and the codes this phone holds now (code to incident's number)."""

    code: int
    held: Mapping[int, int]


def give(held: Mapping[int, int], closed: Callable[[int], bool], incident: int) -> Given:
    """The incident's code on a phone that holds ``held``; ``closed`` says of a held incident whether it is over.

    The same one if it has one; else the smallest of one digit that is free, else that of the oldest incident that is
    over, else a new one. ``closed`` is asked only when all of one digit are taken. ``held`` is not
    changed, and the answer's ``held`` equals it when the incident had its code already.
    """
    for code, number in held.items():
        if number == incident:
            return Given(code, dict(held))
    code = next((code for code in range(1, SHORTEST + 1) if code not in held), 0)
    if not code:
        oldest_first = sorted(held.items(), key=lambda one: one[1])
        code = next((code for code, number in oldest_first if closed(number)), max(held) + 1)
    return Given(code, {**held, code: incident})


def typed(held: Mapping[int, int], incident: int) -> Typed:
    """By text, on a phone that holds these codes."""
    code = next((code for code, number in held.items() if number == incident), None)
    return Typed() if code is None else Typed(ack_code(code), resolve_code(code))


def ack_code(code: int) -> str:
    """What to type to acknowledge: ``1a``."""
    return f"{code}a"


def resolve_code(code: int) -> str:
    """What to type to resolve: ``1r``."""
    return f"{code}r"


def keep_code(code: int) -> str:
    """What to type to keep an ack before it times out: ``1k``."""
    return f"{code}k"

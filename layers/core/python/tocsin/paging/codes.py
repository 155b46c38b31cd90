"""Short codes: per phone, the smallest free number for each open incident, so that ``1a`` is all there is to
type.

A code keeps its incident until that is closed, and stays known until another incident needs it: a late ``1r``
is told that the incident was resolved already.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Given:
    """The code of the incident, and the codes this phone holds now (code to incident's number)."""

    code: int
    held: Mapping[int, int]


def give(held: Mapping[int, int], closed: Collection[int], incident: int) -> Given:
    """The incident's code on a phone that holds ``held``; ``closed`` are the held incidents that are over.

    The same one if it has one, else the smallest positive number that is free or held by a closed incident.
    ``held`` is not changed, and the answer's ``held`` equals it when the incident had its code already.
    """
    for code, number in held.items():
        if number == incident:
            return Given(code, dict(held))
    code = 1
    while code in held and held[code] not in closed:
        code += 1
    return Given(code, {**held, code: incident})


def ack_code(code: int) -> str:
    """What to type to acknowledge: ``1a``."""
    return f"{code}a"


def resolve_code(code: int) -> str:
    """What to type to resolve: ``1r``."""
    return f"{code}r"

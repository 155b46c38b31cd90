"""An accepted change has its effect, a refused one has none, and what is to be taken is taken by one alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.rota import clock
from tests.simulation.onlooker import AHEAD
from tests.simulation.witness import Wish
from tocsin.oncall.changes import Change, Cover, over


def a_refused_change_has_no_effect_and_an_accepted_one_has(cloud: Cloud) -> Iterator[str]:
    """What has to be refused is; what was refused was not made; what was made is there, once for each who made it."""
    known: dict[str, list[Change]] = {}
    for one in cloud.witness.written:
        known.setdefault(one.row.made.id, []).append(one.row)
    for wish in cloud.witness.wishes:
        rows = known.get(wish.id, [])
        words = f"{wish.who} wanted to {wish.what} {wish.id} and was told {wish.told!r}"
        if wish.wrong and wish.told == "done":
            yield f"{words}: that cannot be"
        done = any(_granted(wish, row) for row in rows)
        if wish.told == "done" and not done:
            yield f"{words}, and it is not so"
        # A request whose sender gave up may still land; what was refused at once had none before it.
        if wish.what == "make" and wish.told not in ("done", None) and wish.tries == 1 and done:
            yield f"{words}, and it is there"
        if (
            wish.what == "make"
            and wish.told not in ("done", None)
            and not wish.wrong
            and not _may_be(cloud, wish)
        ):
            yield f"{words}, and nothing is wrong with it"
        if (
            wish.what == "make"
            and rows
            and wish.row is not None
            and replace(wish.row, made=rows[0].made) != rows[0]
        ):
            yield f"{words}, and it is {rows[0]}"


def _granted(wish: Wish, row: Change) -> bool:
    match wish.what:
        case "make":
            return True
        case "cancel":
            return row.made.cancelled
        case _:
            return isinstance(row, Cover) and any(part.user == wish.who for part in row.parts)


def _may_be(cloud: Cloud, wish: Wish) -> bool:
    """Whether a change that looked right may have been refused: it was too late, or somebody is in the file no more."""
    row = wish.row
    if row is None or isinstance(row, Cover):
        return True
    eras = [one.era for one in cloud.witness.applied]
    users = set(_people(row))
    return (
        wish.tries > 1
        or any(not users <= {*era.document["users"]} for era in eras)
        or (over(row) <= cloud.kernel.instant(wish.at) + (AHEAD / 60))
    )


def _people(row: Change) -> Iterator[str]:
    for name in ("user", "delegate", "replaces"):
        if (user := getattr(row, name, None)) is not None:
            yield user
    yield from getattr(row, "users", ())
    for shift in getattr(row, "shifts", ()):
        yield from shift.users


def cover_is_taken_by_one_alone(cloud: Cloud) -> Iterator[str]:
    """No part of it by two, none beyond it; a swap whole, and by the one to whom it was offered."""
    for row in cloud.witness.rows(cloud.kernel.now):
        if not isinstance(row, Cover):
            continue
        parts = sorted(row.parts, key=lambda part: part.start)
        for part in parts:
            if not row.start <= part.start < part.end <= row.end or part.user == row.user:
                time = f"{clock(part.start)} to {clock(part.end)}"
                yield f"{part.user} took {time} of {row.made.id}, which asks for other time"
        for one, other in pairwise(parts):
            if other.start < one.end:
                yield f"{one.user} and {other.user} have the same part of {row.made.id}"
        if row.swap is not None and any(
            (part.user, part.start, part.end) != (row.swap.user, row.start, row.end) for part in parts
        ):
            yield f"the swap {row.made.id} was offered to {row.swap.user}, and {parts} took it"
        wished = [one for one in cloud.witness.wishes if one.what == "take" and one.id == row.made.id]
        for user in {part.user for part in parts}:
            asked = sum(wish.who == user for wish in wished)
            if sum(part.user == user for part in parts) > asked:
                yield f"{user} took more of {row.made.id} than they asked for"

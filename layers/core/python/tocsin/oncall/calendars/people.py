"""Whom an event of a feed names: which of our users."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: The level in front of the names, as in feeds of Grafana OnCall: "[L1] ana".
_LEVEL = re.compile(r"\s*\[L([0-9]{1,3})\]\s*", re.IGNORECASE)
#: What stands between two names; "@ana @ben" too.
_BETWEEN = re.compile(r"(\s*[,;&/]\s*|\s+and\s+|\s+(?=@))", re.IGNORECASE)
_LONGEST = 1000
#: A name may itself hold what separates names, so many times ("Souza, Ana"); so many names are read.
_WITHIN, _NAMES = 4, 50


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody whom an event invites: by what name, at what e-mail address; either may be empty."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class People:
    """`people` are ids in the order in which they are named, none twice; `unknown` what was taken for a name and is
    none of ours, or the name of several; `level` the number of the tag in front, 0 without one: of events at one
    time, those of the highest level count."""

    people: tuple[str, ...]
    unknown: tuple[str, ...]
    level: int


def people_of(
    summary: str, users: Mapping[str, tuple[str, str]], attendees: Iterable[Attendee] = ()
) -> People:
    """Which of `users` (id → name, e-mail) a summary names or, when it names none of them, the attendees are.

    A name is somebody's id, e-mail or full name, whole, whatever its case and spaces; an id goes before an e-mail, and
    that before a full name. Several are parted by a comma, ";", "&", "/" or "and". A full name of two users names
    neither.
    """
    known = _known(users)
    text = summary[:_LONGEST]
    tag = _LEVEL.match(text)
    level = int(tag[1]) if tag else 0
    named, others = _split(text[tag.end() :] if tag else text, known)
    if named:
        return People(_once(named), _once(others), level)
    strangers = []
    for attendee in attendees:
        found = known.get(_folded(attendee.email)) or known.get(_folded(attendee.name))
        if found:
            named.append(found)
        else:
            strangers.append(attendee.email or attendee.name)
    # Where the attendees tell who it is, the summary only tells what it is.
    return People(_once(named), _once(strangers if named else others + strangers), level)


def _known(users: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Ids by what people are called, folded; "" for what several are."""
    known: dict[str, str] = {}
    for called in (
        [(user, user) for user in users],
        [(email, user) for user, (_, email) in users.items()],
        [(name, user) for user, (name, _) in users.items()],
    ):
        fresh: dict[str, str] = {}
        for text, user in called:
            folded = _folded(text)
            fresh[folded] = "" if fresh.get(folded, user) != user else user
        known = fresh | known
    known.pop("", None)
    return known


def _split(text: str, known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The ids that a text names, and what else it has in place of names."""
    # Names at even places, what stands between them at odd ones.
    parts = _BETWEEN.split(text.strip(), maxsplit=_NAMES)
    named, others = [], []
    at = 0
    while at < len(parts):
        for last in range(min(at + 2 * _WITHIN, len(parts) - 1), at - 1, -2):
            whole = "".join(parts[at : last + 1])
            if found := known.get(_folded(whole)):
                named.append(found)
                break
        else:
            last = at
            if stranger := " ".join(parts[at].split()):
                others.append(stranger)
        at = last + 2
    return named, others


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold().removeprefix("@")


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))

"""One difference of who is paged, in words: of each step, what is gone and what is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from tocsin.config.outcomes import Outcome, Paged
from tocsin.config.paged import Difference
from tocsin.config.scalars import spelled
from tocsin.escalation.conditions import ANY, Situation
from tocsin.incidents.incident import Urgency
from tocsin.oncall.ranges import Range

#: Where a line stands among others, and its words.
Line = tuple[tuple[int, ...], str]

_NOTHING = timedelta(0)
_SHORT = timedelta(hours=1)
_HELD = {
    "": "",
    "hours": " of its hours",
    "support_hours": " into support hours",
    "do_not_disturb": " if to be disturbed",
}


def lines_of(
    differences: Sequence[Difference], *, later: bool = True
) -> tuple[list[tuple[str, list[Range]]], int]:
    """Each line once, with the times (aware UTC) at which an incident opens for which it holds; and how many are left
    out.

    Told is the first round, how many there are, and the last resort. What a ``later`` round alone has otherwise is told
    where nothing is beside it: before a handoff it is what the handoff's own line says, some rounds earlier. Left out
    is what lasts less than an hour beside what lasts at least twice as long: incidents that go on past its edge.
    """
    graded = any(Urgency.LOW in (one.old.urgency, one.new.urgency) for one in differences)
    found: dict[Line, list[tuple[int, Range]]] = {}
    for number, stretch in enumerate(_stretches(differences)):
        lines = [_first_round(one) for one in stretch]
        if later and not any(lines):
            lines = [_later_rounds(one) for one in stretch]
        for one, told in zip(stretch, lines, strict=True):
            before = _urgency(one) if graded else ""
            for place, words in told:
                line = ((one.new.urgency is Urgency.LOW, *place), before + words)
                found.setdefault(line, []).append((number, (one.start, one.end)))
    longest: dict[int, timedelta] = {}
    for rows in found.values():
        for number, (start, end) in _joined(rows):
            longest[number] = max(end - start, longest.get(number, _NOTHING))

    def passing(number: int, span: Range) -> bool:
        return span[1] - span[0] < min(_SHORT, longest[number] / 2)

    kept = {
        line: [span for _, span in _joined(rows)]
        for line, rows in found.items()
        if not all(passing(*row) for row in _joined(rows))
    }
    ordered = sorted(kept.items(), key=lambda row: (row[0][0], row[1][0]))
    return [(words, ranges) for (_, words), ranges in ordered], len(found) - len(kept)


def _joined(rows: Sequence[tuple[int, Range]]) -> list[tuple[int, Range]]:
    """The times, with the number of their stretch; those that touch are one."""
    found: list[tuple[int, Range]] = []
    for number, (start, end) in rows:
        if found and found[-1][1][1] == start:
            found[-1] = (number, (found[-1][1][0], end))
        else:
            found.append((number, (start, end)))
    return found


def named(situation: Situation) -> str:
    """``severity critical``; "" for the plain one."""
    parts = [f"severity {situation.severity}"] if situation.severity != ANY.severity else []
    parts += [f"priority {situation.priority}"] if situation.priority else []
    parts += [f"{name} {value}" for name, value in situation.labels.items()]
    parts += [f"its alert came {situation.repeats} times"] if situation.repeats > 1 else []
    parts += [f"turn {situation.turn + 1} of a round robin"] if situation.turn else []
    return ", ".join(parts)


def _stretches(differences: Sequence[Difference]) -> list[list[Difference]]:
    """Those that touch are together."""
    found: list[list[Difference]] = []
    for one in differences:
        if found and found[-1][-1].end == one.start:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def _urgency(one: Difference) -> str:
    old, new = one.old.urgency.value, one.new.urgency.value
    return f"{new}, " if old == new else f"{new} instead of {old}, "


def _first_round(one: Difference) -> list[Line]:
    old, new = _steps(one.old), _steps(one.new)
    found: list[Line] = [
        ((0, step), f"step {step}: {words}")
        for round, step in sorted(old.keys() | new.keys())
        if round == 1 and step and (words := _change(old.get((1, step), []), new.get((1, step), [])))
    ]
    before, after = _rounds(one.old), _rounds(one.new)
    if before != after and before and after:
        found.append(((1,), f"rounds: {before} → {after}"))
    if words := _change(_last_resort(one.old), _last_resort(one.new)):
        found.append(((2,), f"last resort: {words}"))
    return found


def _later_rounds(one: Difference) -> list[Line]:
    old, new = _steps(one.old), _steps(one.new)
    for round, step in sorted(old.keys() | new.keys()):
        if words := _change(old.get((round, step), []), new.get((round, step), [])):
            return [((3,), f"round {round}, step {step}: {words}")]
    return [((3,), "at other times, as hours begin or end otherwise")]


def _steps(outcome: Outcome) -> dict[tuple[int, int], list[Paged]]:
    found: dict[tuple[int, int], list[Paged]] = {}
    for page in outcome.pages:
        if page.step:
            found.setdefault((page.round, page.step), []).append(page)
    return found


def _last_resort(outcome: Outcome) -> list[Paged]:
    return [page for page in outcome.pages if not page.step]


def _rounds(outcome: Outcome) -> int:
    return max((page.round for page in outcome.pages if page.step), default=0)


def _change(old: Sequence[Paged], new: Sequence[Paged]) -> str:
    """What is gone, what is new, and who is paged in another way or at another time; "" where nothing is."""
    before, after = _by_person(old), _by_person(new)
    gone = [_first(user, before) for user in before if user not in after]
    fresh = [_first(user, after) for user in after if user not in before]
    parts = []
    if gone and fresh:
        parts.append(f"{', '.join(gone)} → {', '.join(fresh)}")
    elif gone:
        parts.append(f"no longer {', '.join(gone)}" if after else f"{', '.join(gone)} → nobody")
    elif fresh:
        parts.append(f"also {', '.join(fresh)}" if before else f"nobody → {', '.join(fresh)}")
    moved: dict[timedelta, list[str]] = {}
    for user in (user for user in before if user in after and before[user] != after[user]):
        shift = _shift(before[user], after[user])
        if shift:
            moved.setdefault(shift, []).append(user)
        else:
            parts.append(_otherwise(user, before[user], after[user]))
    for shift, users in moved.items():
        way = "later" if shift > timedelta(0) else "earlier"
        parts.append(f"{', '.join(users)} {spelled(abs(shift))} {way}")
    return "; ".join(parts)


def _by_person(pages: Iterable[Paged]) -> dict[str, list[Paged]]:
    found: dict[str, list[Paged]] = {}
    for page in pages:
        found.setdefault(page.user, []).append(page)
    return found


def _shift(old: Sequence[Paged], new: Sequence[Paged]) -> timedelta | None:
    """By how much all of it comes later; None where it is not all the same but for the time."""
    before, after = ([replace(one, round=0, after=_NOTHING) for one in pages] for pages in (old, new))
    if before != after:
        return None
    shifts = {other.after - one.after for one, other in zip(old, new, strict=True)}
    return shifts.pop() if len(shifts) == 1 else None


def _first(user: str, pages: Mapping[str, list[Paged]]) -> str:
    """``ana (sms 0m)``: how they are reached first."""
    return f"{user} ({_ways(pages[user][:1])})"


def _otherwise(user: str, old: Sequence[Paged], new: Sequence[Paged]) -> str:
    before, after = _ways(old), _ways(new)
    if before == after:
        before, after = _ways(old, contacts=True), _ways(new, contacts=True)
    return f"{user}: {before} → {after}"


def _ways(pages: Iterable[Paged], *, contacts: bool = False) -> str:
    """``push and sms 0m, voice 2m``: what is sent at one time is together."""
    parts = []
    for (after, held), together in groupby(pages, key=lambda page: (page.after, page.held)):
        ways = " and ".join(f"{one.via} to {one.contact}" if contacts else one.via for one in together)
        parts.append(f"{ways} {spelled(after)}{_HELD[held]}")
    return ", ".join(parts)

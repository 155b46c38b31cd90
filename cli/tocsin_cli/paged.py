"""Tells who is paged otherwise: of services with the same difference once, and what reaches nobody first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from tocsin.config.outcomes import Outcome
from tocsin.config.paged import Paging, Whole
from tocsin.escalation.conditions import ANY, Situation
from tocsin.escalation.model import Book
from tocsin.oncall.ranges import Range, total
from tocsin_cli.paged_lines import lines_of, named
from tocsin_cli.writing import clock, counted, iso, length, offset

#: So many times of one line are told, the first ones; JSON has all.
_TIMES = 3

_PLAIN = " (of no value that a branch names)"

Lines = tuple[str, ...]


def paged_words(found: Paging, before: Book, after: Book) -> str:
    """What it means for those who are paged. One line where it means nothing."""
    lines = list(_nobody(found, after))
    days = (found.end - found.start).days
    if not found:
        lines.append(f"Nobody is paged otherwise in the {days} days from {_at(found)}.")
        return "\n".join(lines)
    lines.append(
        f"Who is paged otherwise, by when an incident opens that nobody acknowledges, in the {days} days from "
        f"{_at(found)}:"
    )
    for names, block in _together(_blocks(found, before, after)):
        lines.append(f"  {', '.join(names)}{block[0]}")
        lines.extend(block[1:])
    return "\n".join(lines)


def _at(found: Paging) -> str:
    zone = found.start.tzinfo or UTC
    return f"{clock(found.start, zone)} {offset(found.start, zone)}"


def _nobody(found: Paging, after: Book) -> Iterator[str]:
    rows: list[tuple[str, Lines]] = []
    for one in found.nobody:
        words = _times(list(one.ranges), found, _zone(after, one.service))
        known = "" if one.fresh else " (as before)"
        rows.append((one.service, (f"{_when(one.situation)}{known}:", f"      {words}")))
    for names, block in _together(rows):
        yield f"!! NOBODY IS PAGED for {', '.join(names)}{block[0]}"
        yield from block[1:]
    if rows:
        yield "!! Name somebody who is always there, in a step of the policy."
        yield ""


def _blocks(found: Paging, before: Book, after: Book) -> Iterator[tuple[str, Lines]]:
    plain: dict[str, set[Lines]] = {}
    for change in found.changed:
        zone = _zone(after, change.service)
        told, left = lines_of(change.differences, later=not change.situation.turn)
        lines: list[Lines] = [
            (f"    {words}", f"      {_times(ranges, found, zone)}") for words, ranges in told
        ]
        if left:
            lines.append((f"    and {counted(left, 'difference')} for less than an hour at a time: --json",))
        if change.situation == ANY:
            plain[change.service] = set(lines)
        else:
            lines = [line for line in lines if line not in plain.get(change.service, ())]
        if lines:
            words = tuple(row for line in lines for row in line)
            plainly = _PLAIN if change.situation == ANY and _branches(after, change.service) else ""
            yield change.service, (f"{_when(change.situation) or plainly}:", *words)
    for whole in found.added:
        yield whole.service, (f": new, {_whole(whole)}",)
    for whole in found.removed:
        yield whole.service, (f": gone, {_whole(whole)}",)


def _branches(book: Book, service: str) -> bool:
    return any(step.when or step.unless for step in book.policies[book.services[service].policy].steps)


def _when(situation: Situation) -> str:
    return f" ({named(situation)})" if situation != ANY else ""


def _whole(one: Whole) -> str:
    steps = (f"{f'step {step}' if step else 'last resort'} {', '.join(users)}" for step, users in one.steps)
    return f"by policy {one.policy}: {'; '.join(steps) or 'nobody'}"


def _together(rows: Iterable[tuple[str, Lines]]) -> Iterator[tuple[list[str], Lines]]:
    """Services that have the same to tell, in the order of the first."""
    found: dict[Lines, list[str]] = {}
    for name, block in rows:
        found.setdefault(block, []).append(name)
    for block, names in found.items():
        yield names, block


def _zone(book: Book, service: str) -> tzinfo:
    """The zone of the first schedule that the service's policy asks, or that of its support hours, or UTC."""
    known = book.services[service]
    for step in book.policies[known.policy].steps:
        for target in step.page:
            if target.name in book.schedules and target.kind in ("schedule", "next", "everyone"):
                return ZoneInfo(book.schedules[target.name].timezone)
    return ZoneInfo(known.support_hours.timezone if known.support_hours is not None else "UTC")


def _times(ranges: Sequence[Range], found: Paging, zone: tzinfo) -> str:
    """The first of them, at one offset where all have it: ``Mon 2026-11-30 09:00 → 17:00 +00:00``."""
    if ranges == [(found.start, found.end)]:
        return "at any time"
    edges = {offset(at, zone) for one in ranges[:_TIMES] for at in one}
    same = f" {edges.pop()}" if len(edges) == 1 else ""
    told = "; ".join(_range(one, found, zone, bare=bool(same)) for one in ranges[:_TIMES]) + same
    if len(ranges) <= _TIMES:
        return told
    return f"{told}; and {counted(len(ranges) - _TIMES, 'more time')}, {length(total(ranges))} in all"


def _range(one: Range, found: Paging, zone: tzinfo, *, bare: bool) -> str:
    def words(at: datetime) -> str:
        return clock(at, zone) if bare else f"{clock(at, zone)} {offset(at, zone)}"

    start, end = one
    if end == found.end:
        return f"from {words(start)}"
    if start == found.start:
        return f"until {words(end)}"
    day = len("Mon 2026-11-30 ")
    until = words(end)
    return f"{words(start)} → {until[day:] if until[:day] == words(start)[:day] else until}"


def paged_json(found: Paging) -> dict[str, Any]:
    """``paged``, ``added``, ``removed`` and ``nobody``, with times at the offset of the start."""
    zone = found.start.tzinfo
    if zone is None:
        raise ValueError("the start has no time zone")

    def span(start: datetime, end: datetime) -> dict[str, str]:
        return {"start": iso(start, zone), "end": iso(end, zone)}

    return {
        "from": iso(found.start, zone),
        "to": iso(found.end, zone),
        "paged": [
            {
                "service": one.service,
                "situation": _situation(one.situation),
                "spans": [
                    {**span(row.start, row.end), "old": _outcome(row.old), "new": _outcome(row.new)}
                    for row in one.differences
                ],
            }
            for one in found.changed
        ],
        "added": [_whole_json(one) for one in found.added],
        "removed": [_whole_json(one) for one in found.removed],
        "nobody": [
            {
                "service": one.service,
                "situation": _situation(one.situation),
                "spans": [span(*row) for row in one.ranges],
                "new_spans": [span(*row) for row in one.fresh],
            }
            for one in found.nobody
        ],
    }


def _situation(one: Situation) -> dict[str, Any]:
    """What is said of it; empty for the plain one."""
    rows = {
        "severity": one.severity,
        "priority": one.priority,
        "labels": dict(one.labels),
        "repeats": one.repeats,
        "turn": one.turn,
    }
    return {key: value for key, value in rows.items() if value != getattr(ANY, key)}


def _outcome(one: Outcome) -> dict[str, Any]:
    return {
        "urgency": one.urgency.value,
        "pages": [
            {
                "after_seconds": int(page.after.total_seconds()),
                **({"held_by": page.held} if page.held else {}),
                "round": page.round,
                "step": page.step,
                "user": page.user,
                "via": page.via,
                "contact": page.contact,
            }
            for page in one.pages
        ],
    }


def _whole_json(one: Whole) -> dict[str, Any]:
    steps = [{"step": step, "users": list(users)} for step, users in one.steps]
    return {"service": one.service, "policy": one.policy, "steps": steps}

"""Who is on call now, and who is next: of a schedule, a service, a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from tocsin.escalation.handoffs import Timeline
from tocsin.escalation.model import Book, Target
from tocsin.escalation.targets import people_of
from tocsin.oncall.model import Gap, Schedule, Span
from tocsin.oncall.timeline import timeline

#: How far a shift is followed back and ahead: more than a rotation by months, twice.
HORIZON = timedelta(days=100)


@dataclass(frozen=True, slots=True)
class Shift:
    """``users`` (nobody: empty) are on call from ``start`` to ``end``; None: beyond the horizon."""

    users: tuple[str, ...]
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Present:
    """A schedule at an instant: who is on call, and who comes after them (None: nobody else within the horizon)."""

    schedule: str
    now: Shift
    next: Shift | None


def present(schedule: Schedule, at: datetime, look: Timeline = timeline) -> Present:
    """The shift in progress at ``at`` (aware), and the next one that has somebody."""
    parts = _parts(schedule, at, look)
    index = next(place for place, part in enumerate(parts) if part.start <= at < part.end)
    following = next((part for part in parts[index + 1 :] if isinstance(part, Span)), None)
    return Present(schedule.name, _shift(parts[index], at), _shift(following, at) if following else None)


@dataclass(frozen=True, slots=True)
class StepNow:
    """A step of a policy: whom it pages now, by its targets; ``wait`` from the policy's beginning to it."""

    step: int
    after: timedelta
    users: tuple[str, ...]
    schedules: tuple[Present, ...]


def of_service(book: Book, service: str, at: datetime, look: Timeline = timeline) -> list[StepNow]:
    """Whom each step of the service's policy pages now. Raises KeyError for an unknown service."""
    policy = book.policies[book.services[service].policy]
    found: list[StepNow] = []
    after = timedelta(0)
    for index, step in enumerate(policy.steps):
        users = tuple(person.id for person in people_of(step.page, book, at))
        found.append(
            StepNow(
                index + 1, after, users, tuple(present(one, at, look) for one in _schedules(step.page, book))
            )
        )
        after += step.wait
    return found


@dataclass(frozen=True, slots=True)
class Duty:
    """A person on a schedule: the shift in progress (None: there is none) and the next one (None likewise)."""

    schedule: str
    now: Shift | None
    next: Shift | None


def of_person(book: Book, user: str, at: datetime, look: Timeline = timeline) -> list[Duty]:
    """The schedules that have the person now or within the horizon, whoever else is on call with them."""
    found: list[Duty] = []
    for schedule in book.schedules.values():
        mine = _joined(
            [part for part in _parts(schedule, at, look) if isinstance(part, Span) and user in part.users]
        )
        now = next((part for part in mine if part.start <= at < part.end), None)
        later = next((part for part in mine if part.start > at), None)
        if now is not None or later is not None:
            found.append(
                Duty(
                    schedule.name,
                    _shift(now, at) if now is not None else None,
                    _shift(later, at) if later is not None else None,
                )
            )
    return found


def schedule_json(one: Present, book: Book) -> dict[str, Any]:
    """``{"schedule", "now": {"users", "start", "end"}, "next": …|null}``; times in the schedule's zone."""
    zone = ZoneInfo(book.schedules[one.schedule].timezone)
    return {"schedule": one.schedule, "now": _json(one.now, zone), "next": _json(one.next, zone)}


def service_json(steps: list[StepNow], book: Book) -> list[dict[str, Any]]:
    """``[{"step", "after_seconds", "users", "schedules": […]}]``."""
    return [
        {
            "step": one.step,
            "after_seconds": int(one.after.total_seconds()),
            "users": list(one.users),
            "schedules": [schedule_json(schedule, book) for schedule in one.schedules],
        }
        for one in steps
    ]


def person_json(duties: list[Duty], zone: tzinfo) -> list[dict[str, Any]]:
    """``[{"schedule", "now": …|null, "next": …|null}]``; times in ``zone``."""
    return [
        {"schedule": one.schedule, "now": _json(one.now, zone), "next": _json(one.next, zone)}
        for one in duties
    ]


def _json(shift: Shift | None, zone: tzinfo) -> dict[str, Any] | None:
    if shift is None:
        return None
    start, end = (
        at.astimezone(zone).isoformat(timespec="seconds") if at is not None else None
        for at in (shift.start, shift.end)
    )
    return {"users": list(shift.users), "start": start, "end": end}


def _joined(spans: list[Span]) -> list[Span]:
    """Spans that touch as one: of interest is one person, not who is on call with them."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1].end == span.start:
            found[-1] = Span(found[-1].start, span.end, found[-1].users, found[-1].source)
        else:
            found.append(span)
    return found


def _parts(schedule: Schedule, at: datetime, look: Timeline) -> list[Span | Gap]:
    spans, gaps = look(schedule, at - HORIZON, at + HORIZON)
    return sorted([*spans, *gaps], key=lambda part: part.start)


def _shift(part: Span | Gap, at: datetime) -> Shift:
    users = part.users if isinstance(part, Span) else ()
    start = part.start if part.start > at - HORIZON else None
    return Shift(users, start, part.end if part.end < at + HORIZON else None)


def _schedules(targets: tuple[Target, ...], book: Book) -> list[Schedule]:
    return [
        book.schedules[one.name] for one in targets if one.kind == "schedule" and one.name in book.schedules
    ]

"""Small books for the tests of escalation: people with two contacts, policies written as one line a step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.escalation.model import Book, Contact, Hours, Policy, Rule, Service, Step, Target, User
from tocsin.oncall.model import Schedule

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
BOTH = (Contact("email", "email", "x@example.com"), Contact("mobile", "phone", "+12025550101"))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def user(
    id: str, *rules: Rule, low: tuple[Rule, ...] | None = None, contacts: tuple[Contact, ...] = BOTH
) -> User:
    """Somebody who gets a text at once unless told otherwise; low urgency is a mail."""
    high = rules or (Rule(timedelta(0), "sms"),)
    return User(
        id, id.title(), "UTC", contacts, high, low if low is not None else (Rule(timedelta(0), "email"),)
    )


def to(*names: str) -> tuple[Target, ...]:
    """``ana`` is a user, ``@primary`` a schedule, ``%team`` a team, ``#channel`` a chat channel."""
    kinds = {"@": "schedule", "%": "team", "#": "slack"}
    return tuple(
        Target(kinds[name[0]], name[1:]) if name[0] in kinds else Target("user", name)  # type: ignore[arg-type]
        for name in names
    )


def step(*names: str, wait: float = 5) -> Step:
    return Step(to(*names), minutes(wait))


def book(
    *steps: Step,
    users: tuple[User, ...] = (),
    teams: dict[str, tuple[str, ...]] | None = None,
    schedules: tuple[Schedule, ...] = (),
    repeat: int = 0,
    last_resort: tuple[Target, ...] = (),
    ack_timeout: timedelta | None = timedelta(minutes=30),
    auto_resolve: timedelta | None = None,
    support_hours: Hours | None = None,
) -> Book:
    """One service, ``checkout``, with one policy, ``p``."""
    people = users or tuple(user(id) for id in ("ana", "ben", "chi", "dee"))
    return Book(
        users={one.id: one for one in people},
        teams=teams or {},
        schedules={one.name: one for one in schedules},
        policies={"p": Policy("p", steps, repeat, last_resort)},
        services={"checkout": Service("checkout", "p", ack_timeout, auto_resolve, support_hours)},
    )

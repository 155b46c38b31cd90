"""`tocsin now`: who is on call now, and who is next."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from tocsin.escalation.handoffs import Timeline
from tocsin.escalation.model import Book
from tocsin.escalation.present import (
    Present,
    of_person,
    of_service,
    person_json,
    present,
    schedule_json,
    service_json,
)
from tocsin_cli.asked import book_around
from tocsin_cli.errors import unknown
from tocsin_cli.writing import clock, iso, length, offset, person, print_json, print_table


def run(args: Namespace) -> int:
    """Prints it in the schedules' zones; a person's in theirs. Raises ConfigError, CommandError."""
    at = args.at or datetime.now(UTC)
    book, look = book_around(args, at)
    if args.service is not None:
        return _service(args, book, at, look)
    if args.user is not None:
        return _person(args, book, at, look)
    if args.schedule is not None and args.schedule not in book.schedules:
        raise unknown("schedule", args.schedule, book.schedules)
    names = [args.schedule] if args.schedule is not None else list(book.schedules)
    found = [present(book.schedules[name], at, look) for name in names]
    if args.json:
        print_json({"at": iso(at, UTC), "schedules": [schedule_json(one, book) for one in found]})
    else:
        print_table([_row(one, book) for one in found], ("schedule", "on call", "until", "", "then"))
    return 0


def _people(users: tuple[str, ...], book: Book) -> str:
    return ", ".join(person(user, book.users) for user in users) or "nobody"


def _when(at: datetime | None, zone: tzinfo) -> tuple[str, str]:
    return (clock(at, zone), offset(at, zone)) if at is not None else ("", "")


def _row(one: Present, book: Book) -> tuple[str, ...]:
    zone = ZoneInfo(book.schedules[one.schedule].timezone)
    then = ""
    if one.next is not None:
        then = _people(one.next.users, book)
        if one.next.start is not None and one.next.start != one.now.end:
            then += f", from {' '.join(_when(one.next.start, zone))}"
    return one.schedule, _people(one.now.users, book), *_when(one.now.end, zone), then


def _service(args: Namespace, book: Book, at: datetime, look: Timeline) -> int:
    if args.service not in book.services:
        raise unknown("service", args.service, book.services)
    steps = of_service(book, args.service, at, look)
    if args.json:
        rows = service_json(steps, book)
        print_json({"at": iso(at, UTC), "service": args.service, "steps": rows})
        return 0
    policy = book.services[args.service].policy
    print(f"{args.service} by policy {policy}\n")
    print_table(
        [(str(one.step), f"after {length(one.after)}", _people(one.users, book)) for one in steps],
        ("step", "", "pages"),
    )
    for one in steps:
        for schedule in one.schedules:
            print(f"\n{'  '.join(cell for cell in _row(schedule, book) if cell)}")
    return 0


def _person(args: Namespace, book: Book, at: datetime, look: Timeline) -> int:
    if args.user not in book.users:
        raise unknown("user", args.user, book.users)
    user = book.users[args.user]
    zone = ZoneInfo(user.timezone)
    duties = of_person(book, args.user, at, look)
    if args.json:
        rows = person_json(duties, zone)
        print_json({"at": iso(at, UTC), "user": args.user, "schedules": rows})
        return 0
    if not duties:
        print(f"{person(args.user, book.users)} is on no schedule within 100 days.")
        return 0
    print(f"{person(args.user, book.users)}, in {user.timezone}\n")
    print_table(
        [
            (
                one.schedule,
                f"until {' '.join(_when(one.now.end, zone))}" if one.now is not None else "no",
                f"{' '.join(_when(one.next.start, zone))}" if one.next is not None else "",
            )
            for one in duties
        ],
        ("schedule", "on call", "next"),
    )
    return 0

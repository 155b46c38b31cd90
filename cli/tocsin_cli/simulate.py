"""`tocsin simulate`: who would be paged, when and how."""

from __future__ import annotations

import math
from argparse import Namespace
from datetime import tzinfo

from tocsin.escalation.conditions import ANY, Situation
from tocsin.escalation.model import Book
from tocsin.escalation.simulate import Simulation, UnknownName, simulate
from tocsin.escalation.ticks import Skip
from tocsin_cli.asked import book_at
from tocsin_cli.errors import CommandError, unknown
from tocsin_cli.writing import clock, counted, length, offset, person, print_json, print_table

_REASONS = {
    "nobody_on_call": "nobody is on call",
    "unreachable": "is unreachable: no rule with a contact applies then",
    "superseded": "is not paged by this rule: paged anew before",
    "condition": "the step is for other incidents, or other hours",
    "failing": "fails, as asked",
}
_ENDS = {
    "acknowledged": "it is acknowledged",
    "exhausted": "the rounds are over, or one reached nobody",
    "low_urgency": "it is of low urgency and goes no further",
    "until": "as asked; it goes on",
}


def run(args: Namespace) -> int:
    """Prints the pages, what is skipped, and the end, at the offset of ``--at``. Raises ConfigError, CommandError."""
    if args.by and args.ack_after is None:
        raise CommandError("--by says who acks: say when too, with --ack-after, such as --ack-after 7m")
    if args.until is not None and args.until <= args.at:
        raise CommandError(f"--at {args.at.isoformat()} must be before --until {args.until.isoformat()}")
    book = book_at(args, args.at, *([args.until] if args.until else []))
    try:
        told = simulate(
            book,
            args.service,
            args.at,
            urgency=args.urgency,
            situation=_situation(args),
            ack_after=args.ack_after,
            by=tuple(args.by),
            until=args.until,
            failing=args.failing,
        )
    except UnknownName as error:
        raise unknown(error.kind, error.name, error.known) from None
    zone = args.at.tzinfo
    if args.json:
        print_json(told.as_json(zone))
    else:
        _print(told, book, zone)
    return 0


def _skipped(skip: Skip) -> str:
    what = f"{skip.via} to {skip.contact} " if skip.contact else ""
    return f"({what}{_REASONS[skip.reason]})"


def _situation(args: Namespace) -> Situation:
    """What branches ask for, as the flags have it."""
    severity, priority = args.severity or ANY.severity, args.priority or ANY.priority
    return Situation(severity, priority, dict(args.label), args.repeats, args.turn)


def _print(told: Simulation, book: Book, zone: tzinfo) -> None:
    service = book.services[told.service]
    print(f"{told.service} by policy {service.policy}, {clock(told.at, zone)} {offset(told.at, zone)}\n")
    rows = [
        (
            page.at,
            (page.cycle, page.round),
            page.step,
            person(page.user, book.users),
            f"{page.via} to {page.contact}" + (" (put off: do not disturb)" if page.put_off else ""),
        )
        for page in told.pages
    ]
    rows += [
        (
            skip.at,
            (skip.cycle, skip.round),
            skip.step,
            person(skip.user, book.users) if skip.user is not None else "-",
            _skipped(skip),
        )
        for skip in told.skipped
    ]
    rows += [
        (post.at, (post.cycle, post.round), post.step, post.contact, f"a post by {post.via}")
        for post in told.posts
    ]
    # The last resort, step 0, is a round's end.
    rows.sort(key=lambda row: (row[0], row[1], row[2] or math.inf))
    cycles = len({row[1][0] for row in rows}) > 1
    print_table(
        (
            (
                f"+{length(at - told.at)}",
                clock(at, zone, seconds=True),
                (f"cycle {cycle}, " if cycles else "") + f"round {number}",
                f"step {step}" if step else "last resort",
                who,
                how,
            )
            for at, (cycle, number), step, who, how in rows
        ),
        ("after", "at", "", "", "who", "how"),
    )
    ends = f"Ends after {length(told.ends_at - told.at)}, {clock(told.ends_at, zone)}: {_ENDS[told.why]}."
    print(f"\n{counted(len(told.pages), 'page')}. {ends}")

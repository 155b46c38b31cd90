"""`tocsin simulate`: who would be paged, when and how."""

from __future__ import annotations

from argparse import Namespace
from datetime import tzinfo

from tocsin.escalation.conditions import Situation
from tocsin.escalation.model import Book
from tocsin.escalation.simulate import Simulation, simulate
from tocsin_cli.asked import book_at
from tocsin_cli.errors import CommandError, unknown
from tocsin_cli.writing import clock, counted, length, offset, person, print_json, print_table

_REASONS = {
    "nobody_on_call": "nobody is on call",
    "unreachable": "is unreachable: no rule with a contact applies then",
    "superseded": "is not paged by this rule: paged anew before",
    "condition": "the step is for other incidents, or other hours",
}
_ENDS = {
    "acknowledged": "it is acknowledged",
    "exhausted": "the rounds are over, or one reached nobody",
    "low_urgency": "it is of low urgency and goes no further",
    "until": "as asked; it goes on",
}


def run(args: Namespace) -> int:
    """Prints the pages, what is skipped, and the end, at the offset of ``--at``. Raises ConfigError, CommandError."""
    if args.by is not None and args.ack_after is None:
        raise CommandError("--by says who acks: say when too, with --ack-after, such as --ack-after 7m")
    if args.until is not None and args.until <= args.at:
        raise CommandError(f"--at {args.at.isoformat()} must be before --until {args.until.isoformat()}")
    book = book_at(args, args.at, *([args.until] if args.until else []))
    if args.service not in book.services:
        raise unknown("service", args.service, book.services)
    if args.by is not None and args.by not in book.users:
        raise unknown("user", args.by, book.users)
    told = simulate(
        book,
        args.service,
        args.at,
        urgency=args.urgency,
        situation=_situation(args),
        ack_after=args.ack_after,
        by=args.by,
        until=args.until,
    )
    zone = args.at.tzinfo
    if args.json:
        print_json(told.as_json(zone))
    else:
        _print(told, book, zone)
    return 0


def _situation(args: Namespace) -> Situation:
    """What branches ask for, as the flags have it. Raises CommandError."""
    labels = dict(text.partition("=")[::2] for text in args.label)
    if "" in labels:
        raise CommandError("--label is NAME=VALUE, such as --label team=payments")
    return Situation(args.severity or "unknown", args.priority or "", labels, args.repeats, args.turn)


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
            f"({_REASONS[skip.reason]})",
        )
        for skip in told.skipped
    ]
    rows += [
        (post.at, (post.cycle, post.round), post.step, post.contact, f"a post by {post.via}")
        for post in told.posts
    ]
    rows.sort(key=lambda row: (row[0], row[1]))
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

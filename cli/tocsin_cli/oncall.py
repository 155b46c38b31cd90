"""`tocsin oncall`: who is on call over a range."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.config.history import Era, timeline_of
from tocsin.escalation.model import Book
from tocsin.oncall.model import Gap, Schedule, Span
from tocsin_cli.asked import eras_between
from tocsin_cli.errors import CommandError, unknown
from tocsin_cli.reading import read
from tocsin_cli.writing import clock, iso, length, offset, person, print_json, print_table

_DEFAULT_RANGE = timedelta(days=7)


def run(args: Namespace) -> int:
    """Prints spans and gaps, clipped to the range, in the schedule's zone. Raises ConfigError, CommandError."""
    start = args.start or datetime.now(UTC).replace(second=0, microsecond=0)
    end = args.end or start + _DEFAULT_RANGE
    if end <= start:
        raise CommandError(f"--from {start.isoformat()} must be before --to {end.isoformat()}")
    if args.files:
        book = read(args.files, start, end)[1].book
        eras = [Era(start, book)]
    else:
        eras = eras_between(args, start, end)
        book = next(
            (era.book for era in reversed(eras) if args.schedule in era.book.schedules), eras[-1].book
        )
    schedule = book.schedules.get(args.schedule)
    if schedule is None:
        raise unknown("schedule", args.schedule, book.schedules)
    spans, gaps = timeline_of(eras, args.schedule, start, end)
    if args.json:
        zone = ZoneInfo(schedule.timezone)
        print_json(
            {
                "schedule": schedule.name,
                "spans": [
                    {
                        "start": iso(span.start, zone),
                        "end": iso(span.end, zone),
                        "users": list(span.users),
                        "source": span.source,
                    }
                    for span in spans
                ],
                "gaps": [{"start": iso(gap.start, zone), "end": iso(gap.end, zone)} for gap in gaps],
            }
        )
    else:
        _print(schedule, book, spans, gaps)
    return 0


def _print(schedule: Schedule, book: Book, spans: list[Span], gaps: list[Gap]) -> None:
    zone = ZoneInfo(schedule.timezone)
    rows = []
    parts: list[Span | Gap] = sorted([*spans, *gaps], key=lambda part: part.start)
    for part in parts:
        people, source = "nobody", ""
        if isinstance(part, Span):
            people = ", ".join(person(user, book.users) for user in part.users)
            source = part.source.replace("layer:", "layer ", 1)
        rows.append(
            (
                clock(part.start, zone),
                offset(part.start, zone),
                length(part.end - part.start),
                people,
                source,
            )
        )
    print(f"{schedule.name}, in {schedule.timezone}\n")
    print_table(rows, ("from", "", "for", "on call", "by"))
    last = parts[-1].end
    print(f"\nuntil {clock(last, zone)} {offset(last, zone)}")

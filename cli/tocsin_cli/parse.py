"""`tocsin parse`: what a sender's payload is understood to say."""

from __future__ import annotations

import sys
from argparse import Namespace

from tocsin.alerts.event import Parsed
from tocsin.alerts.parsers import SOURCES, UnknownSource, parse
from tocsin_cli.errors import CommandError, unknown
from tocsin_cli.writing import counted, print_json, print_table


def run(args: Namespace) -> int:
    """Prints the events of a payload. Raises CommandError, OSError."""
    body = _body(args.payload)
    try:
        events = parse(args.source, dict(args.header), body)
    except UnknownSource:
        raise unknown("source", args.source, SOURCES) from None
    if args.json:
        print_json({"events": [event.as_json() for event in events]})
    else:
        _print(events)
    return 0


def _body(payload: str) -> str:
    if payload != "-":
        with open(payload, "rb") as stream:
            data = stream.read()
    elif sys.stdin is None:
        raise CommandError("standard input is closed: give a file")
    else:
        data = sys.stdin.buffer.read()
    return data.decode("utf-8", "replace")


def _print(events: list[Parsed]) -> None:
    print_table(
        (
            (
                event.action.value,
                event.severity.value,
                _line(event.dedup_key),
                _line(event.title),
                _when(event),
            )
            for event in events
        ),
        ("action", "severity", "dedup key", "title", "occurred at") if events else (),
    )
    if events:
        print()
    lost = sum(not event.parsed for event in events)
    print(
        f"{counted(len(events), 'event')}." + (f" {lost} not understood: the text is kept." if lost else "")
    )


def _when(event: Parsed) -> str:
    return "unknown" if event.occurred_at is None else event.occurred_at.isoformat(timespec="seconds")


def _line(text: str) -> str:
    """Somebody else's text on one line, without what a terminal would obey."""
    flat = "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
    return flat if len(flat) <= 60 else flat[:59] + "…"

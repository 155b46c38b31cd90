"""What a command asks: the files that it is given, or else the deployed stack."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime

from tocsin.config.history import Era, era_at, look_over
from tocsin.escalation.handoffs import Timeline
from tocsin.escalation.model import Book
from tocsin.escalation.present import HORIZON
from tocsin.oncall.timeline import timeline
from tocsin_cli.aws_commands import asking
from tocsin_cli.errors import CommandError
from tocsin_cli.reading import read


def book_at(args: Namespace, at: datetime, *moments: datetime) -> Book:
    """The book of ``args.files``, or what was, is or will be in force on the stack at ``at`` (aware).

    Public holidays of files are those of the years around ``moments`` too. Raises ConfigError, CommandError.
    """
    if args.files:
        return read(args.files, at, *moments)[1].book
    return eras_between(args, at, at)[0].book


def book_around(args: Namespace, at: datetime) -> tuple[Book, Timeline]:
    """As ``book_at``, and how to look at its schedules before and after: of the stack over all that was in force.

    Raises ConfigError, CommandError.
    """
    if args.files:
        return book_at(args, at), timeline
    eras = eras_between(args, at - HORIZON, at + HORIZON)
    era = era_at(eras, at)
    if era is None:
        raise CommandError(f"nothing was applied before {at.isoformat()}: tocsin apply FILE")
    return era.book, look_over(eras)


def eras_between(args: Namespace, start: datetime, end: datetime) -> list[Era]:
    """What was, is and will be in force in [start, end), changes from day to day included: at least one era.

    Raises CommandError.
    """
    found: list[Era] = []

    def ask(_: Namespace) -> int:
        from tocsin.engine.history import eras_of
        from tocsin_cli.stack import StackError, open_stack, open_store

        store = open_store(open_stack(args.stack, args.region, args.profile, args.endpoint_url))
        found.extend(eras_of(store, start, end, store.changes().push))
        if not found:
            raise StackError(f"nothing was applied before {end.isoformat()}: tocsin apply FILE")
        return 0

    asking(ask, args)
    return found

"""`tocsin diff`: what one configuration would change against another, and for whom."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from tocsin.config.compile import compile_config
from tocsin.config.history import facts_for
from tocsin.config.load import STDIN
from tocsin.oncall.changes import NO_CHANGES
from tocsin_cli.compared import Compared
from tocsin_cli.errors import CommandError
from tocsin_cli.reading import read
from tocsin_cli.writing import print_json


def run(args: Namespace) -> int:
    """0, or 1 with ``--exit-code`` where somebody is paged otherwise. Raises ConfigError, CommandError."""
    if args.old == args.new == STDIN:
        raise CommandError("standard input can be one of the two, not both: name a file for the other")
    at = args.at or datetime.now(UTC).replace(second=0, microsecond=0)
    _, old = read([args.old], at)
    loaded, wanted = read([args.new], at)
    # As an apply would do it: no turn in progress is cut short.
    facts, _ = facts_for(old, NO_CHANGES, wanted, at, wanted.facts.holidays)
    found = Compared(old, compile_config(loaded.document, loaded.where, facts), facts, at)
    if args.json:
        print_json(found.as_json())
    else:
        print(found.words())
    return 1 if args.exit_code and found.paging else 0

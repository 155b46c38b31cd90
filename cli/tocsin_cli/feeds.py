"""``tocsin feeds``: how the calendars elsewhere fare that the configuration names."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin_cli.aws_commands import asking
from tocsin_cli.writing import clock, counted, iso, offset, print_json

#: Feeds are read every quarter of an hour: one that was not even tried for so long is left alone by everybody.
LATE = timedelta(hours=2)
_AS = {"overrides": "overrides", "schedule": "the schedule itself", "away": "time off"}


def show(args: Namespace) -> int:
    """Tells how each feed fares."""

    def command(args: Namespace) -> int:
        from tocsin.store.ports import NoConfiguration
        from tocsin_cli.stack import StackError, open_stack, open_store

        try:
            known = feeds_of(open_store(open_stack(args.stack, args.region, args.profile, args.endpoint_url)))
        except NoConfiguration as error:
            raise StackError(str(error)) from error
        if args.json:
            print_json({"feeds": [_row(source, state) for source, state in known]})
            return 0
        for source, state in known:
            for line in _lines(source, state, datetime.now(UTC)):
                print(line)
        if not known:
            print("The configuration names no calendar to read.")
        return 0

    return asking(command, args)


def feeds_of(store: Any) -> list[tuple[Any, Any]]:
    """The feeds of the current configuration, each with how it fares. Raises NoConfiguration."""
    from tocsin.engine.feeds import sources

    _, config = store.config()
    return [(source, store.feed(source.name)) for source in sources(config)]


def ailing(store: Any) -> tuple[int, list[tuple[str, str]]]:
    """How many feeds there are, and what people call those with which something is wrong, and what."""
    now = datetime.now(UTC)
    known = feeds_of(store) if store.current_revision() is not None else []
    return len(known), [(source.title, words) for source, state in known if (words := trouble(state, now))]


def trouble(state: Any, now: datetime) -> str:
    """What is wrong with a feed, in words; "" for nothing."""
    if state.failing_since is not None:
        return f"fails since {_at(state.failing_since)} ({counted(state.failures, 'time')}): {state.error}"
    if state.tried_at is not None and now - state.tried_at > LATE:
        return f"was not tried since {_at(state.tried_at)}: look at the feeds function's log"
    return ""


def _lines(source: Any, state: Any, now: datetime) -> Iterator[str]:
    from tocsin.engine.feed import host

    yield f"{source.title}: {_AS[source.kind]} from {host(source)}"
    if state.last_ok is not None:
        what = "times off" if source.kind == "away" else "shifts"
        yield f"  read {_at(state.last_ok)}; {what} to come: {state.shifts}"
    elif state.tried_at is None:
        yield "  not read yet: that is done every quarter of an hour"
    if words := trouble(state, now):
        yield f"  {words}"
    for problem in state.problems:
        yield f"  not used: {problem}"


def _row(source: Any, state: Any) -> dict[str, Any]:
    from tocsin.engine.feed import host

    def at(moment: datetime | None) -> str | None:
        return iso(moment, UTC) if moment is not None else None

    return {
        "name": source.name,
        "as": source.kind,
        "host": host(source),
        "tried_at": at(state.tried_at),
        "last_ok": at(state.last_ok),
        "shifts": state.shifts,
        "failures": state.failures,
        "failing_since": at(state.failing_since),
        "error": state.error,
        "problems": list(state.problems),
    }


def _at(moment: datetime) -> str:
    return f"{clock(moment, UTC)} {offset(moment, UTC)}"

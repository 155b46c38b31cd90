"""The commands with which people change from day to day who is on call. They ask the deployed stack."""

from __future__ import annotations

import getpass
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

from tocsin_cli.aws_commands import asking
from tocsin_cli.errors import CommandError
from tocsin_cli.writing import clock, offset, print_json


def override(args: Namespace) -> int:
    def change(made: Any) -> Any:
        from tocsin.oncall.changes import OverrideMade

        return OverrideMade(made, args.schedule, tuple(args.user), args.start, args.end, args.replaces)

    return _make(args, change)


def away(args: Namespace) -> int:
    from tocsin.oncall.changes import LeaveMade

    if args.ical is None and (args.start is None or args.end is None):
        raise CommandError("say from when to when: --from T --to T, or --ical FILE")
    if args.ical is not None:
        if args.start is not None or args.end is not None:
            raise CommandError("--ical has its own days: leave out --from and --to")
        from tocsin_cli import leave_file

        data = leave_file.read(args.ical)
        return _with_store(args, lambda store, clock: leave_file.note(args, data, store, clock, _me()))
    return _make(args, lambda made: LeaveMade(made, args.user, args.start, args.end, args.delegate))


def temporary(args: Namespace) -> int:
    def change(made: Any) -> Any:
        from tocsin.oncall.changes import TemporaryMade
        from tocsin.oncall.model import Shift

        shifts = tuple(Shift(*one) for one in args.shift)
        return TemporaryMade(made, args.schedule, args.name, args.start, args.end, shifts)

    return _make(args, change)


def ask(args: Namespace) -> int:
    given = [one for one in (args.swap, args.swap_from, args.swap_to) if one is not None]
    if len(given) not in (0, 3):
        raise CommandError("a swap wants --swap NAME, --swap-from T and --swap-to T")

    def change(made: Any) -> Any:
        from tocsin.oncall.changes import Cover, Swap

        back = Swap(args.swap, args.swap_from, args.swap_to) if args.swap is not None else None
        return Cover(made, args.schedule, args.user, args.start, args.end, swap=back)

    return _make(args, change)


def take(args: Namespace) -> int:
    def run(store: Any, clock: Any) -> int:
        from tocsin.engine import rota
        from tocsin.oncall.changes import Cover

        _, config, changes = store.in_force()
        cover = changes.find(args.id)
        if not isinstance(cover, Cover):
            raise rota.Refused(f"there is no request {args.id!r}: tocsin changes lists them")
        now = clock.now()
        taken = rota.taken(config, cover, args.user, args.start, args.end, now)
        if taken is None:
            print(f"{args.user} has it already.")
            return 0
        _tell(config, changes, taken, now)
        if not args.dry_run:
            rota.take(store, clock, args.id, args.user, args.start, args.end)
            print(f"\nTaken by {args.user}.")
        return 0

    return _with_store(args, run)


def cancel(args: Namespace) -> int:
    def run(store: Any, clock: Any) -> int:
        from tocsin.engine import rota

        _, config, changes = store.in_force()
        now = clock.now()
        gone = rota.cancelled(changes, args.id, _me(), now)
        if gone is not None:
            _tell(config, changes, gone, now)
        if not args.dry_run:
            rota.cancel(store, clock, args.id, _me())
            print(f"\n{args.id} is cancelled from now on.")
        return 0

    return _with_store(args, run)


def show(args: Namespace) -> int:
    def run(store: Any, clock: Any) -> int:
        from tocsin.oncall.changes_json import as_json

        _, config, changes = store.in_force()
        if args.json:
            print_json({"changes": [as_json(row) for row in changes.rows]})
            return 0
        for row in changes.rows:
            print(_line(row, config, clock.now()))
        if not changes.rows:
            print("Nothing was changed from day to day that still matters.")
        return 0

    return _with_store(args, run)


def _make(args: Namespace, change: Callable[[Any], Any]) -> int:
    def run(store: Any, clock: Any) -> int:
        from tocsin.config.history import book_with
        from tocsin.engine import rota
        from tocsin.oncall.changes import Made

        now = clock.now()
        wanted = change(Made(token_hex(4), now, _me()))
        _, config, changes = store.in_force()
        rota.check(replace(config, book=book_with(config, changes)), wanted, now)
        _tell(config, changes, wanted, now)
        if not args.dry_run:
            rota.make(store, clock, wanted)
            print(f"\nMade: {wanted.made.id}. To take it back: tocsin cancel {wanted.made.id}")
        return 0

    return _with_store(args, run)


def _tell(config: Any, changes: Any, wanted: Any, now: datetime) -> None:
    """What the change means, for whom."""
    from tocsin.engine.rota import meaning
    from tocsin.oncall.changes import Cover
    from tocsin_cli.foretelling import by_person

    rows = meaning(config, changes, wanted, now)
    if rows:
        print("What changes on call, and for whom:")
        for line in by_person(rows, config.book, config.book):
            print(line)
    elif isinstance(wanted, Cover) and not wanted.made.cancelled:
        print(f"{wanted.user} stays on call until somebody takes it.")
    else:
        print("Nobody's hours on call change by it.")


def _line(row: Any, config: Any, now: datetime) -> str:
    """One change in words, in its schedule's zone or its person's."""
    from tocsin.oncall.changes import Cover, LeaveMade, OverrideMade

    schedule = None if isinstance(row, LeaveMade) else config.book.schedules.get(row.schedule)
    user = config.book.users.get(row.user) if isinstance(row, LeaveMade) else None
    zone = ZoneInfo(schedule.timezone if schedule else user.timezone if user else "UTC")
    span = f"{_at(row.start, zone)} → {_at(row.end, zone)}"
    if isinstance(row, OverrideMade):
        words = f"{row.schedule}: {', '.join(row.users)}" + (f" for {row.replaces}" if row.replaces else "")
    elif isinstance(row, LeaveMade):
        words = f"{row.user} is away" + (f", {row.delegate} stands in" if row.delegate else "")
    elif isinstance(row, Cover):
        words = "; ".join((f"{row.schedule}: {row.user} gives time away", *_parts(row, zone, now)))
    else:
        words = f"{row.schedule}: temporary schedule {row.name}, {len(row.shifts)} shifts"
    end = f"  cancelled {_at(row.made.cancelled_at, zone)}" if row.made.cancelled else ""
    return f"{row.made.id}  {span}  {words}  (by {row.made.by}){end}"


def _parts(row: Any, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    if row.swap is not None:
        yield f"to {row.swap.user} for {_at(row.swap.start, zone)} → {_at(row.swap.end, zone)}"
    for part in row.parts:
        yield f"{part.user} has {_at(part.start, zone)} → {_at(part.end, zone)}"
    for start, end in row.open(now):
        yield f"open {_at(start, zone)} → {_at(end, zone)}"


def _at(at: datetime, zone: ZoneInfo) -> str:
    return f"{clock(at, zone)} {offset(at, zone)}"


def _me() -> str:
    return f"cli:{getpass.getuser()}"


class Clock:
    """``store.ports.Clock``, by AWS's clock: a change counts from when it is made, on every machine alike."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now

    def pause(self, attempt: int) -> None:
        import time

        time.sleep(0.05 * 2 ** min(attempt, 5))


def _with_store(args: Namespace, run: Callable[[Any, Any], int]) -> int:
    """Raises CommandError for what the stack, or the rota, refuses."""

    def asked(_: Namespace) -> int:
        from tocsin.engine.ports import TooBusy
        from tocsin.engine.rota import Refused
        from tocsin.store.ports import Full, NoConfiguration
        from tocsin_cli.stack import StackError, open_stack, open_store

        stack = open_stack(args.stack, args.region, args.profile, args.endpoint_url)
        try:
            return run(open_store(stack), Clock(stack.now))
        except (Refused, Full, NoConfiguration, TooBusy) as error:
            raise StackError(str(error)) from error

    return asking(asked, args)

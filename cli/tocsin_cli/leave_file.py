"""Time off from an iCalendar file: each event to come is a leave of the person."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tocsin.oncall.changes import Changes, LeaveMade, Made, with_each
from tocsin.store.ports import Clock
from tocsin_cli.errors import CommandError
from tocsin_cli.writing import clock, counted, offset

#: The most events of a file: more days off than anybody has in a year.
MOST = 100
#: So far ahead events count: as long as one change may last.
AHEAD = timedelta(days=2 * 366)


def read(file: str) -> bytes:
    """The bytes of a file, or of standard input for ``-``. Raises OSError."""
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()


def note(args: Namespace, data: bytes, store: Any, time: Clock, by: str) -> int:
    """Shows the days of ``args.ical``, and notes those that are not noted yet. Raises CommandError, Refused."""
    from tocsin.engine import rota

    now = time.now()
    _, config, changes = store.in_force()
    user = config.book.users.get(args.user)
    if user is None:
        raise rota.Refused(f"there is no user named {args.user!r}")
    zone = ZoneInfo(user.timezone)
    rows = _leaves(args, data, user.timezone, now, by)
    new = [row for row in rows if changes.find(row.made.id) is None]
    for row in new:
        rota.check(config, row, now)
    for row in rows:
        start, end = (f"{clock(at, zone)} {offset(at, zone)}" for at in (row.start, row.end))
        print(f"{row.made.id}  {start} → {end}{'' if row in new else '  (noted already)'}")
    if not rows:
        print("The file has no event to come.")
    if not new:
        return 0
    _tell(config, changes, new, now)
    if not args.dry_run:
        for row in new:
            rota.make(store, time, row)
        print(f"\nNoted: {counted(len(new), 'time')}. To take one back: tocsin cancel ID")
    return 0


def _leaves(args: Namespace, data: bytes, zone: str, now: datetime, by: str) -> list[LeaveMade]:
    """The file's events as leaves, with ids that are the same each time. What cannot be used is told."""
    from tocsin.oncall.calendars.reading import FeedError, shifts_of

    try:
        found = shifts_of(data, now, now + AHEAD, default_zone=zone)
    except FeedError as error:
        raise CommandError(f"{args.ical}: {error}") from error
    if found.missing:
        raise CommandError(f"{args.ical}: {found.missing}")
    if len(found.events) > MOST:
        raise CommandError(f"{args.ical}: it has {len(found.events)} events to come: {MOST} are the most")
    for problem in found.problems:
        what = f"{problem.summary!r}: " if problem.summary else ""
        print(f"{args.ical}: {what}{problem.reason}", file=sys.stderr)
    leaves = {}
    for event in found.events:
        parts = (args.user, event.uid, event.start.isoformat(), event.end.isoformat(), args.delegate or "")
        id = sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:8]
        leaves[id] = LeaveMade(Made(id, now, by), args.user, event.start, event.end, args.delegate)
    return list(leaves.values())


def _tell(config: Any, changes: Changes, new: Sequence[LeaveMade], now: datetime) -> None:
    """What the days together mean, for whom."""
    from tocsin.config.history import book_with
    from tocsin.config.shifts import shift_changes
    from tocsin_cli.foretelling import by_person

    before = book_with(config, changes).schedules
    after = book_with(config, with_each(changes, new, now)).schedules
    rows = shift_changes(before, after, now, max(row.end for row in new) + timedelta(days=14))
    print()
    if not rows:
        print("Nobody's hours on call change by it.")
        return
    print("What changes on call, and for whom:")
    for line in by_person(rows, config.book, config.book):
        print(line)

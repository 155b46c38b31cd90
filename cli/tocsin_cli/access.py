"""The commands about secrets: a calendar's address, a token of the API. Only a hash of each is stored."""

from __future__ import annotations

import getpass
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from tocsin.config.scalars import label
from tocsin_cli.aws_commands import asking
from tocsin_cli.errors import CommandError, unknown
from tocsin_cli.writing import print_json, print_table

Kind = Literal["api", "calendar"]

#: So much of a secret's hash names it in lists.
_ID = 10


def calendar_create(args: Namespace) -> int:
    def run(store: Any, stack: Any) -> int:
        _, config = store.config()
        book = config.book
        for kind, names in (("user", book.users), ("schedule", book.schedules), ("team", book.teams)):
            name = getattr(args, kind)
            if name is None:
                continue
            if name not in names:
                raise unknown(kind, name, names)
            alarms = tuple(int(one.total_seconds()) for one in args.alarm)
            key = _create(store, "calendar", f"{kind}:{name}", name, alarms)
            url = f"{stack.output('PublicUrl').rstrip('/')}/v1/calendars/{key}.ics"
            if args.json:
                print_json({"subject": f"{kind}:{name}", "url": url})
            else:
                print(
                    f"Calendar of {kind} {name} (shown once; whoever has the address can read it):\n\n    {url}"
                )
                print(
                    "\nSubscribe to it in a calendar app. To take it back: tocsin calendar list, then revoke."
                )
        return 0

    return _with(args, run)


def token_create(args: Namespace) -> int:
    def run(store: Any, stack: Any) -> int:
        try:
            label(args.name)
        except ValueError as error:
            raise CommandError(str(error)) from None
        key = _create(store, "api", "act" if args.acts else "", args.name, ())
        url = f"{stack.output('PublicUrl').rstrip('/')}/v1/{'incidents' if args.acts else 'oncall'}"
        if args.json:
            print_json({"name": args.name, "token": key, "url": url})
        else:
            print(f"Token {args.name} (shown once, stored only as a hash):\n\n    {key}\n")
            print(f"Ask with it:\n\n    curl -H 'Authorization: Bearer {key}' {url}")
        return 0

    return _with(args, run)


def calendar_list(args: Namespace) -> int:
    return _list(args, "calendar")


def token_list(args: Namespace) -> int:
    return _list(args, "api")


def calendar_revoke(args: Namespace) -> int:
    return _revoke(args, "calendar")


def token_revoke(args: Namespace) -> int:
    return _revoke(args, "api")


def _create(store: Any, kind: Kind, subject: str, name: str, alarms: tuple[int, ...]) -> str:
    from tocsin.alerts.keys import hash_key, new_key
    from tocsin.store.configuration import Access

    key = new_key()
    now = datetime.now(UTC)
    store.put_access(Access(hash_key(key), kind, subject, name, now, f"cli:{getpass.getuser()}", alarms))
    return key


def _list(args: Namespace, kind: Kind) -> int:
    def run(store: Any, stack: Any) -> int:
        rows = [one for one in store.accesses() if one.kind == kind]
        if args.json:
            print_json({"rows": [_row(one) for one in rows]})
            return 0
        if not rows:
            print("There is none yet.")
            return 0
        cells = [
            (
                one.hash[:_ID],
                _for(one),
                f"made {one.created_at:%Y-%m-%d} by {one.created_by}",
                f"revoked {one.revoked_at:%Y-%m-%d}" if one.revoked_at is not None else "",
            )
            for one in rows
        ]
        print_table(cells, ("id", "for", "", ""))
        return 0

    return _with(args, run)


def _for(one: Any) -> str:
    if one.kind == "calendar":
        return str(one.subject)
    return f"{one.name} (acts)" if one.subject else str(one.name)


def _row(one: Any) -> dict[str, Any]:
    return {
        "id": one.hash[:_ID],
        "subject": one.subject,
        "name": one.name,
        "created_at": one.created_at.isoformat(timespec="seconds"),
        "created_by": one.created_by,
        "revoked_at": one.revoked_at.isoformat(timespec="seconds") if one.revoked_at is not None else None,
    }


def _revoke(args: Namespace, kind: Kind) -> int:
    def run(store: Any, stack: Any) -> int:
        found = [one for one in store.accesses() if one.kind == kind and one.hash.startswith(args.id)]
        if len(found) != 1 or not args.id:
            raise CommandError(f"{'several' if found else 'none'} of the list begin with {args.id!r}")
        if found[0].revoked_at is None:
            store.put_access(replace(found[0], revoked_at=datetime.now(UTC)))
        print(f"{_for(found[0])} is revoked: its secret opens nothing any more.")
        return 0

    return _with(args, run)


def _with(args: Namespace, run: Callable[[Any, Any], int]) -> int:
    """Raises CommandError for what the stack refuses."""

    def asked(_: Namespace) -> int:
        from tocsin.store.ports import NoConfiguration
        from tocsin_cli.stack import StackError, open_stack, open_store

        stack = open_stack(args.stack, args.region, args.profile, args.endpoint_url)
        try:
            return run(open_store(stack), stack)
        except NoConfiguration as error:
            raise StackError(str(error)) from error

    return asking(asked, args)

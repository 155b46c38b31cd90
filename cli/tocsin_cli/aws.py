"""The commands that talk to a deployed stack: plan, apply, key create, doctor."""

from __future__ import annotations

import getpass
import json
import sys
from argparse import Namespace
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tocsin.config.check import findings
from tocsin.config.compile import Config, compile_config
from tocsin.config.facts import Facts
from tocsin.config.finding import Finding
from tocsin.config.history import book_with, facts_for
from tocsin.config.load import Loaded
from tocsin.config.revision import canonical, pack
from tocsin.engine.history import next_apply
from tocsin.oncall.changes import Changes
from tocsin_cli.check import line_of, rows_of
from tocsin_cli.compared import Compared
from tocsin_cli.reading import read
from tocsin_cli.stack import Stack, StackError, open_stack, open_store


def _stack(args: Namespace) -> Stack:
    return open_stack(args.stack, args.region, args.profile, args.endpoint_url)


@dataclass(frozen=True, slots=True)
class _Proposal:
    """What the files say against what is current: ``config`` has the ``facts`` of an apply at ``at``."""

    loaded: Loaded
    config: Config
    facts: Facts
    settled: datetime
    at: datetime
    id: str | None
    current: Config | None
    changes: Changes

    @property
    def same(self) -> bool:
        """Whether the current revision says all of it already."""
        if self.current is None:
            return False
        equal = canonical(self.current.document) == canonical(self.loaded.document)
        return equal and self.current.facts.holidays == self.facts.holidays

    def compared(self) -> Compared:
        return Compared(self.current, self.config, self.facts, self.at, self.changes)

    def warnings(self) -> list[Finding]:
        """What ``check`` would have mended, by what the stack knows, too: changes from day to day, and who has push."""
        known = replace(self.config, book=book_with(self.config, self.changes))
        return [one for one in findings(known, self.at) if one.severity == "warning"]

    def tell_warnings(self) -> None:
        found = self.warnings()
        if found:
            print()
        for one in found:
            print(line_of(one, self.loaded.where))


def _proposal(loaded: Loaded, wanted: Config, store: Any, now: datetime) -> _Proposal:
    id, current = _current(store)
    at = next_apply(store, now)
    changes = store.changes()
    facts, settled = facts_for(current, changes, wanted, at, wanted.facts.holidays)
    config = compile_config(loaded.document, loaded.where, facts)
    return _Proposal(loaded, config, facts, settled, at, id, current, changes)


def _wanted(args: Namespace) -> tuple[Loaded, Config]:
    """The files' configuration. Raises ConfigError; StackError when nothing catches what no integration names."""
    loaded, config = read(args.files)
    if config.catch_all is None:
        raise StackError(
            "the configuration has no catch_all: name the service that takes what no integration names, "
            "so that no alert is lost (catch_all: NAME at the top level)"
        )
    return loaded, config


def _current(store: Any) -> tuple[str | None, Config | None]:
    id = store.current_revision()
    return id, store.revision(id) if id is not None else None


def plan(args: Namespace) -> int:
    """Prints what ``apply`` would change, and for whom. 0 whether or not something would."""
    files = _wanted(args)
    stack = _stack(args)
    found = _proposal(*files, open_store(stack), stack.now())
    if args.json:
        told = {"findings": rows_of(found.warnings(), found.loaded.where), **found.compared().as_json()}
        print(json.dumps({"against": found.id, **told}, indent=2))
        return 0
    if found.same:
        print(f"Nothing would change: revision {found.id} is what the files say.")
        found.tell_warnings()
        return 0
    print(found.compared().words())
    found.tell_warnings()
    against = f"revision {found.id}" if found.id else "an empty configuration"
    print(f"\nAgainst {against}. Nothing was changed: tocsin apply does it.")
    return 0


def apply(args: Namespace) -> int:
    """Makes the files' configuration the current revision, if nobody else applied one meanwhile."""
    from tocsin.store.ports import Conflict

    files = _wanted(args)
    stack = _stack(args)
    store = open_store(stack)
    found = _proposal(*files, store, stack.now())
    if found.same:
        print(f"Nothing to do: revision {found.id} is current.")
        found.tell_warnings()
        _contacts(args, stack, store, found.config)
        return 0
    id, blob = pack(found.loaded.document, found.facts)
    text = found.compared().words()
    try:
        store.apply(id, blob, found.id, found.at, getpass.getuser(), found.settled)
    except Conflict:
        print(
            "Somebody else applied a configuration just now. Look at tocsin plan, then apply again.",
            file=sys.stderr,
        )
        return 1
    print(text)
    found.tell_warnings()
    print(f"\nRevision {id} is current. Open incidents keep the revision they opened with.")
    _contacts(args, stack, store, found.config)
    return 0


def _contacts(args: Namespace, stack: Stack, store: Any, config: Config) -> None:
    from tocsin.engine.browsers import switch_all_off
    from tocsin_cli import verifying
    from tocsin_cli.changing import Clock

    for user in sorted(store.changes().push - config.book.users.keys()):
        names = switch_all_off(verifying.Hands(store, Clock(stack.now)), user)
        print(f"{user} is not in the file any more: push is off in {', '.join(names)}.")
    if args.vouch:
        verifying.vouch(store, Clock(stack.now), config.book)
    else:
        verifying.tell(stack, store, config.book)
    verifying.tell_silent(store, config.book)


def key_create(args: Namespace) -> int:
    """Makes a key for an integration and shows it, this once."""
    from tocsin.alerts.keys import hash_key, new_key
    from tocsin.store.configuration import KeyRecord

    stack = _stack(args)
    store = open_store(stack)
    _, current = _current(store)
    if current is None:
        raise StackError(
            "no configuration was ever applied: tocsin apply FILE, then make keys for its integrations"
        )
    if args.integration not in current.integrations:
        known = ", ".join(sorted(current.integrations)) or "none"
        raise StackError(f"there is no integration named {args.integration!r}; there are: {known}")
    key = new_key()
    store.put_key(KeyRecord(hash_key(key), args.integration, datetime.now(UTC)))
    source = current.integrations[args.integration].source
    base = stack.output("PublicUrl").rstrip("/")
    url = f"{base}/v2/enqueue" if source == "pagerduty" else f"{base}/v1/events/{key}"
    if args.json:
        print(json.dumps({"integration": args.integration, "source": source, "key": key, "url": url}))
        return 0
    print(f"Key for {args.integration} (shown once, stored only as a hash):\n\n    {key}\n")
    print(f"Send to:\n\n    {url}" + ("\n    with the key as routing_key" if source == "pagerduty" else ""))
    return 0


def doctor(args: Namespace) -> int:
    """Examines the deployed stack. 1 when something would keep a page from a person."""
    from tocsin_cli.doctor import examine
    from tocsin_cli.findings import as_json, as_text

    found = examine(_stack(args))
    print(json.dumps(as_json(found), indent=2) if args.json else as_text(found))
    return 1 if any(finding.health == "fail" for finding in found) else 0

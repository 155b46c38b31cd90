"""The commands that talk to a deployed stack: plan, apply, key create, doctor."""

from __future__ import annotations

import getpass
import json
import sys
from argparse import Namespace
from datetime import UTC, datetime
from typing import Any

from tocsin.config.compile import Config, compile_config
from tocsin.config.load import Loaded, load
from tocsin.config.plan import difference
from tocsin.config.revision import pack
from tocsin_cli.stack import Stack, StackError, open_stack, open_store


def _stack(args: Namespace) -> Stack:
    return open_stack(args.stack, args.region, args.profile, args.endpoint_url)


def _wanted(args: Namespace) -> tuple[Loaded, Config]:
    """The files' configuration. Raises ConfigError; StackError when nothing catches what no integration names."""
    loaded = load(args.files)
    config = compile_config(loaded.document, where=loaded.where)
    if config.catch_all is None:
        raise StackError(
            "the configuration has no catch_all: name the service that takes what no integration names, "
            "so that no alert is lost (catch_all: NAME at the top level)"
        )
    return loaded, config


def _current(store: Any) -> tuple[str | None, Config | None]:
    id = store.current_revision()
    return id, store.revision(id) if id is not None else None


def _changes(old: Config | None, new: Config) -> str:
    signs = {"add": "+", "change": "~", "remove": "-"}
    rows = [
        f"{signs[row.kind]} {row.what} {row.name}" + (f": {row.detail}" if row.detail else "")
        for row in difference(old, new)
    ]
    return "\n".join(rows)


def plan(args: Namespace) -> int:
    """Prints what ``apply`` would change. 0 whether or not something would."""
    _, wanted = _wanted(args)
    id, current = _current(open_store(_stack(args)))
    text = _changes(current, wanted)
    if not text:
        print(f"Nothing would change: revision {id} is what the files say.")
        return 0
    print(text)
    print(
        f"\nAgainst {'revision ' + id if id else 'an empty configuration'}. Nothing was changed: tocsin apply does it."
    )
    return 0


def apply(args: Namespace) -> int:
    """Makes the files' configuration the current revision, if nobody else applied one meanwhile."""
    from tocsin.store.ports import Conflict

    loaded, wanted = _wanted(args)
    store = open_store(_stack(args))
    expected, current = _current(store)
    id, blob = pack(loaded.document)
    if id == expected:
        print(f"Nothing to do: revision {id} is current.")
        return 0
    text = _changes(current, wanted)
    try:
        store.apply(id, blob, expected, datetime.now(UTC), getpass.getuser())
    except Conflict:
        print(
            "Somebody else applied a configuration just now. Look at tocsin plan, then apply again.",
            file=sys.stderr,
        )
        return 1
    if text:
        print(text)
    print(f"\nRevision {id} is current. Open incidents keep the revision they opened with.")
    return 0


def key_create(args: Namespace) -> int:
    """Makes a key for an integration and shows it, this once."""
    from tocsin.alerts.keys import hash_key, new_key
    from tocsin.store.ports import KeyRecord

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
    from tocsin_cli.doctor import as_json, as_text, examine

    found = examine(_stack(args))
    print(json.dumps(as_json(found), indent=2) if args.json else as_text(found))
    return 1 if any(finding.health == "fail" for finding in found) else 0

"""What the command line wishes about contacts, as plain data: what comes in, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tocsin.engine import browsers, contacts
from tocsin.engine.browsers import Pushing
from tocsin.engine.ports import Ports
from tocsin.escalation.model import PUSH
from tocsin.incidents.times import iso
from tocsin.store.ports import NoConfiguration

_LONGEST = 200


def contacts_wished(ports: Ports, row: Mapping[str, Any], pushing: Callable[[], Pushing]) -> dict[str, Any]:
    """Does what ``row`` says: {"action": "list" | "verify" | "confirm" | "vouch" | "test" | "push" | "said", "id",
    "user", "contact"?, "code"?, "voice"?, "show"?, "off"?, "by", "notices"?}. Gives what became of it, or {"error"}.
    Raises TooBusy.
    """
    try:
        return _done(ports, row, pushing)
    except (contacts.Refused, NoConfiguration) as error:
        return {"error": str(error)}
    except (KeyError, TypeError, ValueError) as error:
        return {"error": f"this is no wish about contacts: {error}"}


def _done(ports: Ports, row: Mapping[str, Any], pushing: Callable[[], Pushing]) -> dict[str, Any]:
    action = row["action"]
    if action == "said":
        return {"said": {id: ports.store.notice_said(id) for id in map(_text, row["notices"])}}
    user = _text(row["user"]) if row.get("user") else None
    name = _text(row["contact"]) if row.get("contact") else None
    if action == "list":
        _, config = ports.store.config()
        now = ports.clock.now()
        rows = [known_json(one, now) for one in contacts.known(ports.store, config.book, user, name)]
        with_push = ports.store.changes().push if name is None else frozenset()
        pushed = [one for one in config.book.users if one in with_push and user in (None, one)]
        rows += [one for id in pushed for one in _browsers_json(ports, id)]
        return {"required": ports.verified_only, "contacts": rows}
    id, by = _text(row["id"]), _text(row["by"])
    if action == "vouch":
        _, config = ports.store.config()
        found = contacts.vouch(ports, config.book, user, name, by)
        ports.metrics.count("ContactVouched", len(found))
        return {"vouched": [{"user": one.user, "contact": one.contact.name} for one in found]}
    if user is None:
        raise ValueError("it names a user")
    match action:
        case "verify":
            contact, notice = contacts.ask(ports, user, name, bool(row.get("voice")), id)
            return {"contact": contact, "notice": notice}
        case "confirm":
            verdict, names = contacts.confirm(ports, user, name, _text(row["code"]), by, f"command-{id}")
            return {"verdict": verdict, "contacts": names}
        case "test":
            tried = contacts.test(ports, user, name, bool(row.get("voice")), id)
            return {
                "tests": [
                    {"contact": one.contact, "via": one.via, "notice": one.notice, "why": one.why}
                    for one in tried
                ]
            }
        case "push":
            return _push(ports, row, pushing, user, name, id)
    raise ValueError(f"{action!r} is no action")


def _push(
    ports: Ports,
    row: Mapping[str, Any],
    pushing: Callable[[], Pushing],
    user: str,
    name: str | None,
    id: str,
) -> dict[str, Any]:
    if row.get("off"):
        return {"off": browsers.switch_all_off(ports, user)}
    if row.get("show"):
        return {"link": browsers.new_link(ports, pushing(), user)}
    contact, notice = browsers.send_link(ports, pushing(), user, name, id)
    return {"contact": contact, "notice": notice}


def _browsers_json(ports: Ports, user: str) -> list[dict[str, Any]]:
    """Somebody's browsers, as ``known_json`` has a contact: each is known by the link that it was switched on by."""
    return [
        {
            "user": user,
            "contact": PUSH,
            "kind": "push",
            "address": one.name,
            "verified": {"at": iso(one.since), "how": "link", "by": user},
            "code_until": None,
            "opted_out_at": None,
        }
        for one in ports.store.browsers(user).rows
    ]


def known_json(one: contacts.Known, now: datetime) -> dict[str, Any]:
    """A contact as JSON has it: instants in UTC."""
    known, waits = one.verified, one.waits_until(now)
    return {
        "user": one.user,
        "contact": one.contact.name,
        "kind": one.contact.kind,
        "address": one.contact.address,
        "verified": {"at": iso(known.at), "how": known.how, "by": known.by} if known is not None else None,
        "code_until": iso(waits) if waits is not None else None,
        "opted_out_at": iso(silent) if (silent := one.phone.silent_since) is not None else None,
    }


def _text(value: object) -> str:
    text = str(value)
    if not 0 < len(text) <= _LONGEST:
        raise ValueError(f"{text[:20]!r} is not of 1 to {_LONGEST} characters")
    return text

"""Users with their contacts and notification rules, and teams."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from tocsin.config import scalars
from tocsin.config.feeds import feed_address
from tocsin.config.notes import Notes
from tocsin.config.problems import Path
from tocsin.config.schedules import MAX_BEFORE, windows
from tocsin.escalation.model import (
    DEFAULT_HIGH,
    DEFAULT_LOW,
    Contact,
    ContactKind,
    During,
    HandoffRule,
    Hours,
    ResolvedVia,
    Rule,
    User,
    Via,
)
from tocsin.oncall.windows import endless

_USER = (
    "name",
    "email",
    "timezone",
    "contacts",
    "chat",
    "notify",
    "office_hours",
    "do_not_disturb",
    "away",
    "away_feed",
    "holidays",
)
_RULE = ("after", "via", "to", "during")
_HANDOFF = ("before", "via", "to")
_DURING = ("office_hours", "off_hours")
_VIA = ("push", "sms", "voice", "email", "whatsapp", "slack", "telegram", "teams")
# A handoff wakes nobody by a call, and WhatsApp takes no words of ours but in answer to theirs.
_WRITTEN = ("email", "sms", "slack", "telegram", "teams")
_RESOLVED = (*_WRITTEN, "push", "off")
#: The chats that know a person, and how an id there is read.
_CHATS: Mapping[ContactKind, Callable[[str], str]] = {
    "slack": scalars.slack_member,
    "telegram": scalars.telegram_chat,
    "teams": scalars.teams_person,
}
_LIKE_USER = "{name: Ana Souza, email: ana@example.com, timezone: America/Sao_Paulo}"
_LIKE_CONTACTS = '{mobile: "+5511955550100"}'
_LIKE_CHAT = "{slack: U012AB3CD}"
_LIKE_HANDOFFS = "[{before: 0m, via: sms}, {before: 1d, via: email}]"
_LIKE_RULES = "[{after: 0m, via: sms}, {after: 2m, via: voice}]"

_LIKE_HOURS = '{active: [{days: [mon, fri], from: "09:00", to: "17:00"}]}'

#: The name of the contact that a user's ``email:`` is.
EMAIL = "email"


def users(rows: Mapping[str, Any], notes: Notes) -> dict[str, User]:
    return {id: _user(id, row, ("users", id), notes) for id, row in rows.items()}


def teams(rows: Mapping[str, Any], known: Collection[str], notes: Notes) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, row in rows.items():
        path: Path = ("teams", name)
        members = [
            notes.reference(member, (*path, index), "user", known)
            for index, member in enumerate(notes.items(row, path, "[ana, ben]"))
        ]
        found[name] = tuple(dict.fromkeys(member for member in members if member is not None))
    return found


def _user(id: str, value: object, path: Path, notes: Notes) -> User:
    row = notes.fields({} if value == "" else value, path, _USER, like=_LIKE_USER)
    contacts = (*_contacts(row, path, notes), *_chats(row, path, notes))
    timezone = notes.option(row, "timezone", path, scalars.timezone, "UTC")
    high, low, handoff = DEFAULT_HIGH, DEFAULT_LOW, _default_handoff(contacts)
    resolved: ResolvedVia | None = None
    if "notify" in row:
        names, hours = {contact.name for contact in contacts}, "office_hours" in row
        rules = notes.fields(
            row["notify"],
            (*path, "notify"),
            ("high", "low", "handoff", "resolved"),
            like="{high: [{after: 0m, via: sms}]}",
        )
        if "high" in rules:
            high = _rules(rules["high"], (*path, "notify", "high"), names, hours, notes)
        if "low" in rules:
            low = _rules(rules["low"], (*path, "notify", "low"), names, hours, notes)
        if "handoff" in rules:
            handoff = _handoffs(rules["handoff"], (*path, "notify", "handoff"), names, notes)
        if "resolved" in rules:
            resolved = cast(ResolvedVia, notes.choice(rules, "resolved", (*path, "notify"), _RESOLVED, "off"))
    return User(
        id=id,
        name=notes.option(row, "name", path, scalars.label, id),
        timezone=timezone,
        contacts=contacts,
        high=high,
        low=low,
        handoff=handoff,
        away_feed=notes.scalar(row["away_feed"], (*path, "away_feed"), feed_address)
        if "away_feed" in row
        else None,
        office_hours=_hours(row, "office_hours", path, timezone, notes),
        do_not_disturb=_do_not_disturb(row, path, timezone, notes),
        resolved=resolved,
    )


def _hours(row: Mapping[str, Any], key: str, path: Path, timezone: str, notes: Notes) -> Hours | None:
    """The windows under ``key``, on the person's own clock."""
    if key not in row:
        return None
    path = (*path, key)
    said = notes.fields(row[key], path, ("active",), ("active",), like=_LIKE_HOURS)
    return Hours(timezone, windows(said["active"], (*path, "active"), notes) if "active" in said else ())


def _do_not_disturb(row: Mapping[str, Any], path: Path, timezone: str, notes: Notes) -> Hours | None:
    hours = _hours(row, "do_not_disturb", path, timezone, notes)
    if hours is not None and endless(hours.active):
        words = "never ends, so what is put off would never be sent: leave some hours out, or set notify.low to []"
        notes.add((*path, "do_not_disturb", "active"), words)
    return hours


def _default_handoff(contacts: tuple[Contact, ...]) -> tuple[HandoffRule, ...]:
    """At the handoff, by mail, or by text to whom no mail reaches."""
    kinds = {contact.kind for contact in contacts}
    via: Via | None = "email" if "email" in kinds else "sms" if "phone" in kinds else None
    return (HandoffRule(timedelta(0), via),) if via else ()


def _contacts(row: Mapping[str, Any], path: Path, notes: Notes) -> tuple[Contact, ...]:
    found: list[Contact] = []
    if "email" in row:
        found.append(Contact(EMAIL, "email", notes.option(row, "email", path, scalars.email, "")))
    if "contacts" not in row:
        return tuple(found)
    path = (*path, "contacts")
    for name, value in notes.mapping(row["contacts"], path, _LIKE_CONTACTS).items():
        notes.scalar(name, (*path, name), scalars.label)
        if name == EMAIL and "email" in row:
            notes.add(
                (*path, name), "the user's email: is the contact of this name already: choose another name"
            )
        address = notes.scalar(value, (*path, name), scalars.address) or ""
        kind: ContactKind = "phone" if scalars.is_number(address) else "email"
        found.append(Contact(name, kind, address))
    return tuple(found)


def _chats(row: Mapping[str, Any], path: Path, notes: Notes) -> tuple[Contact, ...]:
    """Whom each chat knows the person as: a contact of the chat's name."""
    if "chat" not in row:
        return ()
    path = (*path, "chat")
    named = notes.fields(row["chat"], path, tuple(_CHATS), like=_LIKE_CHAT)
    found: list[Contact] = []
    for kind, read in _CHATS.items():
        if kind in named:
            found.append(Contact(kind, kind, notes.scalar(named[kind], (*path, kind), read) or ""))
            if kind in (row["contacts"] if isinstance(row.get("contacts"), Mapping) else ()):
                notes.add(
                    (*path, kind), f"a contact is called {kind} already: choose another name for that one"
                )
    return tuple(found)


def _rules(
    value: object, path: Path, contacts: Collection[str], hours: bool, notes: Notes
) -> tuple[Rule, ...]:
    """``hours``: whether the person has office hours."""
    found: list[Rule] = []
    for index, item in enumerate(notes.items(value, path, _LIKE_RULES)):
        inner = (*path, index)
        row = notes.fields(item, inner, _RULE, ("via",), like="{after: 0m, via: sms}")
        via, to = _way(row, inner, _VIA, contacts, notes)
        during: During | None = None
        if "during" in row:
            during = cast(During, notes.choice(row, "during", inner, _DURING, _DURING[0]))
            if not hours:
                words = f"needs the person's office_hours: add office_hours: {_LIKE_HOURS}, or leave it out"
                notes.add((*inner, "during"), words)
        after = notes.option(row, "after", inner, scalars.duration, timedelta(0))
        found.append(Rule(after, via, to, during))
    return tuple(found)


def _handoffs(value: object, path: Path, contacts: Collection[str], notes: Notes) -> tuple[HandoffRule, ...]:
    found: list[HandoffRule] = []
    for index, item in enumerate(notes.items(value, path, _LIKE_HANDOFFS)):
        inner = (*path, index)
        row = notes.fields(item, inner, _HANDOFF, ("via",), like="{before: 1d, via: email}")
        via, to = _way(row, inner, _WRITTEN, contacts, notes)
        before = notes.option(row, "before", inner, scalars.duration, timedelta(0))
        if before > MAX_BEFORE:
            notes.add((*inner, "before"), f"is too long: {scalars.spelled(MAX_BEFORE)} is the most")
        found.append(HandoffRule(before, via, to))
    return tuple(found)


def _way(
    row: Mapping[str, Any], path: Path, ways: Sequence[str], contacts: Collection[str], notes: Notes
) -> tuple[Via, str | None]:
    """``via`` and ``to`` of a rule."""
    via = cast(Via, notes.choice(row, "via", path, ways, ways[0]))
    if "to" not in row:
        return via, None
    # Push goes to what a person has registered, which no file knows.
    known: Collection[str] = contacts if via != "push" else {str(row["to"])}
    return via, notes.reference(row["to"], (*path, "to"), "contact of this user", known)

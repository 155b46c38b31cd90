"""Users with their contacts and rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from tocsin.config import scalars
from tocsin.config.people import EMAIL
from tocsin_cli.importing import names
from tocsin_cli.importing.draft import Draft
from tocsin_cli.importing.report import Thing

Via = Literal["push", "sms", "voice", "email"]
_FITS = {"sms": "phone", "voice": "phone", "email": "email"}


@dataclass(frozen=True, slots=True)
class Rule:
    """``after`` the page began, ``via`` a channel, to the contact with that id of the export (None: any)."""

    after: timedelta
    via: Via
    contact: str | None = None


@dataclass(slots=True)
class Person:
    """A user of the export. ``rules`` by urgency; no key where the export says nothing of it."""

    thing: Thing
    email: str | None = None
    timezone: str | None = None
    rules: dict[str, list[Rule]] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)

    def contact(
        self, draft: Draft, id: str, label: str | None, address: str, country: int | None = None
    ) -> None:
        """Adds a number or an address, once however often it comes; ``id`` is how rules refer to it."""
        found = names.email(address) if "@" in address else names.number(address, country)
        if found is None:
            words = f"the contact {names.label(address, 'without address')!r} is no number with its country's code"
            draft.report.missing(
                self.thing, f"{words} and no e-mail address", "add it by hand: +, country, number"
            )
            return
        name = next((name for name, one in self.addresses.items() if one == found), None)
        if name is None and found != self.email:
            kind = "mail" if "@" in found else "phone"
            taken = dict.fromkeys([*self.addresses, EMAIL], 1)
            name = names.unique((names.slug(label or ""), kind), taken)
            self.addresses[name] = found
        self.contacts[id] = name or EMAIL


def add(draft: Draft, person: Person) -> str:
    """Puts a user into the document and gives their name."""
    thing = person.thing
    name = draft.name("users", thing, (person.email or "").partition("@")[0])
    row: dict[str, Any] = {"name": names.label(thing.name, name)}
    if person.email:
        row["email"] = person.email
    if person.timezone:
        zone = names.zone(person.timezone)
        if zone is None:
            words = (
                f"the time zone {names.label(person.timezone, '')!r} is not in the IANA database: left out"
            )
            draft.report.missing(thing, words, "write timezone: by hand, such as Europe/London")
        else:
            row["timezone"] = zone
    if person.addresses:
        row["contacts"] = dict(person.addresses)
    notify = {
        urgency: [_rule(rule, person) for rule in sorted(rules, key=lambda rule: rule.after)]
        for urgency, rules in person.rules.items()
        if rules
    }
    if notify:
        row["notify"] = notify
    if not any(scalars.is_number(address) for address in person.addresses.values()):
        ways = sorted(
            {rule.via for rules in person.rules.values() for rule in rules if rule.via in ("sms", "voice")}
        )
        if ways:
            words = f"has rules by {' and '.join(ways)}, and the export has no number"
            draft.report.missing(
                thing, words, 'add contacts: {mobile: "+…"}: until then these rules are left out'
            )
    draft.sections["users"][name] = row
    return name


def stranger(draft: Draft, id: str, name: str | None, kind: str = "user") -> str:
    """Our name for somebody that a schedule or a policy names; put into the document if the export has no such user."""
    found = draft.find("users", id)
    if found is None:
        thing = Thing(kind, id, name or id)
        found = add(draft, Person(thing))
        words = "is not among the exported users: a name without any contact"
        draft.report.approximate(
            thing, words, "export the users too, or add contacts: nobody can be reached so"
        )
    return found


def without_rules(draft: Draft, people: Iterable[Person]) -> None:
    """Says once who has no rules, so that ours apply."""
    who = [draft.report.became[person.thing] for person in people if not any(person.rules.values())]
    if who:
        many = f"{len(who)} users have" if len(who) > 1 else f"{who[0]} has"
        words = f"{many} no notification rules in the export: ours apply (push at once, sms 1m, voice 3m, email 5m)"
        draft.report.check(None, words, "write notify: where that is not meant")


def _rule(rule: Rule, person: Person) -> dict[str, str]:
    row = {"after": scalars.spelled(min(rule.after, scalars.MAX_DURATION)), "via": rule.via}
    name = person.contacts.get(rule.contact) if rule.contact is not None else None
    if name is not None and name != _first(_FITS.get(rule.via, ""), person.email, person.addresses):
        row["to"] = name
    return row


def _first(kind: str, email: str | None, addresses: Mapping[str, str]) -> str | None:
    """The contact that a rule without ``to`` takes."""
    if kind == "email" and email:
        return EMAIL
    return next(
        (name for name, one in addresses.items() if scalars.is_number(one) == (kind == "phone")), None
    )


def ways(rules: Sequence[str]) -> str:
    """``slack and webhook``, each once."""
    return " and ".join(sorted(set(rules)))

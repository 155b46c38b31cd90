"""Which contacts are verified: what `tocsin apply` says of it, and `tocsin doctor`."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from typing import Any

from tocsin_cli.findings import Finding
from tocsin_cli.stack import Stack, open_store
from tocsin_cli.writing import counted

_START = "Each texts START to your number from there, or has another rule before sms."
#: So many people are named one by one.
_NAMED = 20


def required(stack: Stack) -> bool | None:
    """Whether contacts are paged only once they are verified; None for a stack that does not know of it."""
    said = stack.outputs.get("ContactVerification")
    return None if said is None else said == "required"


def vouch(store: Any, clock: Any, book: Any) -> None:
    """Whoever applies answers for every contact that is not verified, and it is kept that they did."""
    from tocsin.engine.contacts import vouch as vouched

    found = vouched(Hands(store, clock), book, None, None, getpass.getuser())
    words = f"You answer for {counted(len(found), 'contact')}: {_by_person(found)}." if found else ""
    print(f"\n{words or 'Every contact is verified already.'}")


def tell_silent(store: Any, book: Any) -> None:
    """Says who wants no texts, and how they take that back."""
    if found := _silent(store, book):
        print(f"\nWant no texts (STOP), and get none: {_by_person(found)}. {_START}")


def tell(stack: Stack, store: Any, book: Any) -> None:
    """Says which contacts are not verified, and how to mend it."""
    found = _unverified(store, book) if required(stack) is not None else []
    if not found:
        return
    goes = "are passed over" if required(stack) else "are paged all the same (ContactVerification is off)"
    print(f"\nNot verified, and {goes}: {_by_person(found)}.")
    print("To verify them: tocsin contact verify USER. To answer for all of them: tocsin apply --vouch FILE.")


def contacts(stack: Stack) -> Iterator[Finding]:
    """Are the contacts verified? Whoever has none that is cannot be paged where that is required."""
    store = open_store(stack)
    if required(stack) is None or store.current_revision() is None:
        return
    from tocsin.engine.contacts import known

    book = store.config()[1].book
    if silent := _silent(store, book):
        yield Finding("contacts", "warn", f"want no texts (STOP), and get none: {_by_person(silent)}", _START)
    rows = known(store, book)
    found = [row for row in rows if row.verified is None]
    if not found:
        yield Finding("contacts", "ok", f"{len(rows)} are verified")
        return
    mend = "tocsin contact verify USER, or to answer for all of them: tocsin apply --vouch FILE"
    if not required(stack):
        words = f"not verified, and paged all the same: {_by_person(found)}"
        yield Finding("contacts", "warn", words, f"{mend}; then deploy with ContactVerification=required")
        return
    reached = {row.user for row in rows if row.verified is not None}
    if nothing := [row for row in found if row.user not in reached]:
        yield Finding("contacts", "fail", f"nothing of theirs is verified: {_by_person(nothing)}", mend)
    if some := [row for row in found if row.user in reached]:
        yield Finding("contacts", "warn", f"not verified, and passed over: {_by_person(some)}", mend)


class Hands:
    def __init__(self, store: Any, clock: Any) -> None:
        self.store = store
        self.clock = clock


def _unverified(store: Any, book: Any) -> list[Any]:
    from tocsin.engine.contacts import known

    return [row for row in known(store, book) if row.verified is None]


def _silent(store: Any, book: Any) -> list[Any]:
    """The numbers that have said STOP, of those whose rules would text them."""
    from tocsin.engine.contacts import known

    texted = {
        user.id for user in book.users.values() if any(rule.via == "sms" for rule in (*user.high, *user.low))
    }
    rows = known(store, book)
    return [row for row in rows if row.phone.silent_since is not None and row.user in texted]


def _by_person(rows: Sequence[Any]) -> str:
    """``ana (email, mobile), ben (mobile)``."""
    people: dict[str, list[str]] = {}
    for row in rows:
        people.setdefault(row.user, []).append(row.contact.name)
    named = [f"{user} ({', '.join(names)})" for user, names in list(people.items())[:_NAMED]]
    more = len(people) - len(named)
    return ", ".join(named) + (f", and {more} more people" if more else "")

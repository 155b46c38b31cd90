"""Whether contacts are their people's: asked by a code, confirmed with it, or vouched for; and whether they work.

What is known is kept with the number or the address, by user: one that the file changes is another one, and unverified.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from tocsin.engine.phones import Hands, change_phone
from tocsin.engine.ports import Ports
from tocsin.escalation.model import Book, Contact, Rule, User, pushed
from tocsin.paging import contact_texts, verification
from tocsin.paging.verification import PROVED, Verdict, Verified
from tocsin.store.messages import Notice
from tocsin.store.people import Phone
from tocsin.store.ports import Store

_WHATSAPP = Rule(timedelta(0), "whatsapp")


class Refused(Exception):
    """It cannot be done: the message says why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one contact of a person."""

    user: str
    contact: Contact
    phone: Phone

    @property
    def verified(self) -> Verified | None:
        return self.phone.verified.get(self.user)

    def waits_until(self, now: datetime) -> datetime | None:
        """Until when a code that was sent may be confirmed."""
        waiting = self.phone.pending
        mine = waiting is not None and waiting.user == self.user and now < waiting.expires_at
        return waiting.expires_at if waiting is not None and mine else None


def known(store: Store, book: Book, user: str | None = None, name: str | None = None) -> list[Known]:
    """The numbers and addresses of everybody, or of ``user``, or one of theirs. Raises Refused for unknown names."""
    people = [_user(book, user)] if user is not None else list(book.users.values())
    chosen = [
        (one.id, contact)
        for one in people
        for contact in ([_contact(one, name)] if name is not None else one.contacts)
        if contact.kind in PROVED
    ]
    phones = store.phones([contact.address for _, contact in chosen])
    return [Known(id, contact, phones[contact.address]) for id, contact in chosen]


def ask(ports: Ports, user: str, name: str | None, voice: bool, request: str) -> tuple[str, str | None]:
    """Sends a code to the contact (the first unverified one where none is named): its name, and the notice's id.

    No notice: it is verified already. A request that comes again sends nothing more: whoever did not get the code asks
    anew. Raises Refused, TooBusy.
    """
    contact = _to_ask(ports, user, name)
    if voice and contact.kind != "phone":
        raise Refused(f"{contact.name} is a mail address, which cannot be called")
    via = "email" if contact.kind == "email" else "voice" if voice else "sms"
    notice = f"verify-{request}"

    def decide(phone: Phone) -> tuple[Phone, tuple[str | None, str | None]]:
        """The notice, and the code that it is to carry."""
        now = ports.clock.now()
        if user in phone.verified:
            return phone, (None, None)
        if phone.pending is not None and phone.pending.request == request:
            return phone, (notice, None)
        if via == "sms" and phone.opted_out_at is not None:
            raise Refused(
                f"{contact.name} wants no texts (STOP): text START from it first, or ask by --voice"
            )
        again = verification.may_send_at(now, phone.codes_sent)
        if again is not None:
            raise Refused(
                f"{contact.name} got {verification.MOST_CODES} codes in an hour, which is the most: "
                f"the next can be sent at {again:%H:%M} UTC, or somebody vouches for it: tocsin contact vouch {user}"
            )
        code = verification.code_from(ports.ids.token())
        waiting = verification.pending(user, code, ports.ids.token(), now, request)
        sent = (*verification.recent(now, phone.codes_sent), now)
        return replace(phone, pending=waiting, codes_sent=sent), (notice, code)

    id, code = change_phone(ports, contact.address, decide)
    if id is not None and code is not None:
        subject, words = contact_texts.code_text(via, user, code)
        ports.pages.put([Notice(id, via, contact.address, words, subject, user=user, proves=True)])
        ports.metrics.count("ContactCodeSent")
    return contact.name, id


def confirm(
    ports: Ports, user: str, name: str | None, code: str, by: str, request: str
) -> tuple[Verdict | Literal["already"], list[str]]:
    """Takes the code for whichever contact of theirs it was sent to: the verdict, and the contacts that it is about.

    One that is verified already stays so, and "already" says that no code was waiting. Raises Refused, TooBusy.
    """
    _, config = ports.store.config()
    rows = known(ports.store, config.book, user, name)
    waiting = [row for row in rows if row.phone.pending is not None and row.phone.pending.user == user]
    if not waiting:
        proved = [row for row in rows if row.verified is not None]
        same = [row for row in proved if row.verified is not None and row.verified.request == request]
        names = [row.contact.name for row in same or proved]
        return ("right" if same else "already" if proved else "none"), names
    now = ports.clock.now()
    fitting = [row for row in waiting if verification.judge(row.phone.pending, code, now) == "right"]
    verdicts = [prove(ports, row.contact.address, code, by, request)[0] for row in (fitting or waiting)]
    return verdicts[0], [row.contact.name for row in (fitting or waiting)]


def prove(ports: Ports, address: str, code: str, by: str, request: str) -> tuple[Verdict, str]:
    """The verdict on a code for this address, and whose it is. One and the same request has one verdict when right."""

    def decide(phone: Phone) -> tuple[Phone, tuple[Verdict, str, bool]]:
        """The verdict, whose it is, and whether it is news."""
        now = ports.clock.now()
        done = next((user for user, one in phone.verified.items() if one.request == request), None)
        if done is not None:
            return phone, ("right", done, False)
        waiting = phone.pending
        verdict = verification.judge(waiting, code, now)
        if waiting is None or verdict not in ("right", "wrong"):
            return phone, (verdict, waiting.user if waiting is not None else "", False)
        if verdict == "wrong":
            return replace(phone, pending=verification.wrong(waiting)), (verdict, waiting.user, True)
        proved = Verified(now, "code", by or waiting.user, request)
        verified = {**phone.verified, waiting.user: proved}
        return replace(phone, verified=verified, pending=None), (verdict, waiting.user, True)

    verdict, user, news = change_phone(ports, address, decide)
    if news:
        ports.metrics.count("ContactVerified" if verdict == "right" else "ContactCodeWrong")
    return verdict, user


def vouch(hands: Hands, book: Book, user: str | None, name: str | None, by: str) -> list[Known]:
    """``by`` answers for the contacts that are not verified yet: of everybody, of ``user``, or one of theirs.

    Gives those that they vouched for now. Raises Refused, TooBusy.
    """
    rows = [row for row in known(hands.store, book, user, name) if row.verified is None]
    for row in rows:
        _vouched(hands, row, by)
    return rows


def _vouched(hands: Hands, row: Known, by: str) -> None:
    def decide(phone: Phone) -> tuple[Phone, None]:
        if row.user in phone.verified:
            return phone, None
        word = Verified(hands.clock.now(), "vouched", by)
        waiting = phone.pending if phone.pending is None or phone.pending.user != row.user else None
        return replace(phone, verified={**phone.verified, row.user: word}, pending=waiting), None

    change_phone(hands, row.contact.address, decide)


@dataclass(frozen=True, slots=True)
class Tried:
    """A test of one contact by one way: the notice whose outcome tells, or why nothing was sent."""

    contact: str
    via: str
    notice: str | None
    why: str = ""


def test(ports: Ports, user: str, name: str | None, voice: bool, request: str) -> list[Tried]:
    """Sends a test by every contact of theirs, or the one named, over the way that pages take. Raises Refused."""
    _, config = ports.store.config()
    person = _user(config.book, user)
    if ports.store.browsers(user).rows:
        person = replace(person, contacts=(*person.contacts, pushed(user)))
    targets = _targets(person, name, voice)
    if not targets:
        raise Refused(f"{user} has no contacts: add contacts or email to the file")
    found, notices = [], []
    for contact, ways in targets:
        proved = contact.kind not in PROVED or user in ports.store.phone(contact.address).verified
        for via in ways:
            if ports.verified_only and not proved:
                found.append(Tried(contact.name, via, None, "unverified"))
                continue
            subject, words = contact_texts.test_text(via, user)
            id = f"test-{request}-{contact.name}-{via}"
            notices.append(Notice(id, via, contact.address, words, subject, user=user, tests=True))
            found.append(Tried(contact.name, via, id))
    if notices:
        ports.pages.put(notices)
    return found


def _targets(person: User, name: str | None, voice: bool) -> list[tuple[Contact, list[str]]]:
    """The contacts, or the one named, and by which ways each is tested. Raises Refused.

    WhatsApp at a number is a contact of its own: it may be named, and is tested of whoever has a rule for it.
    """
    rules = (*person.high, *person.low)
    found = (person.contact_for(rule) for rule in rules if rule.via == _WHATSAPP.via)
    numbers = [one for one in dict.fromkeys(found) if one is not None]
    if name == _WHATSAPP.via and all(one.name != name for one in person.contacts):
        first = person.contact_for(_WHATSAPP)
        if first is None:
            raise Refused(f"{person.id} has no number for WhatsApp: add one to contacts in the file")
        return [(one, [name]) for one in numbers or [first]]
    contacts = [_contact(person, name)] if name is not None else person.contacts
    return [(one, [*_ways(one, voice), *([_WHATSAPP.via] if one in numbers else [])]) for one in contacts]


def _ways(contact: Contact, voice: bool) -> Iterator[str]:
    if contact.kind != "phone":
        yield contact.kind
        return
    yield "sms"
    if voice:
        yield "voice"


def _to_ask(ports: Ports, user: str, name: str | None) -> Contact:
    _, config = ports.store.config()
    person = _user(config.book, user)
    if name is not None:
        contact = _contact(person, name)
        if contact.kind not in PROVED:
            raise Refused(f"{name} is a chat, which knows its people itself: there is nothing to verify")
        return contact
    rows = known(ports.store, config.book, user)
    if not rows:
        raise Refused(f"{user} has neither a number nor a mail address in the file")
    return next((row.contact for row in rows if row.verified is None), rows[0].contact)


def _user(book: Book, id: str) -> User:
    if id not in book.users:
        raise Refused(f"there is no user named {id!r} in the configuration that was applied last")
    return book.users[id]


def _contact(user: User, name: str) -> Contact:
    for contact in user.contacts:
        if contact.name == name:
            return contact
    names = ", ".join(one.name for one in user.contacts) or "none"
    raise Refused(f"{user.id} has no contact named {name!r}; there are: {names}")

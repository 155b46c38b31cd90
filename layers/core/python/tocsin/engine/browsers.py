"""Push: people switch it on in their browsers by a signed link, and every page goes to all of one person's."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tocsin.engine.contacts import Refused, known
from tocsin.engine.deliver import token_hash
from tocsin.engine.links import granted
from tocsin.engine.phones import Hands
from tocsin.engine.ports import ATTEMPTS, Ports, TooBusy
from tocsin.incidents.times import iso
from tocsin.paging import browsers as kept
from tocsin.paging import contact_texts
from tocsin.paging.browsers import Browser, Browsers
from tocsin.paging.channels.base import Later, Message, Outcome, Sent
from tocsin.paging.channels.base import Refused as NotSent
from tocsin.store.messages import Notice
from tocsin.store.people import NO_INCIDENT, LinkGrant
from tocsin.store.ports import Conflict

if TYPE_CHECKING:
    from tocsin.engine.carriers import Carriers

#: For so long a link lets its person switch push on, on as many browsers as they have.
LINK_LIFE = timedelta(days=1)
#: Browsers take their own machine for safe without https (https://www.w3.org/TR/secure-contexts/#localhost).
_LOCAL = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?(/|$)")
#: What a push service says of a browser that will never be reached again under what it gave.
_GONE = frozenset({"subscription_gone", "subscription_invalid"})


@dataclass(frozen=True, slots=True)
class Pushing:
    """What this deployment pushes from: its address, and the public key that browsers are given ("": push is off)."""

    public_url: str
    key: str


@dataclass(frozen=True, slots=True)
class Switches:
    """What the page of the link shows: whose it is, and where push is on."""

    user: str
    name: str
    timezone: str
    browsers: Browsers


def look(ports: Ports, token: str) -> Switches | None:
    """What the link shows. None when it is unknown, expired or taken back, or its person is not in the configuration
    any more."""
    grant = granted(ports, token)
    if grant is None or grant.incident != NO_INCIDENT:
        return None
    _, config = ports.store.config()
    user, found = config.book.users.get(grant.user), ports.store.browsers(grant.user)
    if user is None or (found.links_from is not None and grant.expires_at - LINK_LIFE <= found.links_from):
        return None
    return Switches(user.id, user.name, user.timezone, found)


def switch_on(ports: Ports, user: str, subscription: str, agent: str, key: str) -> Browser:
    """Pages of ``user`` go to this browser, too, which was asked with the public ``key``; they hear of it. The same
    again changes nothing.

    Raises ValueError, kept.TooMany, TooBusy.
    """
    one = kept.browser(subscription, agent, ports.clock.now(), user, key)

    def decide(found: Browsers) -> Browsers:
        changed = kept.with_browser(found, one)
        if len(changed.rows) > len(found.rows):
            # Before it is so: whoever has a link of theirs adds no browser of which they never hear.
            _tell(ports, user, [one], "on", contact_texts.push_on_text)
        return changed

    if _change(ports, user, decide):
        ports.metrics.count("PushSwitchedOn")
    return one


def switch_off(hands: Hands, user: str, ids: frozenset[str]) -> bool:
    """Whether any of these was theirs. Raises TooBusy."""
    return _change(hands, user, lambda found: kept.without(found, ids))


def switch_all_off(hands: Hands, user: str) -> list[str]:
    """The names of their browsers, in which push is off now; the links that they were sent are over. Raises TooBusy."""
    names: list[str] = []

    def decide(found: Browsers) -> Browsers:
        names[:] = [one.name for one in found.rows]
        return replace(found, rows=(), links_from=hands.clock.now())

    _change(hands, user, decide)
    return names


def _change(hands: Hands, user: str, decide: Callable[[Browsers], Browsers]) -> bool:
    for attempt in range(ATTEMPTS):
        found = hands.store.browsers(user)
        changed = decide(found)
        if changed is found:
            return False
        try:
            # Read after the browsers: whoever changes whether there are any writes both.
            hands.store.put_browsers(changed, hands.store.changes())
        except Conflict:
            hands.clock.pause(attempt)
            continue
        return True
    raise TooBusy(f"the browsers of {user} were changed by others {ATTEMPTS} times in a row")


def push(ports: Ports, carriers: Carriers, message: Message) -> tuple[Outcome, tuple[str, ...]]:
    """Hands the message to all browsers of the person in ``message.to``: sent where one of them took it. With it the
    ids of those that are gone.
    """
    rows = ports.store.browsers(message.to).rows
    found = carriers.send_each("push", [replace(message, to=row.subscription) for row in rows])
    gone = tuple(
        row.id
        for row, one in zip(rows, found, strict=True)
        if isinstance(one, NotSent) and one.reason in _GONE
    )
    return _together(found), gone


def _together(found: Sequence[Outcome]) -> Outcome:
    """What they came to as one: sent by any; tried again for any; else refused."""
    if sent := next((one for one in found if isinstance(one, Sent)), None):
        return sent
    if later := [one for one in found if isinstance(one, Later)]:
        return replace(later[0], maybe_sent=any(one.maybe_sent for one in later))
    return next(iter(found), NotSent("subscription_gone"))


def forget(ports: Ports, user: str, gone: Collection[str]) -> None:
    """Browsers that cannot be pushed to any more: their person hears of it, and then they are forgotten.

    What of it is not done is done at the next page. Raises TooBusy.
    """
    rows = [row for row in ports.store.browsers(user).rows if row.id in gone]
    if not rows:
        return
    ports.metrics.count("PushGone", len(rows))
    _tell(ports, user, rows, "gone", contact_texts.push_gone_text)
    switch_off(ports, user, frozenset(row.id for row in rows))


def _tell(
    ports: Ports,
    user: str,
    rows: Sequence[Browser],
    what: str,
    words: Callable[[str, str], tuple[str, str]],
) -> None:
    """Whoever counts on push hears what becomes of it, by mail, or by text where they have none. Once for each."""
    _, config = ports.store.config()
    person = config.book.users.get(user)
    contacts = {one.kind: one for one in reversed(person.contacts)} if person is not None else {}
    contact = contacts.get("email") or contacts.get("phone")
    if contact is None:
        return
    via = "email" if contact.kind == "email" else "sms"
    notices = []
    for row in rows:
        subject, text = words(user, row.name)
        id = f"push-{what}-{user}-{row.id}-{iso(row.since)}"
        said = text if via == "email" else contact_texts.as_text(text)
        notices.append(Notice(id, via, contact.address, said, subject, user=user))
    ports.pages.put(notices)


def send_link(ports: Ports, pushing: Pushing, user: str, name: str | None, request: str) -> tuple[str, str]:
    """Sends ``user`` a link by which they switch push on, to the contact of that name, or else to the first that is
    known to be theirs, mail before text: its name, and the notice's id. Asked again, the same request sends nothing
    more.

    Raises Refused.
    """
    _, config = ports.store.config()
    rows = known(ports.store, config.book, user, name)
    trusted = [row for row in rows if row.verified is not None or not ports.verified_only]
    mails = [row for row in trusted if row.contact.kind == "email"]
    row = next(iter(mails or trusted), None)
    if row is None:
        raise Refused(
            f"{user} has no verified number or mail address{f' {name}' if name else ''} that a link could be sent to:"
            f" tocsin contact verify {user}, or show the link here: tocsin contact push {user} --show"
        )
    via = "email" if row.contact.kind == "email" else "sms"
    subject, words = contact_texts.push_text(via, new_link(ports, pushing, user))
    notice = Notice(f"push-{request}", via, row.contact.address, words, subject, user=user)
    ports.pages.put([notice])
    return row.contact.name, notice.id


def new_link(ports: Ports, pushing: Pushing, user: str) -> str:
    """A link by which ``user`` switches push on; whoever has it may, for a day. Raises Refused."""
    if not pushing.key:
        raise Refused("push is not set up here yet: tocsin secret make vapid_private_key, once")
    if not pushing.public_url.startswith("https://") and not _LOCAL.match(pushing.public_url):
        raise Refused("browsers take push only from an address of https: give PublicUrl one, and deploy")
    _, config = ports.store.config()
    if user not in config.book.users:
        raise Refused(f"there is no user named {user!r} in the configuration that was applied last")
    token = ports.ids.token()
    ports.store.put_link(LinkGrant(token_hash(token), NO_INCIDENT, user, ports.clock.now() + LINK_LIFE))
    return f"{pushing.public_url}/push/{token}"


def test(ports: Ports, user: str) -> None:
    """Pushes a test to all browsers of ``user``: once a minute, however often they ask."""
    subject, words = contact_texts.test_text("push", user)
    id = f"test-push-{user}-{ports.clock.now():%Y%m%dT%H%M}"
    ports.pages.put([Notice(id, "push", user, words, subject, user=user)])

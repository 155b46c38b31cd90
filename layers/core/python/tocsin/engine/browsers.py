"""Push: people switch it on in their browsers by a signed link, and every page goes to all of one person's."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tocsin.engine.contacts import Refused, known
from tocsin.engine.deliver import token_hash
from tocsin.engine.links import granted
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
    """What the link shows. None when it is unknown or expired, or its person is not in the configuration any more."""
    grant = granted(ports, token)
    if grant is None or grant.incident != NO_INCIDENT:
        return None
    _, config = ports.store.config()
    user = config.book.users.get(grant.user)
    if user is None:
        return None
    return Switches(user.id, user.name, user.timezone, ports.store.browsers(user.id))


def switch_on(ports: Ports, user: str, subscription: str, agent: str) -> Browser:
    """Pages of ``user`` go to this browser, too. The same again changes nothing. Raises ValueError, TooBusy."""
    one = kept.browser(subscription, agent, ports.clock.now())
    if _change(ports, user, lambda found: kept.with_browser(found, one)):
        ports.metrics.count("PushSwitchedOn")
    return one


def switch_off(ports: Ports, user: str, ids: frozenset[str]) -> bool:
    """Whether any of these was theirs. Raises TooBusy."""
    return _change(ports, user, lambda found: kept.without(found, ids))


def _change(ports: Ports, user: str, decide: Callable[[Browsers], Browsers]) -> bool:
    for attempt in range(ATTEMPTS):
        found = ports.store.browsers(user)
        changed = decide(found)
        if changed is found:
            return False
        try:
            # Read after the browsers: whoever changes whether there are any writes both.
            ports.store.put_browsers(changed, ports.store.changes())
        except Conflict:
            ports.clock.pause(attempt)
            continue
        return True
    raise TooBusy(f"the browsers of {user} were changed by others {ATTEMPTS} times in a row")


def push(ports: Ports, carriers: Carriers, message: Message) -> Outcome:
    """Hands the message to all browsers of the person in ``message.to``: sent where one of them was reached.

    What is gone is forgotten. Raises TooBusy.
    """
    rows = ports.store.browsers(message.to).rows
    found = carriers.send_each("push", [replace(message, to=row.subscription) for row in rows])
    gone = [
        row.id
        for row, one in zip(rows, found, strict=True)
        if isinstance(one, NotSent) and one.reason in _GONE
    ]
    if gone:
        ports.metrics.count("PushGone", len(gone))
        switch_off(ports, message.to, frozenset(gone))
        _tell_gone(ports, message.to, [row for row in rows if row.id in gone])
    for kind in (Sent, Later):
        if one := next((one for one in found if isinstance(one, kind)), None):
            return one
    return next(iter(found), NotSent("subscription_gone"))


def _tell_gone(ports: Ports, user: str, gone: list[Browser]) -> None:
    """Whoever counts on a browser hears, by mail, that it is reached no more. Said once for each."""
    _, config = ports.store.config()
    person = config.book.users.get(user)
    mail = next((one for one in person.contacts if one.kind == "email"), None) if person is not None else None
    if mail is None:
        return
    notices = []
    for row in gone:
        subject, words = contact_texts.push_gone_text(user, row.name)
        id = f"push-gone-{user}-{row.id}-{iso(row.since)}"
        notices.append(Notice(id, "email", mail.address, words, subject, user=user))
    ports.pages.put(notices)


def send_link(ports: Ports, pushing: Pushing, user: str, request: str) -> tuple[str, str]:
    """Sends ``user`` a link by which they switch push on, to the first contact that is known to be theirs, mail before
    text: its name, and the notice's id. Asked again, the same request sends nothing more.

    Raises Refused.
    """
    _, config = ports.store.config()
    rows = known(ports.store, config.book, user)
    trusted = [row for row in rows if row.verified is not None or not ports.verified_only]
    mails = [row for row in trusted if row.contact.kind == "email"]
    row = next(iter(mails or trusted), None)
    if row is None:
        raise Refused(
            f"{user} has no verified number or mail address that a link could be sent to:"
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


def test(ports: Ports, user: str, request: str) -> None:
    """Pushes a test to all browsers of ``user``. The same request does so once."""
    subject, words = contact_texts.test_text("push", user)
    ports.pages.put([Notice(f"test-{request}-push", "push", user, words, subject, user=user)])

"""Web Push (RFC 8030) to a browser in which somebody installed the console. No vendor's account is needed."""

from __future__ import annotations

import json
import re
from typing import Any

from tocsin.paging import webpush
from tocsin.paging.channels.base import ChannelSettings, Later, Message, Outcome, Refused, Sent
from tocsin.paging.channels.foreign import OUTSIDE, address, post_looked_at
from tocsin.paging.channels.http import Http, HttpAnswer
from tocsin.paging.plain import cut, defang, one_line

SERVICE = OUTSIDE
#: Seconds that a push service keeps a page for a phone that is off: an older one would wake somebody for nothing.
TIME_TO_LIVE = 300
#: Bytes of what is said, and of what is said where a push service finds that too much (status 413).
MOST, LEAST = 3_000, 1_000
_TITLE, _BODY = 120, 400
#: The buttons, by what the message is about (``paging.texts.Purpose``). A phone shows two at most.
_ACTIONS = {
    "page": ({"action": "acknowledge", "title": "Acknowledge"}, {"action": "escalate", "title": "Escalate"}),
    "reminder": ({"action": "keep", "title": "Still on it"}, {"action": "resolve", "title": "Resolve"}),
    "ask": ({"action": "accept", "title": "Join"}, {"action": "decline", "title": "Decline"}),
}
#: RFC 8030, section 7.3, has 404 for a subscription that expired; 410 is what the services of browsers answer.
_REASONS = {404: "subscription_gone", 410: "subscription_gone", 413: "message_invalid"}
_TOO_LARGE = _REASONS[413]


def send(client: Http, settings: ChannelSettings, message: Message) -> Outcome:
    """One message to the subscription in ``message.to`` (webpush.subscription).

    A later one about the same incident takes its place, on its way and in the tray.
    Raises ValueError for a message without ``at``.
    """
    if message.at is None:
        raise ValueError("a push message needs the time of its sending")
    try:
        subscription = webpush.subscription(message.to)
        parts = address(subscription.endpoint)
        origin = "https://" + parts.netloc.lower().removesuffix(":443")
    except ValueError as error:
        return Refused("subscription_invalid", f"the subscription {error}")
    try:
        if subscription.key not in ("", webpush.public_key(settings.vapid_private_key)):
            return Refused("subscription_gone", "the browser knows another key than the one that is set now")
        signed = webpush.authorization(settings.vapid_private_key, settings.vapid_subject, origin, message.at)
    except ValueError as error:
        return Refused("channel_off", str(error))
    headers = {
        "authorization": signed,
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(TIME_TO_LIVE),
        # RFC 8030, section 5.3: a phone that saves its battery takes the others.
        "urgency": "high" if _urgency(message) == "high" else "normal",
    }
    if message.incident is not None:
        headers["topic"] = tag(message.incident, subscription.who)
    url = settings.push_url + parts.path if settings.push_url else subscription.endpoint
    outcome: HttpAnswer | Refused | Later = Refused(_TOO_LARGE)
    for most in (MOST, LEAST):
        try:
            body = webpush.encrypt(payload(message, most, subscription.who), subscription)
        except ValueError:
            return Refused("subscription_invalid", "the subscription's p256dh is no key of P-256")
        outcome = post_looked_at(client, url, body, headers, _REASONS)
        if not (isinstance(outcome, Refused) and outcome.reason == _TOO_LARGE):
            break
    return Sent(message.page_id) if isinstance(outcome, HttpAnswer) else outcome


def tag(incident: int, who: str = "") -> str:
    """What messages to one person about one incident have in common, on their way and in the tray: at most 32
    characters of base64url (RFC 8030, section 5.4)."""
    return f"incident-{incident}" + (f"-{who}" if who else "")


def payload(message: Message, most: int = MOST, who: str = "") -> bytes:
    """What the service worker reads (``web/static/worker.js``): ``{"title", "body", "number", "url", "urgency", "tag",
    "actions"}`` as JSON.

    ``number`` and ``tag`` are null for a notice of no incident; ``actions`` are the buttons, such as
    ``{"action": "acknowledge", "title": "Acknowledge"}``, posted to ``url``. What has to be cut to ``most`` bytes is
    the body, the title, and then the link as a whole.
    """
    card = message.card
    if card is None:
        title, body = one_line(message.subject) or "Tocsin", one_line(message.text)
        link = ""
    else:
        service, what = one_line(card.service), one_line(card.title) or "(no title)"
        title = f"{service}: {what}" if service else what
        body, link = one_line(message.text), card.link
    url = link if re.fullmatch(r"https?://[!-~]+", link) else ""
    said: dict[str, Any] = {
        "title": cut(defang(title), _TITLE),
        "body": cut(defang(body), _BODY),
        "number": message.incident,
        "url": url,
        "urgency": _urgency(message),
        "tag": tag(message.incident, who) if message.incident is not None else None,
        "actions": _ACTIONS.get(message.event, ()) if url else (),
    }
    for part, room in (("body", 100), ("title", 60), ("url", 0), ("body", 30), ("title", 20)):
        if len(_json(said)) <= most:
            break
        said[part] = cut(said[part], room)
        if not said["url"]:
            said["actions"] = ()
    return _json(said)


def _urgency(message: Message) -> str:
    """``high`` or ``low``: what is told of an incident without a card, that it is over, wakes nobody."""
    if message.card is not None:
        return message.card.urgency
    return "high" if message.incident is None else "low"


def _json(said: dict[str, Any]) -> bytes:
    """UTF-8: a title in another alphabet is not to take three times the room."""
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()

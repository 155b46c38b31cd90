"""What Slack sends: buttons, slash commands and what is written in threads, believed by its signature alone.

Signature: https://docs.slack.dev/authentication/verifying-requests-from-slack. Payloads:
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload,
https://docs.slack.dev/interactivity/implementing-slash-commands, https://docs.slack.dev/apis/events-api.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from tocsin.paging.channels.base import ChannelSettings
from tocsin.paging.chat import (
    Asked,
    Came,
    Challenge,
    Forged,
    Headers,
    Ignored,
    Person,
    Pressed,
    Spoke,
    read_button,
)
from tocsin.paging.loose import inside, parse, text
from tocsin.paging.plain import cut, one_line

VENDOR = "slack"
#: Seconds that a signed request is believed for, on either side.
FRESH = 300
#: Fields of a form, buttons of one payload and characters of one text that are read: Slack sends fewer.
_FIELDS, _ACTIONS, _TEXT, _CHALLENGE = 100, 25, 8_000, 1_000
#: What a person writes has no subtype, or one of these.
_SPOKEN = frozenset([None, "thread_broadcast", "file_share"])

_ID = re.compile(r"[A-Z0-9]{1,30}")
_TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")
_EVENT = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: "<@U1|ana>", "<#C1|ops>", "<https://x.example|x>", "<!here>": control sequences, and what is read in their place.
_SEQUENCE = re.compile(r"<([@#!]?)([^<>|]{0,3000})(?:\|([^<>]{0,3000}))?>")


def read(headers: Headers, body: bytes, settings: ChannelSettings, now: datetime) -> tuple[Came, ...]:
    """What a request says; at least one. ``body`` is the raw bytes that were signed, ``now`` is aware.

    Raises Forged, and nothing else, for a request that Slack did not sign for us within the last five minutes.
    """
    _check(headers, body, settings.slack_signing_secret, now)
    if headers.get("content-type", "").strip().lower().startswith("application/json"):
        return (_event(parse(body.decode("utf-8", "replace"))),)
    form = _form(body)
    if form is None:
        return (Ignored("neither JSON nor a form"),)
    if "payload" in form:
        return _interaction(parse(form["payload"]))
    if "command" in form:
        return (_command(form, headers),)
    return (Ignored("a check of the certificate" if "ssl_check" in form else "a form without a command"),)


def _check(headers: Headers, body: bytes, secret: str, now: datetime) -> None:
    if not secret:
        raise Forged("no signing secret is set up")
    at, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        raise Forged("the time of the request is missing")
    if abs(now.timestamp() - int(at)) > FRESH:
        raise Forged("the request is too old, or a clock is wrong")
    key = secret.encode("utf-8", "surrogatepass")
    expected = "v0=" + hmac.digest(key, b"v0:" + at.encode() + b":" + body, sha256).hex()
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass")):
        raise Forged("the signature is missing or wrong")


def _interaction(payload: Mapping[str, Any]) -> tuple[Came, ...]:
    if payload.get("type") != "block_actions":
        return (Ignored(f"an interaction of type {_shown(payload.get('type'))}"),)
    person = _person(inside(payload, "user"))
    if person is None:
        return (Ignored("nobody pressed it"),)
    container = inside(payload, "container")
    channel = _id(container.get("channel_id")) or _id(inside(payload, "channel").get("id"))
    ts = _ts(container.get("message_ts")) or _ts(inside(payload, "message").get("ts"))
    actions = payload.get("actions")
    came = [
        _press(payload, action, person, f"{channel}/{ts}" if channel and ts else "")
        for action in (actions[:_ACTIONS] if isinstance(actions, list) else [])
    ]
    return tuple(came) or (Ignored("nothing was pressed"),)


def _press(payload: Mapping[str, Any], action: object, person: Person, message: str) -> Came:
    pressed = action if isinstance(action, Mapping) else {}
    value = text(pressed, "value")
    meant = read_button(value)
    if meant is None:
        return Ignored("a link was followed" if "value" not in pressed else "no button of ours")
    trigger = text(payload, "trigger_id")
    return Pressed(
        id=_name("press", person.id, message, value, text(pressed, "action_ts"), trigger),
        person=person,
        action=meant[0],
        number=meant[1],
        version=meant[2],
        message=message,
        reply_to=_address(payload.get("response_url")),
    )


def _command(form: Mapping[str, str], headers: Headers) -> Came:
    name = form.get("user_name", "")
    person = _person({"id": form.get("user_id"), "name": name})
    if person is None:
        return Ignored("nobody asked")
    channel, words = _id(form.get("channel_id")), form.get("text", "")
    # Without one, the time and signature are what tells two equal commands apart.
    trigger = form.get("trigger_id") or headers.get("x-slack-signature", "")
    return Asked(
        id=_name("command", person.id, channel, form["command"], words, trigger),
        person=person,
        text=_said(words),
        channel=channel,
        reply_to=_address(form.get("response_url")),
    )


def _event(payload: Mapping[str, Any]) -> Came:
    kind = payload.get("type")
    if kind == "url_verification":
        challenge = text(payload, "challenge")
        plain = challenge.isascii() and challenge.isprintable() and 0 < len(challenge) <= _CHALLENGE
        return Challenge(challenge) if plain else Ignored("a challenge that is none")
    if kind != "event_callback":
        return Ignored(f"a request of type {_shown(kind)}")
    event = inside(payload, "event")
    if event.get("type") != "message":
        return Ignored(f"an event of type {_shown(event.get('type'))}")
    return _spoke(payload, event)


def _spoke(payload: Mapping[str, Any], event: Mapping[str, Any]) -> Came:
    subtype = event.get("subtype")
    if not (subtype is None or isinstance(subtype, str)) or subtype not in _SPOKEN or event.get("hidden"):
        return Ignored(f"a message of subtype {_shown(subtype)}")
    if event.get("bot_id") or event.get("bot_profile"):
        return Ignored("a bot's message")
    person = _person({"id": event.get("user")})
    channel, ts, thread = _id(event.get("channel")), _ts(event.get("ts")), _ts(event.get("thread_ts"))
    if person is None or not channel or not ts:
        return Ignored("a message of nobody, or of nowhere")
    if not thread or thread == ts:
        return Ignored("a message that stands under no other")
    parent, ours = _id(event.get("parent_user_id")), _own_ids(payload)
    if parent and ours and parent not in ours:
        return Ignored("a message under somebody else's")
    words = _said(text(event, "text"))
    if not words.strip():
        return Ignored("a message without words")
    name = text(payload, "event_id")
    return Spoke(
        id=name if _EVENT.fullmatch(name) else _name("message", channel, ts),
        person=person,
        text=words,
        thread=f"{channel}/{thread}",
        channel=channel,
    )


def _own_ids(payload: Mapping[str, Any]) -> frozenset[str]:
    """Who our app is in the workspace, as far as the event says."""
    listed = payload.get("authorizations")
    rows = [row for row in listed[:10] if isinstance(row, Mapping)] if isinstance(listed, list) else []
    return frozenset(_id(row.get("user_id")) for row in rows if row.get("is_bot") is True) - {""}


def _said(text: str) -> str:
    """What somebody wrote, its control sequences as they were seen, its lines as they are."""
    shown = _SEQUENCE.sub(_seen, text[:_TEXT])
    shown = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    # JSON may spell half a character, which nothing behind this can store.
    return shown.encode("utf-8", "replace").decode()


def _seen(found: re.Match[str]) -> str:
    mark, name, label = found[1], found[2], found[3]
    if mark == "!":
        return label or "@" + name.partition("^")[0]
    shown = label or name
    return shown if not mark or shown.startswith(mark) else mark + shown


def _person(user: Mapping[str, Any]) -> Person | None:
    found = _id(user.get("id"))
    name = text(user, "name") or text(user, "username")
    return Person(VENDOR, found, cut(one_line(name), 80)) if found else None


def _id(value: object) -> str:
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def _ts(value: object) -> str:
    return value if isinstance(value, str) and _TS.fullmatch(value) else ""


def _address(value: object) -> str:
    plain = isinstance(value, str) and value.isascii() and value.isprintable() and len(value) <= 2_000
    return value if isinstance(value, str) and plain else ""


def _name(*parts: str) -> str:
    """An id that is the same whenever the same thing comes again, and short and plain whatever came."""
    text = json.dumps(parts)
    return "slack-" + sha256(text.encode()).hexdigest()[:32]


def _form(body: bytes) -> dict[str, str] | None:
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_FIELDS, errors="replace"
        )
    except ValueError:
        return None
    return dict(pairs)


def _shown(value: object) -> str:
    return cut(one_line(value), 40) if isinstance(value, str) else type(value).__name__

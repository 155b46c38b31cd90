"""What our requests to the vendors of chats say, and what the vendors answer, each in its own wire format.

The formats: ``local/handset/chats``, and the answers that are recorded under ``tests/unit/paging/recorded``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from tocsin.paging.channels.http import HttpAnswer

Json = Mapping[str, Any]
What = Literal["post", "edit", "tell", "begin", "log in", "keys"]

_HOSTS = {"slack.com": "slack", "hooks.slack.com": "slack", "api.telegram.org": "telegram"}
_NUMBER = re.compile(r"#(\d+)")
_SEVERITIES = re.compile(r"\b(critical|error|warning|info|unknown|sev[1-5])\b", re.IGNORECASE)
_STATES = re.compile(r"\b(triggered|acknowledged|snoozed|resolved)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Face:
    """What a message shows. A card has a number; ``head`` is its headline, ``line`` what happened last or the words,
    ``buttons`` what each carries back.
    """

    number: int | None
    state: str = ""
    severity: str = ""
    urgency: str = ""
    head: str = ""
    line: str = ""
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request: ``to`` a conversation as the vendor knows it, or as we name it; ``message`` the one that is changed,
    ``under`` the one whose thread is meant. ``raw`` is what was asked.
    """

    vendor: str
    what: What
    to: str = ""
    message: str = ""
    under: str = ""
    face: Face | None = None
    raw: Json = field(default_factory=dict)


def read(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Wanted:
    """Raises AssertionError for what no vendor knows."""
    parts = urlsplit(url)
    vendor = _HOSTS.get(parts.netloc, "teams")
    if vendor == "teams":
        return _of_teams(method, parts.netloc, parts.path, body)
    asked = json.loads(body)
    return (
        _of_slack(parts.netloc, parts.path, asked) if vendor == "slack" else _of_telegram(parts.path, asked)
    )


# -- Slack ------------------------------------------------------------------------------------------------------


def _of_slack(host: str, path: str, asked: Json) -> Wanted:
    if host.startswith("hooks."):
        return Wanted("slack", "tell", message=path, face=Face(None, line=_slack_words(asked)), raw=asked)
    face, to = _slack_face(asked), str(asked["channel"])
    match path:
        case "/api/chat.update":
            return Wanted("slack", "edit", to, f"{to}/{asked['ts']}", face=face, raw=asked)
        case "/api/chat.postMessage":
            thread = f"{to}/{asked['thread_ts']}" if "thread_ts" in asked else ""
            return Wanted("slack", "post", to, under=thread, face=face, raw=asked)
    raise AssertionError(f"Slack knows no {path}")


def _slack_face(asked: Json) -> Face:
    if not asked["attachments"]:
        return Face(None, line=_slack_words(asked))
    head = asked["blocks"][0]["text"]["text"]
    blocks = asked["attachments"][0]["blocks"]
    facts = dict(one["text"].strip("*").split("*\n", 1) for one in blocks[0]["fields"])
    notes = [one["elements"][0]["text"] for one in blocks if one["type"] == "context"]
    pressed = [one for block in blocks if block["type"] == "actions" for one in block["elements"]]
    return Face(
        _number(head),
        facts["State"].lower(),
        facts["Severity"].lower(),
        facts["Urgency"].lower(),
        head,
        notes[0] if notes else "",
        tuple(one["value"] for one in pressed if "value" in one),
    )


def _slack_words(asked: Json) -> str:
    return "\n".join(block["text"]["text"] for block in asked["blocks"])


# -- Telegram ---------------------------------------------------------------------------------------------------


def _of_telegram(path: str, asked: Json) -> Wanted:
    method = path.rpartition("/")[2]
    if method == "answerCallbackQuery":
        words = Face(None, line=str(asked.get("text", "")))
        return Wanted("telegram", "tell", message=str(asked["callback_query_id"]), face=words, raw=asked)
    to, face = str(asked["chat_id"]), _telegram_face(asked)
    if method == "editMessageText":
        return Wanted("telegram", "edit", to, f"{to}/{asked['message_id']}", face=face, raw=asked)
    if method != "sendMessage":
        raise AssertionError(f"Telegram knows no {method}")
    reply = asked.get("reply_parameters", {}).get("message_id")
    return Wanted("telegram", "post", to, under=f"{to}/{reply}" if reply else "", face=face, raw=asked)


def _telegram_face(asked: Json) -> Face:
    text = str(asked["text"])
    if "reply_markup" not in asked:
        return Face(None, line=text)
    rows = asked["reply_markup"]["inline_keyboard"]
    buttons = [one["callback_data"] for row in rows for one in row if "callback_data" in one]
    return _plain_face(text.split("\n"), buttons)


def _plain_face(lines: Sequence[str], buttons: Sequence[str]) -> Face:
    """A card that is written in lines: its headline, its facts, and what happened last."""
    head, facts = lines[0], lines[1]
    state, severity = _STATES.search(facts), _SEVERITIES.search(facts)
    return Face(
        _number(facts),
        state[0] if state else "",
        severity[0].lower() if severity else "",
        facts.partition(" urgency")[0].rpartition(" ")[2],
        head,
        "\n".join(lines[2:]),
        tuple(buttons),
    )


# -- Microsoft Teams ------------------------------------------------------------------------------------------------


def _of_teams(method: str, host: str, path: str, body: bytes) -> Wanted:
    if host == "login.microsoftonline.com":
        return Wanted("teams", "log in")
    if method == "GET":
        return Wanted("teams", "keys", message=path)
    asked = json.loads(body)
    parts = [unquote(part) for part in path.partition("/v3/conversations")[2].split("/")[1:]]
    if not parts:
        return Wanted("teams", "begin", str(asked["members"][0]["id"]), raw=asked)
    conversation, face = parts[0], _teams_face(asked)
    if method == "PUT":
        return Wanted("teams", "edit", conversation, f"{conversation}/{parts[2]}", face=face, raw=asked)
    channel, _, root = conversation.partition(";messageid=")
    return Wanted("teams", "post", channel, under=f"{channel}/{root}" if root else "", face=face, raw=asked)


def _teams_face(asked: Json) -> Face:
    card = asked["attachments"][0]["content"]
    rows = [row["items"][0] if row["type"] == "Container" else row for row in card["body"]]
    lines = [row["inlines"][0]["text"] for row in rows]
    if card["body"][0]["type"] != "Container":
        return Face(None, line="\n".join(lines))
    buttons = [one["data"]["value"] for one in card.get("actions", ()) if "data" in one]
    return _plain_face(lines, buttons)


def _number(text: str) -> int | None:
    found = _NUMBER.search(text)
    return int(found[1]) if found else None


# -- what is answered -------------------------------------------------------------------------------------------

#: What each vendor says of a conversation that it does not let us write to.
REFUSALS: Mapping[str, tuple[tuple[int, str], ...]] = {
    "slack": (
        (200, "channel_not_found"),
        (200, "is_archived"),
        (200, "not_in_channel"),
        (200, "token_revoked"),
    ),
    "telegram": (
        (403, "Forbidden: bot was kicked from the supergroup chat"),
        (400, "Bad Request: chat not found"),
        (403, "Forbidden: bot was blocked by the user"),
    ),
    "teams": ((403, "BotNotInConversationRoster"), (403, "BotDisabledByAdmin")),
}
_GONE = {
    "slack": (200, "message_not_found"),
    "telegram": (400, "Bad Request: message to edit not found"),
    "teams": (404, "ActivityNotFoundInConversation"),
}
_BUSY = {
    "slack": (429, "ratelimited"),
    "telegram": (429, "Too Many Requests: retry after 2"),
    "teams": (429, "Too many requests"),
}
_SAME = (400, "Bad Request: message is not modified: it is as it was")


def said(status: int, **row: Any) -> HttpAnswer:
    return HttpAnswer(status, json.dumps(row).encode())


def refused(vendor: str, status: int, word: str) -> HttpAnswer:
    """In the vendor's words."""
    more = {"retry-after": "2"} if status == 429 and vendor != "telegram" else {}
    row: dict[str, Any] = {"ok": False, "error": word}
    if vendor == "telegram":
        row = {"ok": False, "error_code": status, "description": word}
        row |= {"parameters": {"retry_after": 2}} if status == 429 else {}
    elif vendor == "teams":
        row = {"error": {"code": word, "message": "As Microsoft puts it."}}
    return HttpAnswer(status, json.dumps(row).encode(), more)


def gone(vendor: str) -> HttpAnswer:
    return refused(vendor, *_GONE[vendor])


def busy(vendor: str) -> HttpAnswer:
    return refused(vendor, *_BUSY[vendor])


def same() -> HttpAnswer:
    """Telegram changes no message into what it is already."""
    return refused("telegram", *_SAME)


def down() -> HttpAnswer:
    """Whatever stands before the vendor answers, in words of its own."""
    return HttpAnswer(503, b"<!doctype html><title>Service unavailable</title>")


def taken(vendor: str, place: str) -> HttpAnswer:
    """The message stands at ``place``."""
    conversation, _, name = place.rpartition("/")
    match vendor:
        case "slack":
            return said(200, ok=True, channel=conversation, ts=name)
        case "telegram":
            return said(200, ok=True, result={"message_id": int(name), "chat": {"id": int(conversation)}})
    return said(201, id=name)

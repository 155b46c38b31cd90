"""Adaptive Cards of Teams: what is refused of them, and what people see of the rest.

Elements: https://adaptivecards.io/explorer (version 1.5). Of its elements those are read that show a text as it stands,
and the containers around them: what reads Markdown (TextBlock, FactSet) is refused: the product has no use for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from local.handset.chats.records import Button, Part, Section, Span, button_id

Json = Mapping[str, Any]

CARD = "application/vnd.microsoft.card.adaptive"
#: Bytes of an activity in UTF-16 (learn.microsoft.com, microsoftteams/platform/bots, format-your-bot-messages), and
#: actions that Teams shows of a card.
LARGEST, ACTIONS = 100_000, 6
_TONES = {"attention": "#c4314b", "warning": "#c19c00", "good": "#13a10e", "accent": "#5b5fc7"}
_STYLES = {*_TONES, "default", "emphasis"}
# The client writes a date or a time in its place.
_MACRO = re.compile(r"(\{\{(?:DATE|TIME)\([^)]*\)\}\})")


class ConnectorError(Exception):
    """``{"error": {"code": code, "message": words}}`` with that status."""

    def __init__(self, status: int, code: str, words: str = "") -> None:
        super().__init__(f"{code}: {words}" if words else code)
        self.status = status
        self.body = {"error": {"code": code, "message": words}}


def read(activity: Json) -> tuple[Section, ...]:
    """What an activity shows. Raises ConnectorError."""
    if len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le", "surrogatepass")) > LARGEST:
        raise ConnectorError(413, "MessageSizeTooBig", "Message size too large.")
    attachments = activity.get("attachments")
    if activity.get("type") != "message" or not isinstance(attachments, list) or not attachments:
        raise _wrong("a message with a card is read here, and nothing else")
    return tuple(section for one in attachments for section in card(_content(one)))


def card(content: object) -> Iterator[Section]:
    """What a card shows. Raises ConnectorError."""
    if not isinstance(content, dict) or content.get("type") != "AdaptiveCard":
        raise _wrong("the content is no AdaptiveCard")
    if content.get("version") not in ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5"):
        raise _wrong(f"version {content.get('version')!r} is not shown by Teams")
    plain: list[Part] = []
    for element in _list(content.get("body"), "body"):
        if isinstance(element, dict) and element.get("type") == "Container":
            style = element.get("style", "default")
            if style not in _STYLES:
                raise _wrong(f"a Container has no style {style!r}")
            parts = tuple(_text(item) for item in _list(element.get("items"), "items"))
            yield Section(parts, _TONES.get(style, ""))
        else:
            plain.append(_text(element))
    if buttons := [_button(one) for one in actions(content)]:
        plain.append(Part("buttons", buttons=tuple(buttons)))
    if plain:
        yield Section(tuple(plain))


def actions(content: Json) -> list[Any]:
    """Those of a card that Teams shows."""
    return _list(content.get("actions"), "actions")[:ACTIONS]


def pressed(activity: Json, button: str) -> Json | None:
    """The action of that id as it was sent; None where the card has it no more."""
    found = [one for attachment in activity.get("attachments", ()) for one in actions(_content(attachment))]
    return next((one for one in found if _button(one).id == button), None)


def _content(attachment: object) -> Json:
    if not isinstance(attachment, dict) or attachment.get("contentType") != CARD:
        raise _wrong("an attachment that is no adaptive card")
    content = attachment.get("content")
    return content if isinstance(content, dict) else {}


def _text(element: object) -> Part:
    if not isinstance(element, dict) or element.get("type") != "RichTextBlock":
        kind = element.get("type") if isinstance(element, dict) else element
        raise _wrong(f"the element {kind!r} is not read here")
    runs = _list(element.get("inlines"), "inlines")
    if not all(
        isinstance(run, dict) and run.get("type") == "TextRun" and isinstance(run.get("text"), str)
        for run in runs
    ):
        raise _wrong("inlines are TextRuns with a text")
    spans = tuple(span for run in runs for span in _spans(run))
    return Part("note" if all(run.get("isSubtle") for run in runs) else "text", (spans,))


def _spans(run: Json) -> Iterator[Span]:
    for words in _MACRO.split(run["text"]):
        if _MACRO.fullmatch(words):
            yield Span(words, "mention")
        elif words:
            yield Span(words, "bold" if run.get("weight") == "bolder" else "")


def _button(action: object) -> Button:
    if not isinstance(action, dict) or not isinstance(action.get("title"), str) or not action["title"]:
        raise _wrong("an action has a title")
    if action.get("type") == "Action.OpenUrl":
        url = action.get("url")
        if not isinstance(url, str) or not re.fullmatch(r"https?://\S+", url):
            raise _wrong(f"an action opens no {url!r}")
        return Button(button_id(action["title"], url), action["title"], href=url)
    if action.get("type") != "Action.Execute" or not isinstance(action.get("verb"), str):
        raise _wrong(f"the action {action.get('type')!r} is not read here")
    return Button(
        button_id(action["title"], action["verb"]),
        action["title"],
        {"positive": "primary", "destructive": "danger"}.get(action.get("style", ""), ""),
    )


def _list(value: object, name: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong(f"{name} is an array")
    return value


def _wrong(words: str) -> ConnectorError:
    return ConnectorError(400, "BadSyntax", words)

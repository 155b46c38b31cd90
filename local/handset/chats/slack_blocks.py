"""Block Kit: what Slack refuses of it, and what people see of the rest.

Limits: https://docs.slack.dev/reference/block-kit. Markup: https://docs.slack.dev/messaging/formatting-message-text.
Strict, since Slack is: a message that passes here with a mention, a link or an emoji in it would have them there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local.handset.chats.records import Button, Part, Section, Span, Style

Json = Mapping[str, Any]

BLOCKS, ATTACHMENTS, FIELDS, ELEMENTS, CONTEXT = 50, 100, 10, 25, 10
TEXT, HEADER, FIELD, LABEL, VALUE, URL, ID = 3000, 150, 2000, 75, 2000, 3000, 255
_STYLES: Mapping[str, Style] = {"*": "bold", "_": "italic", "~": "strike", "`": "code"}
# A control sequence, a pair of signs around words, an emoji's name, an address.
_MARKUP = re.compile(
    r"<(?P<sequence>[^<>\n]+)>"
    r"|(?<![\w*_~`])(?P<sign>[*_~`])(?=\S)(?P<inner>[^\n]*?)(?<=\S)(?P=sign)(?![\w*_~`])"
    r"|:(?P<emoji>[a-z0-9_+'-]+):"
    r"|(?P<address>\bhttps?://[^\s<>]+)"
)
_DATE = re.compile(r"!date\^(\d{1,11})\^[^^]+(?:\^.*)?")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


class InvalidBlocks(Exception):
    """Slack does not take it; the message is one of its ``response_metadata.messages``."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(f"[ERROR] {what} [json-pointer:{where}]")


def read(text: str, blocks: object, attachments: object) -> tuple[Section, ...]:
    """What a message shows; with blocks its ``text`` is for notifications alone. Raises InvalidBlocks."""
    sections: list[Section] = []
    if _list(blocks, BLOCKS, "/blocks"):
        sections.append(Section(tuple(_parts(blocks, "/blocks"))))
    elif text:
        sections.append(Section((Part("text", (tuple(mrkdwn(text)),)),)))
    for index, attachment in enumerate(_list(attachments, ATTACHMENTS, "/attachments")):
        where = f"/attachments/{index}"
        if not isinstance(attachment, dict):
            raise InvalidBlocks("must be an object", where)
        colour = attachment.get("color", "")
        if colour and not (isinstance(colour, str) and _COLOUR.fullmatch(colour)):
            raise InvalidBlocks("must be a valid color", f"{where}/color")
        inner = attachment.get("blocks")
        sections.append(Section(tuple(_parts(inner, f"{where}/blocks")), colour))
    _unique(sections)
    return tuple(sections)


def elements(blocks: object, attachments: object) -> Iterator[tuple[str, Json, Json, int | None]]:
    """Every button: its id here, itself, its block, and the number of its attachment."""
    found: list[tuple[Any, int | None]] = [(blocks, None)]
    found += [(one.get("blocks"), at) for at, one in enumerate(_list(attachments, ATTACHMENTS, ""), 1)]
    for where, at in found:
        for block in where or ():
            if block["type"] == "actions":
                for element in block["elements"]:
                    yield _button_id(block, element), element, block, at


def _parts(blocks: object, where: str) -> Iterator[Part]:
    for index, block in enumerate(_list(blocks, BLOCKS, where)):
        at = f"{where}/{index}"
        if not isinstance(block, dict):
            raise InvalidBlocks("must be an object", at)
        if len(str(block.get("block_id", ""))) > ID:
            raise InvalidBlocks(f"must be less than {ID + 1} characters", f"{at}/block_id")
        kind = block.get("type")
        if kind == "header":
            yield Part("heading", (_text(block.get("text"), HEADER, f"{at}/text", plain=True),))
        elif kind == "section":
            yield from _section(block, at)
        elif kind == "context":
            items = _list(block.get("elements"), CONTEXT, f"{at}/elements", least=1)
            texts = (_text(item, TEXT, f"{at}/elements/{n}") for n, item in enumerate(items))
            yield Part("note", tuple(texts))
        elif kind == "actions":
            items = _list(block.get("elements"), ELEMENTS, f"{at}/elements", least=1)
            made = (_button(block, item, f"{at}/elements/{n}") for n, item in enumerate(items))
            yield Part("buttons", buttons=tuple(made))
        elif kind != "divider":
            raise InvalidBlocks(f"unsupported type: {kind}", f"{at}/type")


def _section(block: Json, at: str) -> Iterator[Part]:
    if "text" not in block and "fields" not in block:
        raise InvalidBlocks("must define either `text` or `fields`", at)
    if "text" in block:
        yield Part("text", (_text(block["text"], TEXT, f"{at}/text"),))
    if "fields" in block:
        items = _list(block["fields"], FIELDS, f"{at}/fields", least=1)
        texts = (_text(item, FIELD, f"{at}/fields/{n}") for n, item in enumerate(items))
        yield Part("facts", tuple(texts))


def _button(block: Json, element: object, at: str) -> Button:
    if not isinstance(element, dict) or element.get("type") != "button":
        raise InvalidBlocks("unsupported element", f"{at}/type")
    for name, most in (("value", VALUE), ("url", URL), ("action_id", ID)):
        if not isinstance(element.get(name, ""), str) or len(element.get(name, "")) > most:
            raise InvalidBlocks(f"must be less than {most + 1} characters", f"{at}/{name}")
    url = element.get("url", "")
    if url and not re.fullmatch(r"https?://\S+", url):
        raise InvalidBlocks("must be a valid URL", f"{at}/url")
    style = element.get("style", "")
    if style not in ("", "primary", "danger"):
        raise InvalidBlocks("must be one of: primary, danger", f"{at}/style")
    label = _text(element.get("text"), LABEL, f"{at}/text", plain=True)
    return Button(_button_id(block, element), "".join(span.text for span in label), style, url)


def _button_id(block: Json, element: Json) -> str:
    return f"{block.get('block_id', '')}/{element.get('action_id', '')}"


def _unique(sections: Sequence[Section]) -> None:
    """An action's id is unique in its block, and a block's in its message."""
    seen = [button.id for section in sections for part in section.parts for button in part.buttons]
    if len(set(seen)) != len(seen):
        raise InvalidBlocks("action_id already exists in its block", "/blocks")


def _list(value: object, most: int, where: str, least: int = 0) -> list[Any]:
    items = [] if value is None else value
    if not isinstance(items, list):
        raise InvalidBlocks("must be an array", where)
    if len(items) > most:
        raise InvalidBlocks(f"no more than {most} items allowed", where)
    if len(items) < least:
        raise InvalidBlocks(f"no fewer than {least} items allowed", where)
    return items


def _text(value: object, most: int, where: str, *, plain: bool = False) -> tuple[Span, ...]:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise InvalidBlocks("must be a text object", where)
    kind, text = value.get("type"), value["text"]
    if kind != "plain_text" and (plain or kind != "mrkdwn"):
        raise InvalidBlocks(f"must be plain_text but is {kind}", f"{where}/type")
    if not text:
        raise InvalidBlocks("must be more than 0 characters", f"{where}/text")
    if len(text) > most:
        raise InvalidBlocks(f"must be less than {most + 1} characters", f"{where}/text")
    if kind == "mrkdwn":
        return tuple(mrkdwn(text, verbatim=value.get("verbatim") is True))
    return tuple(_plain(text, emoji=value.get("emoji") is not False))


def _plain(text: str, *, emoji: bool) -> Iterator[Span]:
    """In plain text three escapes are read, and the names of emoji unless that is switched off."""
    for part in re.split(r"(:[a-z0-9_+'-]+:)", text) if emoji else (text,):
        if part:
            yield Span(unescaped(part), "emoji" if emoji and re.fullmatch(":[^:]+:", part) else "")


def mrkdwn(text: str, *, verbatim: bool = False) -> Iterator[Span]:
    """What Slack's markup makes of a text."""
    last = 0
    for found in _MARKUP.finditer(text):
        if found["address"] and verbatim:
            continue
        if found.start() > last:
            yield Span(unescaped(text[last : found.start()]))
        last = found.end()
        if found["sequence"]:
            yield _sequence(found["sequence"])
        elif found["sign"]:
            yield Span(unescaped(found["inner"]), _STYLES[found["sign"]])
        elif found["emoji"]:
            yield Span(found[0], "emoji")
        else:
            yield Span(unescaped(found[0]), href=unescaped(found[0]))
    if last < len(text):
        yield Span(unescaped(text[last:]))


def _sequence(inside: str) -> Span:
    """What stands between < and >: a mention, a date, or a link."""
    name, _, label = inside.partition("|")
    if date := _DATE.fullmatch(name):
        return Span(unescaped(label), moment=datetime.fromtimestamp(int(date[1]), UTC))
    if name[:1] in ("@", "#", "!"):
        return Span("@" + (label or name[1:]).lstrip("@"), "mention")
    return Span(unescaped(label or name), href=unescaped(name) if re.match("https?://", name) else "")


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

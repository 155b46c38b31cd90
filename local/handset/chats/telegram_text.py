"""A message of the Bot API: what Telegram refuses of it, and what people see of the rest.

Fields and limits: https://core.telegram.org/bots/api#messageentity, …#inlinekeyboardbutton. Telegram documents none of
its errors; these are the words that bots are told (https://github.com/TelegramBotAPI/errors). Offsets count UTF-16 code
units. What Telegram makes tappable by itself is shown as such, so that words which are more than words are seen to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from local.handset.chats.records import Button, Part, Section, Span, Style, button_id

Json = Mapping[str, Any]

#: UTF-16 code units of a text, and bytes of what a button carries.
LONGEST, DATA = 4096, 64
_STYLES: Mapping[str, Style] = {
    "bold": "bold",
    "italic": "italic",
    "strikethrough": "strike",
    "code": "code",
    "pre": "code",
    "text_link": "",
}
# An address, a mail's too; a name, command, cashtag or telephone number; a hashtag (#1042 alone is none).
_TAPPABLE = re.compile(
    r"(?P<address>\bhttps?://[^\s<>]+|(?<![\w@.-])(?:[\w-]+\.)+[a-z]{2,24}(?:[/?#:][^\s<>]*)?(?![\w@-])"
    r"|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}\b)"
    r"|(?P<named>\B@\w{2,32}|(?<![\w/<>])/\w{1,64}(?:@\w{3,32})?(?![\w/<>])"
    r"|(?<![\w$])\$[A-Z]{1,8}(?![\w$])|(?<![\w#])#(?=\d*[^\W\d])\w+|(?<!\w)\+\d{7,15}\b)"
)


class BadRequest(Exception):
    """Telegram does not take it: the message is the ``description`` of a 400, without its first words."""


def read(asked: Json) -> tuple[Section, ...]:
    """What a message shows. Raises BadRequest."""
    text = asked.get("text")
    if not isinstance(text, str) or not text.strip():
        raise BadRequest("message text is empty")
    if "parse_mode" in asked:
        # The product writes no markup, and Telegram refuses what it does not know by these words.
        raise BadRequest("unsupported parse_mode")
    if units(text) > LONGEST:
        raise BadRequest("message is too long")
    parts = [Part("text", (tuple(_spans(text, _entities(asked.get("entities"), text))),))]
    parts += [Part("buttons", buttons=tuple(row)) for row in _keyboard(asked.get("reply_markup"))]
    return (Section(tuple(parts)),)


def pressed(asked: Json, button: str) -> Json | None:
    """The button of that id as it was sent; None where the message has it no more."""
    rows = (asked.get("reply_markup") or {}).get("inline_keyboard", [])
    return next((one for row in rows for one in row if _button(one).id == button), None)


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


# -- the text ----------------------------------------------------------------------------------------------


def _entities(given: object, text: str) -> list[tuple[int, int, Style, str]]:
    """Each as (start, end, style, address), in characters."""
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise BadRequest("can't parse entities: expected an Array of Objects")
    at = _characters(text)
    found = []
    for one in given:
        kind, offset, length = one.get("type"), one.get("offset"), one.get("length")
        if kind not in _STYLES:
            raise BadRequest(f"can't parse MessageEntity: unsupported type {kind!r} specified")
        for name, value in (("offset", offset), ("length", length)):
            if not isinstance(value, int) or value < 0:
                raise BadRequest(f"receive an entity with incorrect {name} {value}")
        end = offset + length
        if end > units(text):
            raise BadRequest(
                f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {end}"
            )
        if offset not in at or end not in at:
            raise BadRequest(
                f"entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol"
            )
        found.append((at[offset], at[end], _STYLES[kind], _address(one) if kind == "text_link" else ""))
    return found


def _characters(text: str) -> dict[int, int]:
    """The number of the character by its offset."""
    at, offset = {0: 0}, 0
    for number, char in enumerate(text, 1):
        offset += units(char)
        at[offset] = number
    return at


def _address(entity: Json) -> str:
    url = str(entity.get("url", ""))
    if fault := _wrong(url):
        raise BadRequest(f"entity URL '{url}' is invalid: {fault}")
    return url


def _spans(text: str, entities: list[tuple[int, int, Style, str]]) -> Iterator[Span]:
    """The text, cut wherever something begins or ends."""
    # What can be tapped comes last: a name in bold is a name.
    marked = [*entities, *_tappable(text)]
    edges = {0, len(text)} | {edge for start, end, _, _ in marked for edge in (start, end)}
    for start, end in pairwise(sorted(edges)):
        span = Span(text[start:end])
        for first, last, style, href in marked:
            if first <= start and end <= last:
                span = replace(span, style=style or span.style, href=href or span.href)
        yield span


def _tappable(text: str) -> Iterator[tuple[int, int, Style, str]]:
    for found in _TAPPABLE.finditer(text):
        address = found["address"]
        yield found.start(), found.end(), "" if address else "mention", _opened(address) if address else ""


def _opened(address: str) -> str:
    if re.match("https?://", address):
        return address
    return f"mailto:{address}" if "@" in address else f"http://{address}"


# -- the buttons -------------------------------------------------------------------------------------------


def _keyboard(markup: object) -> Iterator[list[Button]]:
    """The rows; a button without a label is left out, as Telegram leaves it out."""
    if markup is None:
        return
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise BadRequest('object expected as reply markup, field "inline_keyboard" must be of type Array')
    for row in rows:
        made = [_button(one) for one in row]
        if shown := [button for button in made if button.label]:
            yield shown


def _button(one: object) -> Button:
    if not isinstance(one, dict) or not isinstance(one.get("text"), str):
        raise BadRequest('can\'t parse inline keyboard button: field "text" must be of type String')
    if one.get("url"):
        url = str(one["url"])
        if fault := _wrong(url):
            raise BadRequest(f"inline keyboard button URL '{url}' is invalid: {fault}")
        return Button(button_id(one["text"], url), one["text"], href=url)
    data = one.get("callback_data")
    if not isinstance(data, str) or not data:
        raise BadRequest(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(data.encode()) > DATA:
        raise BadRequest("BUTTON_DATA_INVALID")
    return Button(button_id(one["text"], data), one["text"])


def _wrong(url: str) -> str:
    """Why Telegram opens no such address; empty where it does."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
    except ValueError:
        return "Wrong HTTP URL"
    if parts.scheme not in ("http", "https"):
        return "Unsupported URL protocol"
    return "" if "." in parts.netloc else "Wrong HTTP URL"

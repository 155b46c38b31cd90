"""What Slack takes, and what it would make of it: its limits, and how it reads text.

https://docs.slack.dev/reference/block-kit and https://docs.slack.dev/messaging/formatting-message-text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

TEXT, HEADER, FIELD, LABEL = 3000, 150, 2000, 75
#: A bare & is none of the three escapes; < and > begin what Slack acts on.
_UNESCAPED = re.compile(r"[<>]|&(?!(?:amp|lt|gt);)")
#: The one control sequence that is ours.
_DATE = re.compile(r"<!date\^-?\d+\^\{date_short_pretty\}, \{time\}\|[\d: UTC-]+>")
_EMOJI = re.compile(r":[\w+'-]+:")
_ADDRESS = re.compile(r"\b(?:https?|ftp)://|\bmailto:\w|\bwww\.\w|\w\.(?:com|io|co|uk)\b", re.IGNORECASE)


def units(text: str) -> int:
    """UTF-16 units, the most that Slack could count a character as."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def texts(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every text object of a message."""
    blocks = [*body["blocks"], *(block for one in body["attachments"] for block in one["blocks"])]
    for block in blocks:
        yield from [block["text"]] if "text" in block else []
        yield from block.get("fields", ())
        for element in block.get("elements", ()):
            yield element["text"] if block["type"] == "actions" else element


def is_inert(text: str) -> None:
    """Nothing of this mrkdwn is a mention, a link, an emoji or formatting."""
    assert not _UNESCAPED.search(text), text
    assert not _EMOJI.search(text), text
    assert not _ADDRESS.search(text), text
    assert not set(text) & set("*_~`@\n\0"), text
    assert not text.startswith("&gt;")


def is_plain(shown: dict[str, Any]) -> None:
    assert shown["type"] == "plain_text"
    assert shown["emoji"] is False
    assert not _UNESCAPED.search(shown["text"]), shown
    assert not _ADDRESS.search(shown["text"]), shown
    assert shown["text"].strip()
    kinds = {unicodedata.category(char) for char in shown["text"].replace("\n", "")}
    assert not kinds & {"Cc", "Cf", "Cs", "Co"}


def takes(body: dict[str, Any]) -> None:
    """Slack takes the message, and nothing in it is more than words."""
    assert body["text"]
    is_inert(body["text"])
    assert 0 < len(body["blocks"]) <= 50
    for one in body["attachments"]:
        assert re.fullmatch("#[0-9a-f]{6}", one["color"])
        is_inert(one["fallback"])
        assert 0 < len(one["blocks"]) <= 50
    for shown in texts(body):
        assert 0 < units(shown["text"]) <= TEXT
        if shown["type"] == "plain_text":
            is_plain(shown)
        else:
            name, value = re.fullmatch(r"\*(\w+)\*\n(.+)", shown["text"]).groups()
            assert shown["verbatim"] is True
            if not (name == "Since" and _DATE.fullmatch(value)):
                is_inert(value)
    for block in [*body["blocks"], *(block for one in body["attachments"] for block in one["blocks"])]:
        _block(block)


def _block(block: dict[str, Any]) -> None:
    assert block["type"] in ("header", "section", "context", "actions")
    assert units(block.get("block_id", "")) <= 255
    if block["type"] == "header":
        assert units(block["text"]["text"]) <= HEADER
    if block["type"] == "section":
        assert len(block.get("fields", ())) <= 10
        assert all(units(field["text"]) <= FIELD for field in block.get("fields", ()))
    if block["type"] == "context":
        assert 0 < len(block["elements"]) <= 10
    if block["type"] == "actions":
        assert 0 < len(block["elements"]) <= 25
        names = [element["action_id"] for element in block["elements"]]
        assert len(set(names)) == len(names)
        for element in block["elements"]:
            assert units(element["text"]["text"]) <= LABEL
            assert units(element["action_id"]) <= 255
            assert len(element.get("value", "")) <= 2000
            assert len(element.get("url", "")) <= 3000
            assert element.get("style") in (None, "primary", "danger")

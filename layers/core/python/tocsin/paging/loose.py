"""What anybody may have sent, read without trust: a wrong type, size or nesting gives nothing, never an exception."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

#: Bytes of a request that are read at all: no message of a chat is that long.
MOST_BYTES = 262_144
#: Characters of one text. A chat's own limit is not above it (Telegram and WhatsApp: 4,096).
MOST_TEXT = 8_192
#: Vendors keep their numbers to 52 bits, so that every language can hold them.
_LARGEST = 2**53


def parse(body: bytes | str) -> Mapping[str, Any]:
    """The JSON object that the body is; an empty one for whatever is none."""
    if len(body) > MOST_BYTES:
        return {}
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def inside(value: object, *keys: str) -> Mapping[str, Any]:
    """The object that stands under the keys, one in the other; an empty one where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def items(value: Mapping[str, Any], key: str, most: int = 100) -> list[Mapping[str, Any]]:
    """The objects of the list under the key, ``most`` of them; what is none is left out."""
    found = value.get(key)
    return [one for one in found[:most] if isinstance(one, Mapping)] if isinstance(found, list) else []


def text(value: Mapping[str, Any], key: str, most: int = MOST_TEXT) -> str:
    """The text under the key, cut to ``most`` characters, without NULs and lone surrogates: it can be stored."""
    found = value.get(key)
    if not isinstance(found, str):
        return ""
    return found[:most].replace("\0", "").encode("utf-8", "ignore").decode()


def number(value: Mapping[str, Any], key: str) -> int | None:
    """The whole number under the key, of at most 53 bits."""
    found = value.get(key)
    if isinstance(found, bool) or not isinstance(found, int) or not -_LARGEST < found < _LARGEST:
        return None
    return found

"""A configuration as it is kept: one immutable, compressed blob under an id that its content decides."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any, cast

from tocsin.config.facts import NO_FACTS, Facts
from tocsin.config.plain import as_text
from tocsin.config.problems import ConfigError, Problem

#: An item of the table holds 400 KB; the rest is for its keys.
MAX_BLOB = 390_000

_ID_LENGTH = 16


#: No section of a document has this name.
_FACTS = "facts"


def pack(document: Mapping[str, Any], facts: Facts = NO_FACTS) -> tuple[str, bytes]:
    """The id (16 hex digits) and the blob of a document, and of the facts that it was applied with.

    The id depends on what they mean alone: not on the order of names or keys, on files or comments. The one
    mapping whose order means something, a user's contacts (a rule takes the first that fits), keeps it.

    Raises ConfigError when the blob is too large to be kept.
    """
    content = canonical(document)
    if facts:
        content[_FACTS] = _by_key(facts.as_json())
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    blob = zlib.compress(text, 9)
    if len(blob) > MAX_BLOB:
        words = f"the configuration is too large: {len(blob)} bytes compressed, {MAX_BLOB} are the most"
        raise ConfigError([Problem((), words)])
    return hashlib.sha256(text).hexdigest()[:_ID_LENGTH], blob


def canonical(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with every scalar as text and its keys in order: equal for documents that mean the same."""
    return _sorted(as_text(document))


def unpack(blob: bytes) -> tuple[dict[str, Any], Facts]:
    """The document of a blob, and its facts. Raises ValueError for anything that ``pack`` did not make."""
    try:
        document = json.loads(zlib.decompress(blob))
    except (zlib.error, ValueError) as error:
        raise ValueError(f"this is no revision: {error}") from error
    if not isinstance(document, dict):
        raise ValueError("this is no revision: it holds no document")
    facts = document.pop(_FACTS, {})
    return cast(dict[str, Any], document), Facts.from_json(facts)


def _sorted(document: dict[str, Any]) -> dict[str, Any]:
    ordered = {key: _by_key(value) for key, value in sorted(document.items())}
    users = document.get("users")
    if isinstance(users, dict):
        for id, user in users.items():
            if isinstance(user, dict) and isinstance(user.get("contacts"), dict):
                ordered["users"][id]["contacts"] = user["contacts"]
    return ordered


def _by_key(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _by_key(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return [_by_key(inner) for inner in value]
    return value

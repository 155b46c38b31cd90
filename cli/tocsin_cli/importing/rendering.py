"""Writes a document as YAML that people like to read: the same document always as the same text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_WIDTH = 100
# What every YAML reader, also one of version 1.1, takes as text: words, walls such as 2026-01-05T09:00, durations.
_PLAIN = re.compile(
    r"[A-Za-z][A-Za-z0-9_./+@-]*(?: [A-Za-z0-9_./+@-]+)*"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?"
    r"|[0-9]{1,9}[smhd]"
)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}


def render(document: Mapping[str, Any], comments: Mapping[tuple[str, str], str], head: str = "") -> str:
    """The text of a document of mappings, lists and texts. ``comments`` stand behind the name of a section's object,
    ``head`` (lines) before everything."""
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    for key, value in document.items():
        if isinstance(value, Mapping) and value:
            lines += ["", f"{_scalar(key)}:"]
            for name, row in value.items():
                lines += _entry(name, row, comments.get((key, name)))
        else:
            lines += ["", f"{_scalar(key)}: {_flow(value)}"]
    return "\n".join(lines).lstrip("\n") + "\n"


def _entry(name: str, value: Any, comment: str | None) -> list[str]:
    tail = f"  # {comment}" if comment else ""
    inline = _flow(value)
    small = not isinstance(value, Mapping) or len(value) <= 5
    if not _nested(value) or (_flat(value) and small and len(inline) + len(name) < _WIDTH - 4):
        return [f"  {_scalar(name)}: {inline}{tail}"]
    return [f"  {_scalar(name)}:{tail}", *_block(value, 4)]


def _block(value: Any, indent: int) -> Iterator[str]:
    pad = " " * indent
    if isinstance(value, Mapping):
        for key, inner in value.items():
            text = _flow(inner)
            if _nested(inner) and not (_short(inner) and len(text) + len(key) + indent < _WIDTH):
                yield f"{pad}{_scalar(key)}:"
                yield from _block(inner, indent + 2)
            else:
                yield f"{pad}{_scalar(key)}: {text}"
    else:
        for item in value:
            text = _flow(item)
            if _nested(item) and not (_short(item) and len(text) + indent < _WIDTH):
                first, *rest = _block(item, indent + 2)
                yield f"{pad}- {first.lstrip()}"
                yield from rest
            else:
                yield f"{pad}- {text}"


def _nested(value: Any) -> bool:
    return isinstance(value, (Mapping, list)) and bool(value)


def _short(value: Any) -> bool:
    """Whether it reads well on one line: few things, and not much in them."""
    if not _nested(value):
        return True
    if isinstance(value, Mapping):
        inner = [one for one in value.values() if _nested(one)]
        return len(inner) <= 1 and len(value) <= 5 and all(_flat(one) or _targets(one) for one in inner)
    if any(isinstance(item, Mapping) for item in value):
        return _targets(value) or (len(value) == 1 and _flat(value[0]))
    return all(map(_flat, value))


def _flat(value: Any) -> bool:
    """Whether nothing in it has anything in it."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return not any(map(_nested, inner))


def _targets(value: Any) -> bool:
    """Whether it is a list such as ``[{schedule: primary}, {user: ana}]``."""
    return isinstance(value, list) and all(
        isinstance(one, Mapping) and len(one) == 1 and _flat(one) for one in value
    )


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(str(value))


def _scalar(text: str) -> str:
    if _NUMBER.fullmatch(text) or (_PLAIN.fullmatch(text) and text.lower() not in _WORDS):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escaped(char) for char in quoted)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"

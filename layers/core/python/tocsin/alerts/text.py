"""Hostile text made harmless: JSON that may be anything, and text that people will read."""

from __future__ import annotations

import json
import math
import re

from tocsin.alerts.event import JSON

#: Nested deeper than this is not understood. Far below what any Python's recursion stands.
MAX_DEPTH = 100
#: A longer whole number stays text: Python refuses to convert 4,300 digits, and nobody means even 40.
_MAX_DIGITS = 40

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_TERMINAL_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
#: Controls that are no white space, what shows nothing, and the marks that turn the direction of writing (they disguise
#: texts).
_CONTROL = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)

_EMPTY_LINES = re.compile("\n{3,}")


class NotJson(ValueError):
    """The text is not JSON. ``line`` and ``column`` count from 1."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


class TooDeep(ValueError):
    """JSON, as far as one can tell, but nested deeper than ``MAX_DEPTH``."""


def load(text: str) -> JSON:
    """Reads JSON from anybody: halves of characters become U+FFFD, numbers beyond all sense stay text.

    NaN and Infinity, which some senders write, are taken as text. Raises NotJson and TooDeep, nothing else.
    """
    try:
        value = json.loads(
            text.removeprefix("\ufeff"), parse_int=_int, parse_float=_float, parse_constant=lambda word: word
        )
        return _whole(value, 0)
    except RecursionError:
        raise TooDeep(f"nested deeper than {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        raise NotJson(error.msg, error.lineno, error.colno) from None


def dump(value: JSON) -> str:
    """Compact JSON with sorted keys: the same text for the same value, however it was written."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def encoded(value: JSON) -> int:
    """How many bytes a value takes on the queue, where all JSON is ASCII."""
    return len(json.dumps(value, separators=(",", ":")))


def whole(text: str) -> str:
    """``text`` without halves of surrogate pairs, which no store takes."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def one_line(text: str, most: int = 1024) -> str:
    """``text`` on one line without controls, at most ``most`` characters; a cut ends in an ellipsis."""
    # Only the head can matter, and white space is at most what is folded away.
    return _cut_short(" ".join(_visible(text[: most * 8]).split()), most)


def lines(text: str, most: int) -> str:
    """As ``one_line``, with the line breaks that it has; none at its ends, and at most one empty line after another."""
    kept = "\n".join(" ".join(line.split()) for line in _visible(text[: most * 8]).splitlines())
    return _cut_short(_EMPTY_LINES.sub("\n\n", kept).strip(), most)


def _visible(text: str) -> str:
    return _CONTROL.sub("", _TERMINAL_COLOUR.sub("", whole(text)))


def _cut_short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def cut(text: str, most: int, most_encoded: int | None = None) -> str:
    """``text`` in at most ``most`` bytes of UTF-8 and ``most_encoded`` on the queue; a cut is marked."""
    text = whole(text)
    data = text.encode()
    if len(data) <= most and (most_encoded is None or encoded(text) <= most_encoded):
        return text
    mark = f"\n… (cut: the whole has {len(text)} characters)"
    kept = data[: max(0, most - len(mark.encode()))].decode(errors="ignore")
    if most_encoded is not None:
        limit = max(0, most_encoded - encoded(mark))
        while kept and (size := encoded(kept)) > limit:
            kept = kept[: min(len(kept) - 1, len(kept) * limit // size)]
    return kept + mark


def _int(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MAX_DIGITS else digits


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _whole(value: JSON, depth: int) -> JSON:
    if isinstance(value, str):
        return whole(value)
    if not isinstance(value, (dict, list)):
        return value
    if depth == MAX_DEPTH:
        raise TooDeep(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, list):
        return [_whole(one, depth + 1) for one in value]
    return {whole(name): _whole(one, depth + 1) for name, one in value.items()}

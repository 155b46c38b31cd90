"""What a sender wrote, made safe to show: one line, nothing hidden in it, nothing in it that a phone makes
tappable.

Alert text is hostile until shown otherwise: anybody who can raise an alert can put words on a phone at night.
"""

from __future__ import annotations

import re
import unicodedata

#: Characters that show nothing (or change how their neighbour shows) though Unicode does not class them as
#: format.
_HIDDEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
#: More marks on one letter than any language writes are there to climb over the neighbours, or to make
#: sorting slow.
_MOST_MARKS = 4
#: Visible characters that are read at all; no message has room for more.
_MOST = 8_000


def one_line(text: str) -> str:
    """The text as one line of visible characters: NFKC, blanks joined, controls to blanks.

    NULs, zero-width and direction marks, lone surrogates and private characters are left out, and whatever
    stands after 8,000 visible ones.
    """
    kept: list[str] = []
    marks = 0
    for char in text:
        if len(kept) == _MOST:
            break
        kind = "" if "!" <= char <= "~" else unicodedata.category(char)
        if kind in ("Mn", "Me"):
            marks += 1
            if marks <= _MOST_MARKS and not _hidden(char):
                kept.append(char)
            continue
        marks = 0
        if kind in ("Cf", "Cs", "Co") or char == "\0" or _hidden(char):
            continue
        blank = kind in ("Cc", "Zs", "Zl", "Zp")
        if not blank:
            kept.append(char)
        elif kept and kept[-1] != " ":
            kept.append(" ")
    return " ".join(unicodedata.normalize("NFKC", "".join(kept)).split())


def _hidden(char: str) -> bool:
    return char in _HIDDEN or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


_SCHEME = re.compile(r"(?:\b(https?))?:/{2,}", re.IGNORECASE)
_OPAQUE = re.compile(r"\b(mailto|tel|smsto|sms|callto|facetime):(?=\S)", re.IGNORECASE)
# A dot that could stand before a top-level domain: two word characters follow, and it is not a decimal point.
_HOST_DOT = re.compile(r"(?<=[^\s./\\'\"(\[,;=])\.(?=\w\w)(?!(?<=\d\.)\d)")
_WIDE_DOT = re.compile(r"(?<=[A-Za-z0-9-])。(?=[A-Za-z]{2})")
_ADDRESS_DOT = re.compile(r"(?<=\d)\.(\d{1,3})\.(\d{1,3})\.(?=\d)")


def defang(text: str, dot: str = "(.)") -> str:
    """Text in which no phone and no mail program finds an address to make tappable; a person still reads it.

    ``https://db.example.com/x`` becomes ``db(.)example(.)com/x``, ``10.0.0.1`` becomes ``10.0.0(.)1``;
    decimals and most version numbers stay. ``dot`` is what takes a host's dot's place.
    """
    text = _SCHEME.sub(lambda found: "" if found[1] else ":", text)
    text = _OPAQUE.sub(r"\1: ", text)
    text = _WIDE_DOT.sub(dot, _HOST_DOT.sub(dot, text))
    return _ADDRESS_DOT.sub(rf".\1.\2{dot}", text)


def cut(text: str, room: int) -> str:
    """At most ``room`` characters; what had to be cut ends in "..."."""
    if len(text) <= room:
        return text
    return text[: room - 3].rstrip() + "..." if room > 3 else text[: max(room, 0)]

"""Text that other people wrote, made fit to stand in a line."""

from __future__ import annotations

from unicodedata import category

#: What turns the direction of the text around it (Unicode, UAX 9): a name must not change how the rest is read.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
#: Control characters, halves of surrogate pairs, and what separates lines or paragraphs.
_BREAKING = frozenset(("Cc", "Cs", "Zl", "Zp"))


def one_line(text: str, longest: int) -> str:
    """The text in one line of at most `longest` characters ("…" stands for what was cut): what breaks a line is a
    space, what turns its direction is gone, and spaces are single."""
    # Far more is cut at once: no more is looked at than could be kept.
    kept = (
        " " if category(character) in _BREAKING else character
        for character in text[: 4 * longest]
        if character not in _TURNING
    )
    line = " ".join("".join(kept).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"

"""The 7-bit alphabet of SMS (GSM 03.38) and its lengths.

One character outside of it turns a whole message into 16-bit characters: 70 to a part instead of 160, at more
than double the price. So nothing outside of it is ever sent.
"""

from __future__ import annotations

from tocsin.paging.plain import one_line

#: Septets in one part (3GPP TS 23.040: 140 octets).
ONE_PART = 160

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: These stand in the extension table: an escape and the character, two septets.
_EXTENDED = frozenset("\f^{}\\[~]|€")
#: What transliteration yields and the alphabet does not have.
_INSTEAD = {"`": "'"}


def to_gsm(text: str) -> str:
    """The text in GSM characters on one line; others are spelled in it: ``ã`` as ``a``, 🔥 as ``:fire:``."""
    line = one_line(text)
    if all(char in _BASIC or char in _EXTENDED for char in line):
        return line
    from anyascii import anyascii  # its tables are only read when there is something to transliterate

    latin = "".join(
        char if char in _BASIC or char in _EXTENDED else _INSTEAD.get(char) or anyascii(char) for char in line
    )
    return " ".join("".join(_INSTEAD.get(char, char) for char in latin).split())


def septets(text: str) -> int:
    """How many septets the text takes. Raises ValueError for a character that GSM 03.38 does not have."""
    total = 0
    for char in text:
        if char in _BASIC:
            total += 1
        elif char in _EXTENDED:
            total += 2
        else:
            raise ValueError(
                f"U+{ord(char):04X} is not a GSM 7-bit character; pass the text through to_gsm first"
            )
    return total


def fit(text: str, room: int) -> str:
    """GSM text in at most ``room`` septets; what had to be cut ends in "..." (where three dots have room)."""
    room = max(room, 0)
    if septets(text) <= room:
        return text
    dots = "..." if room > 3 else ""
    left, end = room - len(dots), 0
    while (left := left - (1 if text[end] in _BASIC else 2)) >= 0:
        end += 1
    return text[:end].rstrip() + dots

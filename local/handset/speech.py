"""What a voice makes of a text: SSML without its marks, and how long saying it takes."""

from __future__ import annotations

import re
from xml.etree import ElementTree

#: Words a second of an unhurried voice.
WORDS_A_SECOND = 2.5


def spoken(ssml: str) -> str:
    """The words of an SSML document.

    Raises:
        ValueError: it is not well-formed, has a doctype, or its root is not ``speak``.
    """
    if "<!" in ssml:
        raise ValueError("SSML takes no doctype, comment or CDATA section")
    try:
        # Without a doctype there are no entities, and with them none of XML's traps.
        root = ElementTree.fromstring(ssml)  # noqa: S314
    except ElementTree.ParseError as error:
        raise ValueError(f"SSML is not well-formed: {error}") from error
    if root.tag.rpartition("}")[2] != "speak":
        raise ValueError("SSML begins with <speak>")
    return re.sub(r"\s+", " ", "".join(_words(root))).strip()


def seconds_to_say(text: str) -> float:
    """About how long a voice needs; never less than two seconds."""
    return max(2.0, len(text.split()) / WORDS_A_SECOND)


def _words(element: ElementTree.Element) -> list[str]:
    parts = [element.text or ""]
    for child in element:
        tag = child.tag.rpartition("}")[2]
        parts.append(" " if tag in ("break", "p", "s") else "")
        parts.extend(_words(child))
        parts.append(" " if tag in ("p", "s") else "")
        parts.append(child.tail or "")
    return parts

"""What a chat remembers, the same for every vendor: its channels, and messages as people see them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Style = Literal["", "bold", "italic", "strike", "code", "mention", "emoji"]


@dataclass(frozen=True, slots=True)
class Span:
    """Some words and what the vendor's markup makes of them; ``href`` where they can be tapped.

    ``moment``: an instant (aware) that is shown on the reader's own clock instead.
    """

    text: str
    style: Style = ""
    href: str = ""
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """``id`` names it within its message; ``style``: "primary", "danger" or ""; with ``href`` it opens that."""

    id: str
    label: str
    style: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A heading, a text, a note in small print (one text each), facts (one for each), or buttons."""

    kind: Literal["heading", "text", "note", "facts", "buttons"]
    texts: tuple[tuple[Span, ...], ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Parts that belong together, beside a line of the colour ``tone`` ("#rrggbb") where they have one."""

    parts: tuple[Part, ...]
    tone: str = ""


@dataclass(slots=True)
class Channel:
    """``id`` is the vendor's; ``user`` whose direct messages it holds, None for a channel of many."""

    id: str
    vendor: str
    name: str
    user: str | None = None


@dataclass(slots=True)
class Message:
    """``provider_id`` is the vendor's, ``author`` the user who wrote it, None for the app.

    ``thread``: the provider's id of the message that it stands under, or answers; ``only_for``: the user who alone
    sees it.
    """

    id: str
    vendor: str
    channel: str
    provider_id: str
    author: str | None
    sections: tuple[Section, ...]
    at: datetime
    thread: str = ""
    only_for: str | None = None
    edited_at: datetime | None = None


@dataclass(slots=True)
class Service:
    """A vendor as the page knows it; ``refuses`` one of ``kinds`` (labels by name), for ``refusals_left`` requests or
    all; ``command`` what people type before a question, such as "/tocsin"; empty where any message may be one.

    ``threads``: what answers a message stands under it; False: in its own place, with a line of what it answers.
    """

    name: str
    label: str
    command: str
    kinds: dict[str, str]
    refuses: str | None = None
    refusals_left: int | None = None
    threads: bool = True


def words(sections: tuple[Section, ...]) -> str:
    """Everything that is written in them, a text to a line."""
    return "\n".join(_texts(sections))


def _texts(sections: tuple[Section, ...]) -> Iterator[str]:
    for section in sections:
        for part in section.parts:
            yield from ("".join(span.text for span in text) for text in part.texts)
            if part.buttons:
                yield " ".join(f"[{button.label}]" for button in part.buttons)


def said(text: str) -> tuple[Section, ...]:
    """A person's own words."""
    return (Section((Part("text", ((Span(text),),)),)),)


#: The incident's version, which ends what our buttons carry: the same button of a newer card is the same button.
_VERSION = re.compile(r":\d+$")


def button_id(label: str, carries: str) -> str:
    """By what stands on a button and what it carries, as a client knows it: never by its place, where another one may
    stand when it is pressed."""
    return hashlib.sha256(f"{label}\n{_VERSION.sub('', carries)}".encode()).hexdigest()[:12]

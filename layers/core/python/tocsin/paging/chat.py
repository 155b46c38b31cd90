"""An incident as a chat shows it, and what people say there: the same for every vendor.

What a card holds is plain: single lines, without anything that could be tapped, but still somebody's words. A channel
escapes them for its own markup. What comes in is what a vendor's signature vouches for; who that is among the users,
and whether they may, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.paging.plain import cut, one_line


class Forged(Exception):
    """A request whose signature is missing, wrong or too old: says which, never the secret. Nothing of it is read."""


class NoKeys(Exception):
    """A vendor's keys could not be had: nothing can be said of the request, and it should come again (HTTP 503)."""


@dataclass(frozen=True, slots=True)
class Button:
    """One thing a reader can do: ``action`` is a command's word ("acknowledge"), ``label`` what stands on it."""

    action: str
    label: str


@dataclass(frozen=True, slots=True)
class Card:
    """An incident as it stands at ``version``. ``opened_at`` is aware; ``count`` is how often its alert came.

    ``line`` is what happened last, in words ("Acknowledged by Ana Souza (SMS)"); ``link`` and ``runbook`` are
    https addresses or empty; ``state`` and ``urgency`` are the words of their enums.
    """

    number: int
    version: int
    service: str
    title: str
    state: str
    urgency: str
    severity: str
    count: int
    opened_at: datetime
    line: str = ""
    link: str = ""
    runbook: str = ""
    buttons: tuple[Button, ...] = ()


def button_value(card: Card, button: Button) -> str:
    """What a button carries back, at most 40 characters: a button acts once for every time the card was seen."""
    return f"{button.action}:{card.number}:{card.version}"


def read_button(value: str) -> tuple[str, int, int] | None:
    """Action, incident and version of a button's value; None for anything that no button of ours carries."""
    action, _, rest = value.partition(":")
    number, _, version = rest.partition(":")
    plain = action.isascii() and action.replace("_", "").isalpha() and len(action) <= 20
    if not plain or not _is_number(number) or not _is_number(version):
        return None
    return action, int(number), int(version)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever the vendor says it was: ``id`` is the vendor's own and never changes, ``name`` only to be shown."""

    vendor: str
    id: str
    name: str = ""

    def shown(self) -> str:
        return cut(one_line(self.name), 80) or self.id


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed. ``id`` names the press for ever, ``message`` the message it stands on (the provider's id),
    ``reply_to`` whatever the vendor needs for a word to the presser alone."""

    id: str
    person: Person
    action: str
    number: int
    version: int
    message: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody wrote a command (``/tocsin ack 1042``): ``text`` without the command's own name.

    ``channel`` is where, as the ``to`` of a message; ``thread`` the message it was written under, by the provider's id.
    """

    id: str
    person: Person
    text: str
    channel: str = ""
    reply_to: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Spoke:
    """Somebody wrote under a message of ours: ``thread`` is that message, by the provider's id."""

    id: str
    person: Person
    text: str
    thread: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Challenge:
    """The vendor asks whether this address is ours: ``body`` is the answer it wants to see."""

    body: str
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Genuine, but nothing to act on: ``reason`` for the log."""

    reason: str


Came = Pressed | Asked | Spoke | Challenge | Ignored

#: Header names in lower case.
Headers = Mapping[str, str]

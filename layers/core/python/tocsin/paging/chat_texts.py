"""What Tocsin says in a chat to whoever pressed or asked, and to nobody else. Plain words; a channel escapes them."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.incidents.incident import Incident
from tocsin.paging.chat import Person
from tocsin.paging.plain import cut, one_line

_VENDORS = {"slack": "Slack", "telegram": "Telegram", "teams": "Teams"}


def stranger(person: Person) -> str:
    """To somebody whom the configuration does not know: how that is mended."""
    vendor = _VENDORS.get(person.vendor, person.vendor)
    return (
        f"Tocsin does not know who you are, so nothing was changed. Your {vendor} id is {person.id}: "
        f"write chat: {{{person.vendor}: {person.id}}} beside your name in tocsin.yaml, and apply it."
    )


#: How a command is written where a vendor's messages under a card are notes.
_COMMAND = {"slack": "/tocsin ", "telegram": "/", "teams": "@Tocsin "}


def only_noted(name: str, vendor: str, number: int, word: str) -> str:
    """To somebody who wrote nothing but a command's word under a card."""
    how = f"{_COMMAND.get(vendor, '')}{word} {number}"
    return (
        f"{name}: what you wrote was kept as a note, and nothing else was changed. Press the button of the "
        f"card, or write {how}."
    )


def old_button() -> str:
    return "This version of Tocsin does not know that button. Nothing was changed."


def no_incident(number: int) -> str:
    return f"There is no incident #{number}. Nothing was changed."


def refused(number: int, why: str) -> str:
    return f"#{number} was not changed: {why}."


def usage() -> str:
    """How commands are written."""
    return (
        "Write what to do and the incident's number: ack 1042, res 1042, esc 1042, snooze 1042 2h, unack 1042, "
        "keep 1042, note 1042 what you see.\nopen: what is open now. oncall: who is on call now."
    )


def which(found: Sequence[Incident]) -> str:
    """A command came without a number."""
    return f"Which one? Nothing was changed.\n{listed(found)}"


def listed(found: Sequence[Incident]) -> str:
    """The open incidents, a line each."""
    if not found:
        return "Nothing is open."
    return "\n".join(
        f"#{one.number} {one.state.value}, {one.service}: {cut(one_line(one.title), 120)}" for one in found
    )


def on_call(found: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Who is on call, a schedule a line."""
    if not found:
        return "There is no schedule."
    return "\n".join(f"{schedule}: {', '.join(names) or 'nobody'}" for schedule, names in found)

"""What a text message, or a key, means. The grammar (any case; quotes and full stops around it aside):

========================================  =============================================================
``ack 1042``, ``#1042 ack``, ``ack1042``  acknowledge the incident with that number; ``res`` resolves it
``1a``, ``1 a``, ``1a ack``, ``ack 1a``   acknowledge what this phone knows by the code 1; ``1r`` resolves it
``ack``, ``a``, ``res``, ``r``            the message being answered, or the only one that is open
``STOP`` and its family, ``START``        opting out and in again
``HELP``, ``?``                           how to answer
========================================  =============================================================

A word goes with an incident's number, a letter with a code. ``#`` always marks an incident's number, so
``a #1042`` is one too; ``a1`` and ``a 1042`` are not read: they could mean either, and a wrong resolve
silences a page. ``ok``, and a question mark after a command, are not read either: nobody takes an incident by
being polite, or by asking. Only the first line that is not a quotation counts.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a person asks for. Escalate and repeat only come by key."""

    ACK = "ack"
    RESOLVE = "resolve"
    ESCALATE = "escalate"
    REPEAT = "repeat"
    STOP = "stop"
    START = "start"
    HELP = "help"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ACK and RESOLVE name an incident by ``number`` or by this phone's ``code``, or by neither (a
    bare word).
    """

    kind: Kind
    number: int | None = None
    code: int | None = None


_WORDS = {
    Kind.ACK: r"acks?|acked|acking|acknowledged?|acknowledges|acknowledging|acknowlege|aknowledge",
    Kind.RESOLVE: r"res|resolved?|resolves|resolving",
}
_LETTERS = {Kind.ACK: "a", Kind.RESOLVE: "r"}
# Twelve digits are more than any number there will be, and few enough for int() to be cheap.
_NUMBER = r"(?P<number>\d{1,12})"
_MARKED = rf"(?:(?:inc|incident)[ -]?)?#?{_NUMBER}"
_POLITE = r"(?:[ ,.!]+(?:please|pls|thanks|thank you|thx))?"

#: End User Messaging takes a whole message of these as an opt-out (on US toll-free numbers the carrier: STOP
#: alone).
STOP_WORDS = frozenset(
    [
        "stop",
        "stopall",
        "stop all",
        "arret",
        "cancel",
        "end",
        "opt-out",
        "optout",
        "opt out",
        "quit",
        "remove",
        "td",
        "unsubscribe",
    ]
)
START_WORDS = frozenset(["start", "unstop"])
HELP_WORDS = frozenset(["help", "info", "?"])
# What begins with these is answered (STOP: opted out) by the service itself, whatever follows.
_STOP_FIRST = re.compile(r"(?:stop|stopall|unsubscribe)\b", re.IGNORECASE)
_HELP_FIRST = re.compile(r"help\b", re.IGNORECASE)

_COMMANDS: list[tuple[Kind, re.Pattern[str]]] = [
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, words in _WORDS.items()
    for letter in [_LETTERS[kind]]
    for pattern in (
        rf"#?(?:{words})[ :.-]*{_MARKED}{_POLITE}",
        rf"{_MARKED}[ :.-]*#?(?:{words}){_POLITE}",
        rf"{letter} ?#{_NUMBER}",
        rf"#{_NUMBER} ?{letter}",
        rf"(?P<code>\d{{1,12}}) ?{letter}(?: ?=? ?(?:{words}))?{_POLITE}",
        rf"(?:{words})[ :.-]*(?P<code>\d{{1,12}}) ?{letter}{_POLITE}",
        rf"(?:#?(?:{words})|{letter}){_POLITE}",
    )
]
_QUOTES = "'\"\u201c\u201d\u201e\u2018\u2019\u201a`\u00ab\u00bb<>()[]*_ "
_PUNCTUATION = ".,;:!"
_LITERALLY = re.compile(r"^reply[ :]+", re.IGNORECASE)


def read(body: str) -> Reply:
    """The meaning of a text message. Never raises; what the grammar does not know is UNKNOWN."""
    line = _first_line(body)
    words = line.rstrip("?").strip(_QUOTES + _PUNCTUATION).lower()
    if words in STOP_WORDS or _STOP_FIRST.match(words):
        return Reply(Kind.STOP)
    if words in START_WORDS:
        return Reply(Kind.START)
    if words in HELP_WORDS or _HELP_FIRST.match(words) or (not words and "?" in line):
        return Reply(Kind.HELP)
    command = _LITERALLY.sub("", line.strip(_QUOTES + _PUNCTUATION), count=1)
    for kind, pattern in _COMMANDS:
        found = pattern.fullmatch(command)
        if found:
            named = found.groupdict()
            number, code = named.get("number"), named.get("code")
            if (number or code) and not int(number or code or 0):
                return Reply(Kind.UNKNOWN)
            return Reply(kind, int(number) if number else None, int(code) if code else None)
    return Reply(Kind.UNKNOWN)


def _first_line(body: str) -> str:
    """The first line with words of the person's own; control characters and format marks aside."""
    for raw in body.splitlines():
        line = unicodedata.normalize("NFKC", raw[:400])
        line = "".join(
            char for char in line if char == "\t" or unicodedata.category(char) not in ("Cf", "Cc")
        )
        line = " ".join(line.split())
        if line and not line.startswith(">"):
            return line
    return ""


_KEYS = {"4": Kind.ACK, "6": Kind.RESOLVE, "9": Kind.ESCALATE, "*": Kind.REPEAT}


def pressed(digit: str) -> Reply:
    """The meaning of a key on a call: 4, 6, 9, star; any other is UNKNOWN. Which incident it is, the call
    knows.
    """
    return Reply(_KEYS.get(digit, Kind.UNKNOWN))

"""What a text message, or a key, means. The grammar is written down, rule by rule, in ``docs/answers.md``.

========================================  =============================================================
``ack 1042``, ``#1042 ack``, ``ack1042``  a word names an incident by its number
``1a``, ``1 a``, ``1a ack``, ``ack 1a``   a letter, by the code that this phone knows it by
``a #1042``, ``#1042 a``                  a letter and a number: only with ``#``
``ack``, ``a``, ``res``, ``r``, ``keep``  the message being answered, or the only one that is open
``1s 30m``, ``snooze 1042 2h``            how long; an hour where nothing is said
``1 note …``, ``note 1042 …``             the text keeps its case
``ack all``, ``aa``                       all that this phone was paged for
``STOP`` and its family, ``START``        opting out and in again
``HELP``, ``?``                           how to answer
========================================  =============================================================

A wrong resolve silences a page. So ``a1`` and ``a 1042``, which could mean either, are not read; nor are ``ok``, and
a question mark after a command: nobody takes an incident by being polite, or by asking; nor is ``res all``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tocsin.paging.grammar import (
    ALL,
    COMMANDS,
    HELP_WORDS,
    LETTERS,
    NOTES,
    START_WORDS,
    STOP_WORDS,
    WORDS,
    Kind,
)
from tocsin.paging.plain import cut, one_line

__all__ = ["STOP_WORDS", "Kind", "Reply", "pressed", "read"]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. Commands name an incident by ``number`` or by this phone's ``code``, or by neither (a bare word; a
    note always names one).

    ``span`` is a snooze's, always set there, and of UNKNOWN that of a snooze which is too short or too long; ``text`` a
    note's, one line of 1 to 1,600 characters, as it was written.
    ``all``: an ACK of everything open that this phone was paged for; then there is neither number nor code.
    """

    kind: Kind
    number: int | None = None
    code: int | None = None
    span: timedelta | None = None
    text: str = ""
    all: bool = False


#: How long a snooze lasts.
SNOOZE, SHORTEST_SNOOZE, LONGEST_SNOOZE = timedelta(hours=1), timedelta(minutes=1), timedelta(days=7)
#: Characters of one message that are read: a message has no more (``MessageBody`` of End User Messaging).
LONGEST = 1_600

# Incidents begin at 1001, so that fewer digits can only be a phone's code.
_FEWEST_DIGITS = 4

# What begins with these is answered (STOP: opted out) by the service itself, whatever follows.
_STOP_FIRST = re.compile(r"(?:stop|stopall|unsubscribe)\b")
_HELP_FIRST = re.compile(r"help\b")

_QUOTES = "'\"\u201c\u201d\u201e\u2018\u2019\u201a`\u00ab\u00bb<>()[]*_ "
_PAIRS = frozenset(
    ["''", '""', "``", "<>", "()", "[]", "**", "__", "«»", "»«", "“”", "„“", "„”", "‘’", "‚‘", "‚’"]
)
_PUNCTUATION = ".,;:!"
_LITERALLY = re.compile(r"^reply[ :]+", re.IGNORECASE)
#: A Turkish keyboard's two letters i, which Unicode folds otherwise than people type.
_DOTS = str.maketrans({"\u0131": "i", "\u0130": "I"})


def read(body: str) -> Reply:
    """The meaning of a text message. Never raises; what the grammar does not know is UNKNOWN."""
    lines = body.splitlines()
    at, line = _first_line(lines)
    command = line.translate(_DOTS).strip(_QUOTES + _PUNCTUATION)
    words = command.rstrip(_QUOTES + _PUNCTUATION + "?").lower()
    if words in STOP_WORDS or _STOP_FIRST.match(words):
        return Reply(Kind.STOP)
    if words in START_WORDS:
        return Reply(Kind.START)
    if words in HELP_WORDS or _HELP_FIRST.match(words) or (not words and "?" in line):
        return Reply(Kind.HELP)
    reply = None
    if line and len(lines[at].strip()) <= LONGEST:
        reply = _command(_LITERALLY.sub("", command, count=1)) or _note(lines[at:])
    return reply or Reply(Kind.UNKNOWN)


def _clean(raw: str) -> str:
    """A line without control characters and format marks, its blanks joined."""
    line = unicodedata.normalize("NFKC", raw.strip()[:LONGEST])
    line = "".join(char for char in line if char == "\t" or unicodedata.category(char) not in ("Cf", "Cc"))
    return " ".join(line.split())


def _first_line(lines: Sequence[str]) -> tuple[int, str]:
    """The first line with words of the person's own, and where it stands."""
    for at, raw in enumerate(lines):
        line = _clean(raw)
        if line and not line.startswith(">"):
            return at, line
    return len(lines), ""


def _command(line: str) -> Reply | None:
    if ALL.fullmatch(line):
        return Reply(Kind.ACK, all=True)
    outside = None
    for pattern in COMMANDS:
        found = pattern.fullmatch(line)
        reply = _reading(found.groupdict()) if found else None
        if reply and reply.kind is not Kind.UNKNOWN:
            return reply
        outside = outside or reply
    return outside


def _reading(named: Mapping[str, str | None]) -> Reply | None:
    """The command of a line's parts; None where they do not agree, or name nothing."""
    word, letter = (named.get("word") or "").lower(), (named.get("letter") or "").lower()
    number, code, span = _number(named.get("number")), _number(named.get("code")), _length(named.get("span"))
    kind = WORDS[word] if word else LETTERS[letter]
    if (word and letter and LETTERS[letter] is not kind) or 0 in (number, code):
        return None
    if kind is not Kind.SNOOZE:
        return Reply(kind, number, code) if span is None else None
    span = SNOOZE if span is None else span
    if SHORTEST_SNOOZE <= span <= LONGEST_SNOOZE:
        return Reply(kind, number, code, span)
    return Reply(Kind.UNKNOWN, span=span)


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None


_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


def _length(span: str | None) -> timedelta | None:
    if not span:
        return None
    parts = re.findall(r"(\d+) ?([dhm])", span.lower())
    return sum((int(count) * _UNITS[unit] for count, unit in parts), timedelta())


def _note(lines: Sequence[str]) -> Reply | None:
    """A note, which goes on over the following lines, up to a quotation or a signature."""
    own: list[str] = []
    room = LONGEST
    for raw in lines:
        line = _clean(raw)
        if room < 0 or line == "--" or line.startswith(">"):
            break
        own.append(raw.strip()[: LONGEST + 1])
        room -= len(own[-1]) + 1
    line = _LITERALLY.sub("", _unwrapped(one_line("\n".join(own))).lstrip(_QUOTES + _PUNCTUATION), count=1)
    for pattern in NOTES:
        found = pattern.fullmatch(line)
        if found:
            return _note_of(found.groupdict())
    return None


def _note_of(named: Mapping[str, str | None]) -> Reply | None:
    text, digits = cut(named["text"] or "", LONGEST), named["number"] or ""
    number = int(digits)
    if not number or not any(map(str.isalnum, text)):
        return None
    if named["mark"] or len(digits) >= _FEWEST_DIGITS:
        return Reply(Kind.NOTE, number=number, text=text)
    return Reply(Kind.NOTE, code=number, text=text)


def _unwrapped(text: str) -> str:
    """The text without the marks that stand around all of it."""
    while len(text) > 1 and text[0] + text[-1] in _PAIRS:
        text = text[1:-1].strip()
    return text


_KEYS = {"4": Kind.ACK, "6": Kind.RESOLVE, "9": Kind.ESCALATE, "*": Kind.REPEAT}


def pressed(digit: str) -> Reply:
    """The meaning of a key on a call: 4, 6, 9, star; any other is UNKNOWN. Which incident it is, the call
    knows.
    """
    return Reply(_KEYS.get(digit, Kind.UNKNOWN))

"""The words and the forms of text messages, as ``docs/answers.md`` has them: what ``replies`` reads by.

Every pattern stands for a whole line, and takes time in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What a person asks for. Repeat only comes by key."""

    ACK = "ack"
    RESOLVE = "resolve"
    ESCALATE = "escalate"
    KEEP = "keep"
    SNOOZE = "snooze"
    UNACK = "unack"
    ACCEPT = "accept"
    DECLINE = "decline"
    NOTE = "note"
    REPEAT = "repeat"
    STOP = "stop"
    START = "start"
    HELP = "help"
    UNKNOWN = "unknown"


#: The words of the commands, in lower case. None may be, or begin with, a word of an opt-out or of HELP.
WORDS: Mapping[str, Kind] = MappingProxyType(
    {
        "ack": Kind.ACK,
        "acks": Kind.ACK,
        "acked": Kind.ACK,
        "acking": Kind.ACK,
        "acknowledge": Kind.ACK,
        "acknowledges": Kind.ACK,
        "acknowledged": Kind.ACK,
        "acknowledging": Kind.ACK,
        "acknowlege": Kind.ACK,
        "aknowledge": Kind.ACK,
        "res": Kind.RESOLVE,
        "resolve": Kind.RESOLVE,
        "resolves": Kind.RESOLVE,
        "resolved": Kind.RESOLVE,
        "resolving": Kind.RESOLVE,
        "esc": Kind.ESCALATE,
        "escalate": Kind.ESCALATE,
        "keep": Kind.KEEP,
        "snooze": Kind.SNOOZE,
        "unack": Kind.UNACK,
        "unacknowledge": Kind.UNACK,
        "accept": Kind.ACCEPT,
        "decline": Kind.DECLINE,
    }
)
#: A command's letter, which goes with a code.
LETTERS: Mapping[str, Kind] = MappingProxyType(
    {
        "a": Kind.ACK,
        "r": Kind.RESOLVE,
        "e": Kind.ESCALATE,
        "k": Kind.KEEP,
        "s": Kind.SNOOZE,
        "u": Kind.UNACK,
        "y": Kind.ACCEPT,
        "n": Kind.DECLINE,
    }
)

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

# Twelve digits are more than any number there will be, and few enough for int() to be cheap.
_NUMBER = r"(?P<number>\d{1,12})"
_MARKED = rf"(?P<mark>(?:(?:inc|incident)[ -]?)?#?){_NUMBER}"
_CODE = r"(?P<code>\d{1,12})"
_WORD = rf"(?P<word>{'|'.join(WORDS)})"
_LETTER = rf"(?P<letter>[{''.join(LETTERS)}])"
_GAP = "[ :.-]*"
_POLITE = r"(?:[ ,.!]+(?:please|pls|thanks|thank you|thx))?"
_SPAN = (
    r"(?P<span>(?=\d)(?:\d{1,5} ?d(?:ays?)?)?"
    r"(?: ?\d{1,5} ?h(?:(?:ou)?rs?)?)?"
    r"(?: ?\d{1,5} ?m(?:in(?:ute)?s?)?)?)"
)
_ENDS = rf"(?:[ ,:]*(?:for )?{_SPAN})?{_POLITE}"
# After a number something has to part it from the digits of a duration.
_NUMBER_ENDS = rf"(?:[ ,:]+(?:for )?{_SPAN})?{_POLITE}"

#: The forms of a command but a note, with the groups word, letter, mark, number, code and span, each where it has one.
COMMANDS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"#?{_WORD}{_GAP}{_MARKED}{_NUMBER_ENDS}",
        rf"{_MARKED}{_GAP}#?{_WORD}{_ENDS}",
        rf"{_LETTER} ?#{_NUMBER}{_NUMBER_ENDS}",
        rf"#{_NUMBER} ?{_LETTER}{_ENDS}",
        rf"{_CODE} ?{_LETTER}(?: ?=? ?{_WORD})?{_ENDS}",
        rf"{_WORD}{_GAP}{_CODE} ?{_LETTER}{_ENDS}",
        rf"#?{_WORD}{_ENDS}",
        rf"(?P<letter>[ar]){_POLITE}",
    )
]
#: An ack of everything.
ALL = re.compile(
    rf"(?:#?(?:{'|'.join(word for word in WORDS if WORDS[word] is Kind.ACK)}){_GAP}all|aa){_POLITE}",
    re.IGNORECASE,
)
_BEFORE_TEXT = "[:,]?(?: -)? "
#: The forms of a note, with the groups mark, number and text.
NOTES = [
    re.compile(pattern + _BEFORE_TEXT + "(?P<text>.+)", re.IGNORECASE)
    for pattern in (
        rf"#?note{_GAP}{_MARKED}",
        rf"{_MARKED}{_GAP}#?note",
    )
]

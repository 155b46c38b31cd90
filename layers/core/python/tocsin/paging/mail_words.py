"""What a mail says about answering it, and what an answer by mail is told. No line of it is a command when it comes
back.
"""

from __future__ import annotations

from tocsin.paging.plain import cut, defang, one_line

_SUBJECT = 200
_HOW = "#ack (you have it), #res (it is over) or #esc (wake the next person), on a line of its own."
PAGE = f"Or answer this mail with {_HOW}"
ASKED = "Or answer this mail with #accept (you join) or #decline, on a line of its own."
REMINDED = "Or answer this mail with #keep, on a line of its own."
NOT_UNDERSTOOD = f"Not understood, nothing was changed. Write {_HOW}"
WHICH = "Which one? Nothing was changed. Write #ack 1042 or the like, with its number."


def subject(number: int, service: str, title: str) -> str:
    """Of a page: one line of at most 200 characters, which ends with the incident's number."""
    title = cut(defang(one_line(title)), 2 * _SUBJECT) or "(no title)"
    service = cut(defang(one_line(service)), _SUBJECT)
    tag = f" [#{number}]"
    return cut(f"{service}: {title}" if service else title, _SUBJECT - len(tag)) + tag


def answering(subject: str) -> str:
    """The subject of an answer, of at most 200 characters: mail programs show both as one thread."""
    return f"Re: {subject}" if len(subject) + 4 <= _SUBJECT else subject

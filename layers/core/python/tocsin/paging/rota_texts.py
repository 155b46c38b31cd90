"""What a handoff's notice says, and what is said of time on call that somebody gives away.

Times are on the reader's own wall clock, with its offset; a channel's are on the schedule's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.escalation.covering import CoverWord
from tocsin.escalation.handoffs import Word
from tocsin.escalation.model import Book
from tocsin.paging.gsm import fit, to_gsm
from tocsin.paging.plain import cut, defang, one_line

#: Two parts of a text message; a notice says more than a page, and wakes nobody.
_SMS_ROOM = 306
_NAME = 60


def handoff_text(word: Word, book: Book) -> tuple[str, str]:
    """The subject and the text of a handoff's notice."""
    schedule = book.schedules[word.handoff.schedule]
    user = book.users.get(word.user) if word.user is not None else None
    zone = user.timezone if user is not None else schedule.timezone
    name = _plain(schedule.name)
    when = f"at {_at(word.handoff.at, zone)}"
    soon = f"in {_length(word.lead)}, {when}" if word.lead else when
    if word.user is None:
        before, after = (_people(users, book) for users in (word.handoff.before, word.handoff.after))
        subject = f"{name}: {after} on call {f'in {_length(word.lead)}' if word.lead else 'now'}"
        return subject, f"{name}: {after} on call {soon}, after {before}."
    if not word.comes:
        after = _people(word.handoff.after, book)
        verb = "ends" if word.lead else "has ended"
        rest = f"{after} {'follows' if len(word.handoff.after) < 2 else 'follow'}."
        return f"Your time on call for {name} {verb}", f"Your time on call for {name} {verb} {soon}. {rest}"
    until = f", until {_at(word.until, zone)}" if word.until is not None else ""
    others = [one for one in word.handoff.after if one != word.user]
    beside = f" Together with {_people(others, book)}." if others else ""
    if word.lead:
        subject = f"You are on call for {name} in {_length(word.lead)}"
        return subject, f"You are on call for {name} {soon}{until}.{beside}"
    return (
        f"You are on call for {name} now",
        f"You are on call for {name} now, since {_at(word.handoff.at, zone)}{until}.{beside}",
    )


def cover_text(word: CoverWord, book: Book) -> tuple[str, str]:
    """The subject and the text of a notice about time that somebody gives away."""
    cover = word.cover
    schedule = book.schedules[cover.schedule]
    zone = book.users[word.user].timezone
    name, who = _plain(schedule.name), _people([cover.user], book)
    if word.what == "taken" and word.part is not None:
        taker = _people([word.part.user], book)
        text = f"{taker} takes your time on call for {name}: {_span(word.part.start, word.part.end, zone)}."
        if word.open:
            text += f" Still open: {_spans(word.open, zone)}."
        return f"{taker} takes your time on call", text
    if word.what == "expired":
        text = f"Nobody has taken your time on call for {name}: {_spans(word.open, zone)}. It stays yours."
        return "Nobody has taken your time on call", text
    if cover.swap is not None:
        text = (
            f"{who} offers you a swap on {name}: you take {_spans(word.open, zone)}, and they take yours,"
            f" {_span(cover.swap.start, cover.swap.end, zone)}. To take it: tocsin cover take {cover.made.id}"
            f" --user {word.user}"
        )
        return f"{who} offers you a swap", text
    text = (
        f"{who} asks for cover on {name}: {_spans(word.open, zone)}. To take it, or a part of it:"
        f" tocsin cover take {cover.made.id} --user {word.user}"
    )
    return f"{who} asks for cover on {name}", text


def for_channel(via: str, text: str) -> str:
    """The text as a channel carries it."""
    return fit(to_gsm(text), _SMS_ROOM) if via == "sms" else text


def _people(users: Iterable[str], book: Book) -> str:
    names = [_plain(book.users[user].name) if user in book.users else _plain(user) for user in users]
    if not names:
        return "nobody"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _plain(text: str) -> str:
    return cut(defang(one_line(text)), _NAME)


def _at(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a %-d %b %H:%M} ({local.isoformat()[-6:]})"


def _span(start: datetime, end: datetime, zone: str) -> str:
    return f"{_at(start, zone)} to {_at(end, zone)}"


def _spans(spans: Iterable[tuple[datetime, datetime]], zone: str) -> str:
    return "; ".join(_span(start, end, zone) for start, end in spans)


def _length(span: timedelta) -> str:
    """``15 minutes``, ``1 hour``, ``1 day``: the largest unit that is exact."""
    seconds = int(span.total_seconds())
    for word, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds % size == 0:
            number = seconds // size
            return f"{number} {word}" if number == 1 else f"{number} {word}s"
    return f"{seconds} seconds"

"""The tick's notices: handoffs that are due, and what is to be said of time that somebody gives away.

Each tick tells what fell due since the last one, and a minute more: what was changed while it looked is not missed.
Notices have ids, and the page function claims them: what is told again is not sent again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tocsin.config.history import Era, book_with, timeline_of
from tocsin.engine.history import eras_of
from tocsin.engine.ports import Ports
from tocsin.escalation.covering import cover_words
from tocsin.escalation.handoffs import Parts, Timeline, words
from tocsin.escalation.model import Book
from tocsin.oncall.model import Schedule
from tocsin.oncall.timeline import timeline
from tocsin.paging.rota_texts import cover_text, for_channel, handoff_text
from tocsin.store.messages import Notice
from tocsin.store.ports import NoConfiguration

MARK = "handoffs"
#: What is changed while a tick looks counts from a moment before it looked.
OVERLAP = timedelta(minutes=1)
#: Of what fell due longer ago nobody is told: it would only confuse.
STALE = timedelta(hours=1)


def tell(ports: Ports) -> int:
    """Hands on the notices that fell due since the last tick; gives how many. Safe to do again."""
    now = ports.clock.now()
    try:
        revision, config, changes = ports.store.in_force()
    except NoConfiguration:
        return 0
    last = ports.store.mark(MARK)
    since = max(last - OVERLAP, now - STALE) if last is not None else now - OVERLAP
    book = book_with(config, changes)
    notices = [
        _notice(word.id, word.via, word.to, *handoff_text(word, book), word.user or "")
        for word in words(book, since, now, _timeline(ports, revision, book, since, now))
    ]
    for word in cover_words(book, changes, since, now):
        notices.append(_notice(word.id, word.via, word.to, *cover_text(word, book), word.user))
    if notices:
        ports.pages.put(notices)
        ports.metrics.count("HandoffNotices", len(notices))
    ports.store.put_mark(MARK, now)
    return len(notices)


def _notice(id: str, via: str, to: str, subject: str, text: str, user: str) -> Notice:
    return Notice(id, via, to, for_channel(via, text), subject, user=user)


def _timeline(ports: Ports, revision: str, book: Book, since: datetime, now: datetime) -> Timeline:
    """Where an apply lies in the stretch, people before it are those of the revision before.

    So they are where it lies ahead: whoever applied has a clock that is fast. What was applied since ``book`` was read
    is the next tick's.
    """
    applied = [one.revision for one in ports.store.applies(since, now)]
    if applied == [revision]:
        return timeline
    eras = eras_of(ports.store, since, now)
    if revision in applied:
        last = len(applied) - 1 - applied[::-1].index(revision)
        eras[last:] = [Era(eras[last].start, book)]

    def look(schedule: Schedule, start: datetime, end: datetime) -> Parts:
        return timeline_of(eras, schedule.name, start, end)

    return look

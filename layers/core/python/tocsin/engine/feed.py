"""One reading of a calendar elsewhere: what it says is written, or what it said last is kept and the failure told."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from tocsin.engine.ports import ATTEMPTS, Ports, TooBusy
from tocsin.oncall.calendars.reading import FeedError
from tocsin.oncall.changes import Change, Changes, with_each
from tocsin.oncall.feeds import AHEAD, Said, Source, Users, difference, month, said, weight
from tocsin.store.feeds import FeedState
from tocsin.store.ports import AT_ONCE, Conflict, Full

#: A feed that fails for so long raises the alarm, and again each time that so long has passed.
ALARM_AFTER = timedelta(hours=24)
#: A feed that had so many shifts and suddenly has none is not believed for so long.
MANY, DOUBT = 5, timedelta(hours=24)
#: What one feed, and all of them, may take of the room for changes: people keep half of it at least.
ROOM, ROOM_OF_ALL = 2_000, 4_000
#: Writes of one reading: enough to exchange all that a feed may say, and to give way to others.
_WRITES = 3 * ATTEMPTS
#: Rises when feeds come to be read in another way, so that each is read anew.
_READING = "1"


class FetchFailed(Exception):
    """A feed that could not be fetched: says why in a few words, and never its address."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed's content, None for unchanged, and what names that content in the next question; "" for nothing."""

    data: bytes | None
    etag: str = ""
    last_modified: str = ""


#: Fetches an address, unless it is still as the state's ``etag`` or ``last_modified`` say. Raises FetchFailed.
Fetch = Callable[[str, FeedState], Fetched]


class _NotTaken(Exception):
    """A feed that can be read, but is not to be believed, or finds no room: says why."""


class _Emptied(_NotTaken):
    """A feed that has suddenly nothing, since an instant."""

    def __init__(self, since: datetime) -> None:
        until = (since + DOUBT).astimezone(UTC)
        super().__init__(
            "it suddenly has nothing to come, and what it said before is kept;"
            f" it is believed from {until:%Y-%m-%d %H:%M} UTC on"
        )
        self.since = since


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a feed, of which ``state`` is known; its people are those of ``users``."""

    ports: Ports
    source: Source
    state: FeedState
    users: Users

    def run(self, fetch: Fetch) -> FeedState:
        """Fetches the feed, writes what it says, and keeps how it fared, which it gives. Raises what nobody foresaw."""
        question = self._question()
        asked = (
            self.state if self.state.read_as == question else replace(self.state, etag="", last_modified="")
        )
        answered = False
        try:
            found = fetch(self.source.url, asked)
            answered = True
            if found.data is not None:
                after = self._take(found, found.data, question)
            elif asked.etag or asked.last_modified:
                after = self._fine(asked)
            else:
                raise FetchFailed("it answers that it has not changed, and nobody asked")
        except (FetchFailed, FeedError, Full, TooBusy, _NotTaken) as error:
            # What came and was not taken is asked for again, whatever it is called.
            kept = replace(self.state, read_as="") if answered else self.state
            after = self._failed(kept, error)
        except Exception as error:
            unforeseen = FetchFailed(
                f"an unforeseen {type(error).__name__}: look at the feeds function's log"
            )
            self.ports.store.put_feed(
                self.source.name, self._failed(replace(self.state, read_as=""), unforeseen)
            )
            raise
        self.ports.store.put_feed(self.source.name, after)
        return after

    def _question(self) -> str:
        """All that the answer depends on, beside the feed: with another one even what is unchanged is read."""
        source, until = self.source, month(self.ports.clock.now(), AHEAD)
        asked = [_READING, source.url, source.kind, source.zone, until.isoformat(), *self.users.items()]
        return sha256(json.dumps(asked).encode()).hexdigest()[:32]

    def _take(self, found: Fetched, data: bytes, question: str) -> FeedState:
        what = said(self.source, data, self.users, self.ports.clock.now())
        self._believe(what)
        # Should this end half way, what was taken over before is not what holds any more.
        self.ports.store.put_feed(self.source.name, replace(self.state, read_as=""))
        write(self.ports, self.source.by, what.rows)
        after = replace(self.state, etag=found.etag, last_modified=found.last_modified, read_as=question)
        return self._fine(replace(after, shifts=what.shifts, problems=what.problems))

    def _believe(self, what: Said) -> None:
        if what.rows or self.state.shifts < MANY:
            return
        now = self.ports.clock.now()
        coming, _ = difference(self.ports.store.changes().rows, self.source.by, (), now)
        since = self.state.empty_since or now
        if coming and now - since < DOUBT:
            raise _Emptied(since)
        if coming:
            self._alarm("has had nothing to come for a day: what it said before is taken back")

    def _fine(self, state: FeedState) -> FeedState:
        now = self.ports.clock.now()
        after = FeedState(now, now, state.etag, state.last_modified, state.read_as, state.shifts)
        return replace(after, problems=state.problems)

    def _failed(self, state: FeedState, error: Exception) -> FeedState:
        now = self.ports.clock.now()
        since = state.failing_since or now
        alarmed_at = state.alarmed_at
        if now - (alarmed_at or since) >= ALARM_AFTER:
            self._alarm(f"fails since {since:%Y-%m-%d %H:%M} UTC, and what it said last is kept: {error}")
            alarmed_at = now
        return replace(
            state,
            tried_at=now,
            failures=state.failures + 1,
            failing_since=since,
            error=str(error),
            alarmed_at=alarmed_at,
            empty_since=error.since if isinstance(error, _Emptied) else state.empty_since,
        )

    def _alarm(self, words: str) -> None:
        self.ports.alarms.raise_alarm("feed", f"the feed of {self.source.title} {words}")


def write(ports: Ports, by: str, wanted: Sequence[Change]) -> None:
    """Makes the changes of a feed the wanted ones, from now on. Raises Full, TooBusy.

    Each write decides upon what it finds, and for its own moment: those before it have changed the past for it.
    """
    for attempt in range(_WRITES):
        changes, now = ports.store.changes(), ports.clock.now()
        back, new = difference(changes.rows, by, wanted, now)
        if not back and not new:
            return
        if new:
            _make_sure_of_room(with_each(changes, [*back, *new], now), by, now)
        batch = sorted([*back, *new], key=lambda row: max(row.start, now))[:AT_ONCE]
        try:
            ports.store.put_changes(batch, changes, now)
        except Conflict:
            ports.clock.pause(attempt)
    raise TooBusy("others kept writing first")


def _make_sure_of_room(after: Changes, by: str, now: datetime) -> None:
    """Raises _NotTaken for more than a feed, or all of them, may take."""
    if weight((row for row in after.rows if row.made.by == by), now) > ROOM:
        raise _NotTaken("it says something else too often: what it took back in the last day is still kept")
    if weight((row for row in after.rows if row.made.fed), now) > ROOM_OF_ALL:
        raise _NotTaken("all feeds together say too much: there is no more room for them")


def host(source: Source) -> str:
    """All that may be told of a feed's address."""
    return urlsplit(source.url).hostname or ""

"""Who was, is and will be on call, as the table knows it: each instant asked of the revision in force then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tocsin.config.history import Era, eras
from tocsin.store.configuration import Applied
from tocsin.store.ports import Store

_FAR = datetime(9000, 1, 1, tzinfo=UTC)
_LATER = timedelta(microseconds=1)


def eras_of(store: Store, start: datetime, end: datetime, push: frozenset[str] = frozenset()) -> list[Era]:
    """What was in force in [start, end), the first era from its own beginning on. Empty before the first apply.

    ``push`` (``store.changes().push``) is for whoever asks how people are paged: who is on call needs none.
    """
    applied = store.applies(start, end)
    if not applied:
        return []
    changes = store.changes_since(min(start, _settled(applied)))
    current = [(one.at, store.revision(one.revision)) for one in applied]
    return eras(current, changes, push)


def next_apply(store: Store, now: datetime) -> datetime:
    """From when on an apply made now counts: later than the last one, whatever the clocks say."""
    return max([now, *(last.at + _LATER for last in store.applies(_FAR, _FAR))])


def _settled(applied: Sequence[Applied]) -> datetime:
    """From when on absences may matter to the first of them."""
    return min(applied[0].settled or applied[0].at, applied[0].at)

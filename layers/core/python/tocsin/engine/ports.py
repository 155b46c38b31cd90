"""Everything a use case acts through, in one hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tocsin.store.ports import Alarms, Clock, Executions, Ids, Metrics, PageQueue, Store

#: How often a decision is made anew because somebody else wrote first.
ATTEMPTS = 12
#: What is open and waits for nothing stands so far ahead in the auditor's index; whatever is open stands before it.
AHEAD, FAR = timedelta(days=3650), timedelta(days=3651)


class TooBusy(Exception):
    """Others kept writing first. The queue or the caller tries again."""


@dataclass(frozen=True, slots=True)
class Ports:
    """``page_cap`` is how many pages one incident may send between two acks; None for no limit.

    ``text_gap`` lies between two texts to one phone.
    ``verified_only``: numbers and mail addresses are paged only once they are known to be their person's.
    """

    store: Store
    pages: PageQueue
    executions: Executions
    clock: Clock
    ids: Ids
    alarms: Alarms
    metrics: Metrics
    page_cap: int | None = None
    verified_only: bool = False
    text_gap: timedelta = timedelta(minutes=1)

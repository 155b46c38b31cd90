"""Everything a use case acts through, in one hand."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.store.ports import Alarms, Clock, Executions, Ids, Metrics, PageQueue, Store


@dataclass(frozen=True, slots=True)
class Ports:
    """``page_cap`` is how many pages one incident may send between two acks; None for no limit."""

    store: Store
    pages: PageQueue
    executions: Executions
    clock: Clock
    ids: Ids
    alarms: Alarms
    metrics: Metrics
    page_cap: int | None = None

"""The door's ports: keys as stored, briefly remembered; the alert queue; the buckets of this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from tocsin.alerts.limits import Buckets
from tocsin.edge.queues import SqsEvents
from tocsin.engine.ingest import KeyRecord
from tocsin.store.ports import Clock, NoConfiguration, Store

#: Seconds for which a warm function knows a key without asking again. A revoked key works no longer than this.
REMEMBERED = 60.0
#: Keys remembered at most; beyond, all are forgotten at once.
MOST = 1000

CLOUDWATCH = "cloudwatch"


class StoredKeys:
    """Integration keys, each asked for at most once a minute. What is unknown is asked for every time."""

    def __init__(self, store: Store, monotonic: Callable[[], float] = time.monotonic) -> None:
        """``monotonic`` gives seconds that never run backwards."""
        self._store = store
        self._monotonic = monotonic
        self._known: dict[str, tuple[float, KeyRecord]] = {}

    def find(self, key_hash: str) -> KeyRecord | None:
        now = self._monotonic()
        known = self._known.get(key_hash)
        if known is not None and now - known[0] < REMEMBERED:
            return known[1]
        stored = self._store.key(key_hash)
        if stored is None or stored.revoked_at is not None:
            self._known.pop(key_hash, None)
            return None
        record = KeyRecord(stored.integration, self._source(stored.integration))
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key_hash] = (now, record)
        return record

    def _source(self, integration: str) -> str:
        """The integration's parser. One that left the configuration keeps its key: catch_all takes its events."""
        try:
            _, config = self._store.config()
        except NoConfiguration:
            return "generic"
        known = config.integrations.get(integration)
        return known.source if known is not None else "generic"


class Door:
    """See ``tocsin.engine.ingest.IngestPorts``."""

    def __init__(
        self,
        store: Store,
        events: SqsEvents,
        per_minute: int,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._clock = clock
        self.keys = StoredKeys(store, monotonic)
        self.events = events
        self.buckets = Buckets(per_minute, per_minute)

    def now(self) -> datetime:
        return self._clock.now()

    def default_integration(self) -> tuple[str, str]:
        try:
            _, config = self._store.config()
        except NoConfiguration:
            return "", CLOUDWATCH
        marked = next((one for one in config.integrations.values() if one.default), None)
        return (marked.name, marked.source) if marked is not None else ("", CLOUDWATCH)

"""Whoever watches the handset: a stream of changes, each with the revision it made."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from local.handset.records import plain

#: A watcher this far behind is let go; it comes back and asks for the whole state.
BACKLOG = 5000
KEEP_ALIVE_SECONDS = 15


class Hub:
    """Counts revisions and hands every change to every watcher. Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self.revision = 0
        self._watchers: set[asyncio.Queue[str | None]] = set()

    def changed(self, kind: str, item: object) -> None:
        self.revision += 1
        if not self._watchers:
            return
        event = _event("change", {"revision": self.revision, "kind": kind, "item": plain(item)})
        for watcher in list(self._watchers):
            try:
                watcher.put_nowait(event)
            except asyncio.QueueFull:
                self._let_go(watcher)

    async def watch(self, state: Callable[[], dict[str, Any]]) -> AsyncIterator[str]:
        """Server-sent events: the whole state first, then each change."""
        watcher: asyncio.Queue[str | None] = asyncio.Queue(BACKLOG)
        self._watchers.add(watcher)
        try:
            yield _event("state", state())
            while True:
                try:
                    event = await asyncio.wait_for(watcher.get(), KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if event is None:
                    return
                yield event
        finally:
            self._watchers.discard(watcher)

    def close(self) -> None:
        for watcher in list(self._watchers):
            self._let_go(watcher)

    def _let_go(self, watcher: asyncio.Queue[str | None]) -> None:
        self._watchers.discard(watcher)
        while not watcher.empty():
            watcher.get_nowait()
        watcher.put_nowait(None)


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"

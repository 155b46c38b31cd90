"""The in-memory store as functions see it: every request an effect, and an index that lags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from tests.simulation.effects import Effects
from tests.simulation.kernel import Kernel, Process, us
from tocsin.config.compile import compile_config
from tocsin.config.model import Config
from tocsin.config.revision import unpack
from tocsin.incidents.alert import Fate
from tocsin.incidents.incident import Entry, Incident
from tocsin.incidents.plan import Page
from tocsin.store.memory import MemoryStore
from tocsin.store.ports import Commit, Message, Opening, PageRecord

_READ = ("crash", "error", "slow")
_WRITE = (*_READ, "lost")
_GUARDED = (*_WRITE, "conflict")
#: One request under a condition: botocore tries it again when its answer is lost, and meets its own write. A
#: transaction has a token for that, and a claim bears a name.
_ECHOING = (*_GUARDED, "echo")

_KINDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("config", "alert", "incident", "alert_of", "overdue", "timeline", "current_revision"), _READ
    ),
    **dict.fromkeys(("page", "pages", "message", "phone", "calls", "link", "key"), _READ),
    **dict.fromkeys(("put_fates", "note_resolve", "mark_sent", "add_entries", "note_receipt"), _WRITE),
    **dict.fromkeys(
        ("claim_page", "claim_notice", "finish_notice", "put_link", "next_number", "bind_text"), _WRITE
    ),
    **dict.fromkeys(("open_incident", "commit", "finish_page"), _GUARDED),
    **dict.fromkeys(("count", "put_phone", "put_calls"), _ECHOING),
}

_compiled: dict[str, Config] = {}


class World(MemoryStore):
    """The one store of a history. It tells ``witness`` what was written, and ``stream`` each new line of a timeline."""

    def __init__(self, kernel: Kernel, lag: float) -> None:
        super().__init__()
        self.kernel = kernel
        self._lag = us(lag)
        self.witness: Any = None
        self.stream: Callable[[int, Entry], None] = lambda number, entry: None
        self._audits: dict[int, list[tuple[int, datetime | None]]] = {}

    def revision(self, id: str) -> Config:
        """Compiled once for all histories: revisions never change."""
        config = _compiled.get(id)
        if config is None:
            config = _compiled[id] = compile_config(unpack(self._blobs[id]))
        return config

    def config(self) -> tuple[str, Config]:
        if self._pointer is None:
            return super().config()
        return self._pointer, self.revision(self._pointer)

    def open_incident(self, opening: Opening, audit_at: datetime | None) -> None:
        super().open_incident(opening, audit_at)
        self.witness.opened(opening)

    def commit(self, commit: Commit, audit_at: datetime | None) -> None:
        super().commit(commit, audit_at)
        self.witness.committed(commit)

    def claim_page(
        self, number: int, page: Page, now: datetime, lease_until: datetime
    ) -> tuple[bool, PageRecord]:
        won, record = super().claim_page(number, page, now, lease_until)
        if won:
            self.witness.claimed(record)
        return won, record

    def finish_page(
        self, record: PageRecord, entries: Sequence[Entry], message: Message | None, now: datetime
    ) -> None:
        super().finish_page(record, entries, message, now)
        self.witness.recorded(record)

    def put_fates(self, fates: Sequence[Fate]) -> None:
        super().put_fates(fates)
        self.witness.settled(fates)

    def mark_sent(self, number: int, pages: Sequence[str]) -> None:
        super().mark_sent(number, pages)
        self.witness.handed_on(number, pages)

    def _write(
        self, incident: Incident, entries: Sequence[Entry], fates: Sequence[Fate], audit_at: datetime | None
    ) -> None:
        super()._write(incident, entries, fates, audit_at)
        self._audits.setdefault(incident.number, []).append((self.kernel.now, audit_at))
        self.witness.settled(fates)

    def _add(self, number: int, entries: Sequence[Entry]) -> None:
        known = self._entries.get(number, {})
        fresh = [entry for entry in entries if (entry.at, entry.id) not in known]
        super()._add(number, entries)
        for entry in fresh:
            self.stream(number, entry)

    def overdue(self, before: datetime, limit: int) -> Sequence[int]:
        """The index as it was ``lag`` ago."""
        seen = self.kernel.now - self._lag
        late = []
        for number, written in self._audits.items():
            at = next((at for when, at in reversed(written) if when <= seen), None)
            if at is not None and at < before:
                late.append((at, number))
        return tuple(number for _, number in sorted(late)[:limit])

    def all_fates(self) -> dict[str, Fate]:
        return self._fates

    def all_alerts(self) -> Sequence[Any]:
        return tuple(self._alerts.values())

    def numbers(self) -> Sequence[int]:
        return tuple(self._incidents)


class Seen:
    """The store as one run of a function sees it."""

    def __init__(self, world: World, process: Process, effects: Effects) -> None:
        self._world = world
        self._process = process
        self._effects = effects

    def revision(self, id: str) -> Config:
        """Cached for ever by every process, so no effect to speak of."""
        return self._world.revision(id)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        kinds = _KINDS[name]
        method = getattr(self._world, name)
        process, effects = self._process, self._effects

        def request(*arguments: Any) -> Any:
            return effects(process, name, lambda: method(*arguments), kinds, arguments)

        object.__setattr__(self, name, request)
        return request

"""The in-memory store as functions see it: every request an effect, and an index that lags."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from tests.simulation.effects import Effects
from tests.simulation.kernel import Kernel, Process, us
from tests.simulation.tally import Merge
from tocsin.alerts.event import AlertEvent
from tocsin.config.compile import compile_config
from tocsin.config.model import Config
from tocsin.config.revision import unpack
from tocsin.incidents.alert import Alert, Fate, FateKind
from tocsin.incidents.incident import Entry
from tocsin.incidents.plan import Page
from tocsin.oncall.changes import Change, Changes
from tocsin.store.incidents import Commit, Opening
from tocsin.store.memory import MemoryStore
from tocsin.store.pages import Message, PageRecord

_READ = ("crash", "error", "slow")
_WRITE = (*_READ, "lost")
_GUARDED = (*_WRITE, "conflict")
#: One request under a condition: botocore tries it again when its answer is lost, and meets its own write. A
#: transaction has a token for that, and a claim bears a name.
_ECHOING = (*_GUARDED, "echo")

_KINDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("config", "in_force", "changes", "alert", "incident", "alert_of", "overdue", "timeline"), _READ
    ),
    **dict.fromkeys(
        (
            "current_revision",
            "applies",
            "changes_since",
            "mark",
            "page",
            "pages",
            "message",
            "phone",
            "calls",
            "link",
            "notice_said",
            "key",
        ),
        _READ,
    ),
    **dict.fromkeys(
        ("put_fates", "note_resolve", "mark_sent", "add_entries", "note_receipt", "note_shown"), _WRITE
    ),
    **dict.fromkeys(
        (
            "claim_page",
            "claim_notice",
            "finish_notice",
            "put_link",
            "put_message",
            "next_number",
            "next_turn",
            "bind_text",
            "settle_text",
            "put_mark",
        ),
        _WRITE,
    ),
    **dict.fromkeys(("open_incident", "commit", "merge", "finish_page", "put_change", "apply"), _GUARDED),
    **dict.fromkeys(("count", "put_phone", "put_calls"), _ECHOING),
}

#: Those that may be written by several people, and are told apart by who does.
_BY_HAND = ("put_change", "apply")

#: The teams' own revisions, compiled once for all histories: they never change.
_compiled: dict[str, Config] = {}


class Witnessed:
    """What both stores of the simulation add to the one they are: they tell what was written, and let the index lag.

    ``witness`` hears of every write that took effect, ``stream`` of each new line of a timeline.
    """

    kernel: Kernel
    witness: Any
    stream: Callable[[int, Entry], None]

    def begin(self, kernel: Kernel, lag: float) -> None:
        self.kernel = kernel
        self._lag = us(lag)
        self._packed: dict[str, bytes] = {}
        self._with_facts: dict[str, Config] = {}
        self._hand: Process | None = None
        self._audits: dict[int, list[tuple[int, datetime | None]]] = {}
        self._lines: set[tuple[int, datetime, str]] = set()

    # configuration

    def apply(
        self,
        id: str,
        blob: bytes,
        expected: str | None,
        at: datetime,
        by: str,
        settled: datetime | None = None,
    ) -> None:
        super().apply(id, blob, expected, at, by, settled)  # type: ignore[misc]
        self._packed[id] = blob
        self.witness.became_current(id, blob, at, self._hand)

    def put_change(self, change: Change, upon: Changes, now: datetime) -> Changes:
        after: Changes = super().put_change(change, upon, now)  # type: ignore[misc]
        self.witness.changed(change, self._hand)
        return after

    def by_hand(self, process: Process, method: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        """A request, so that the witness knows whose it was."""
        self._hand = process
        try:
            return method(*arguments)
        finally:
            self._hand = None

    def revision(self, id: str) -> Config:
        """Compiled once in a history; without facts once for all of them: revisions never change."""
        config = self._with_facts.get(id) or _compiled.get(id)
        if config is None:
            document, facts = unpack(self._packed[id])
            config = compile_config(document, facts=facts)
            (self._with_facts if facts else _compiled)[id] = config
        return config

    def config(self) -> tuple[str, Config]:
        id = self.current_revision()  # type: ignore[attr-defined]
        return (id, self.revision(id)) if id is not None else super().config()  # type: ignore[misc]

    def in_force(self) -> tuple[str, Config, Changes]:
        id, config = self.config()
        return id, config, self.changes()  # type: ignore[attr-defined]

    # what is written

    def open_incident(self, opening: Opening, audit_at: datetime | None) -> None:
        super().open_incident(opening, audit_at)  # type: ignore[misc]
        self._written(opening.incident.number, opening.entries, opening.fates, audit_at)
        self.witness.opened(opening)
        self.witness.tally.is_at(self.kernel.now, opening.alert)

    def count(self, alert: Alert, times: int, seq: str, last_seen: datetime, came_at: datetime) -> None:
        super().count(alert, times, seq, last_seen, came_at)  # type: ignore[misc]
        self.witness.tally.is_at(self.kernel.now, self.alert(alert.key)[0])  # type: ignore[attr-defined]

    def next_turn(self, policy: str) -> tuple[int, int]:
        number, turn = super().next_turn(policy)  # type: ignore[misc]
        self.witness.tally.turns.append((policy, number))
        return number, turn

    def commit(self, commit: Commit, audit_at: datetime | None) -> None:
        number, known = commit.incident.number, self.alerts(commit.incident.alerts)
        open_ = [alert.key for alert in known if alert.open and alert.incident == number]
        super().commit(commit, audit_at)  # type: ignore[misc]
        if not commit.incident.open and any(fate.kind is FateKind.RESOLVED for fate in commit.fates):
            self.witness.tally.recoveries.append((number, open_))
        self._written(commit.incident.number, commit.entries, commit.fates, audit_at)
        self.witness.committed(commit)

    def merge(
        self, source: Commit, target: Commit, moved: Sequence[Alert], audit_at: datetime | None
    ) -> None:
        super().merge(source, target, moved, audit_at)  # type: ignore[misc]
        tally, now = self.witness.tally, self.kernel.now
        one, other = source.incident.number, target.incident.number
        tally.merges.append(Merge(now, one, other, frozenset(alert.key for alert in moved)))
        for alert in moved:
            tally.is_at(now, self.alert(alert.key)[0])  # type: ignore[attr-defined]
        for commit, due in ((source, None), (target, audit_at)):
            self._written(commit.incident.number, commit.entries, commit.fates, due)
            self.witness.committed(commit)

    def _written(
        self, number: int, entries: Sequence[Entry], fates: Sequence[Fate], audit_at: datetime | None
    ) -> None:
        self._audits.setdefault(number, []).append((self.kernel.now, audit_at))
        self.witness.settled(fates)
        self._said(number, entries)

    def _said(self, number: int, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if (number, entry.at, entry.id) not in self._lines:
                self._lines.add((number, entry.at, entry.id))
                self.stream(number, entry)

    def add_entries(self, number: int, entries: Sequence[Entry]) -> None:
        super().add_entries(number, entries)  # type: ignore[misc]
        self._said(number, entries)

    def claim_page(
        self, number: int, page: Page, now: datetime, lease_until: datetime
    ) -> tuple[bool, PageRecord]:
        won, record = super().claim_page(number, page, now, lease_until)  # type: ignore[misc]
        if won:
            self.witness.claimed(record)
        return won, record

    def finish_page(
        self, record: PageRecord, entries: Sequence[Entry], message: Message | None, now: datetime
    ) -> None:
        super().finish_page(record, entries, message, now)  # type: ignore[misc]
        self._said(record.incident, entries)
        self.witness.recorded(record)

    def put_fates(self, fates: Sequence[Fate]) -> None:
        super().put_fates(fates)  # type: ignore[misc]
        self.witness.settled(fates)

    def overdue(self, before: datetime, limit: int) -> Sequence[int]:
        """The index as it was ``lag`` ago."""
        seen = self.kernel.now - self._lag
        late = []
        for number, written in self._audits.items():
            at = next((at for when, at in reversed(written) if when <= seen), None)
            if at is not None and at < before:
                late.append((at, number))
        return tuple(number for _, number in sorted(late)[:limit])

    # for those who judge

    def numbers(self) -> Sequence[int]:
        return tuple(self._audits)

    def settled(self, events: Iterable[AlertEvent]) -> dict[str, Fate]:
        """The fates that stand in the store, of these events."""
        fates: dict[str, Fate] = {}
        for event in events:
            fates |= self.alert(event.group(), [event.id])[1]  # type: ignore[attr-defined]
        return fates

    def alerts(self, keys: Iterable[str]) -> Sequence[Alert]:
        found = (self.alert(key)[0] for key in keys)  # type: ignore[attr-defined]
        return tuple(alert for alert in found if alert is not None)


class World(Witnessed, MemoryStore):
    """The one store of a history, in memory."""


class Seen:
    """The store as one run of a function sees it."""

    def __init__(self, world: Witnessed, process: Process, effects: Effects) -> None:
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
            act = (
                partial(self._world.by_hand, process, method, arguments)
                if name in _BY_HAND
                else partial(method, *arguments)
            )
            return effects(process, name, act, kinds, arguments)

        object.__setattr__(self, name, request)
        return request

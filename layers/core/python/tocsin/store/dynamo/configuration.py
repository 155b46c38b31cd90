"""Revisions, the pointer to the current one, and integration keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from tocsin.incidents.times import iso
from tocsin.store.common import Revisions, at_once, nothing_applied, pack_changes, unpack_changes
from tocsin.store.dynamo.attributes import Instant, Integer, Json
from tocsin.store.dynamo.items import HEAD, Item, head
from tocsin.store.dynamo.table import Put, Refused, Table, Update, same
from tocsin.store.ports import Conflict, Full

# Every function loads this with the store: what only some of them ask for is imported when they do.
if TYPE_CHECKING:
    from tocsin.config.model import Config
    from tocsin.oncall.changes import Change, Changes
    from tocsin.store.configuration import Access, Applied, KeyRecord

_CONFIG = "CONFIG"
_ACCESS, _HASH = "ACCESS", "HASH#"
_POINTER = (_CONFIG, "POINTER")
_CHANGES = (_CONFIG, "CHANGES")
#: An item holds 400 KB.
_PART_BYTES = 350_000
_MOST_CHANGES = 380_000


class PointerItem(Item):
    """Which revision is current, since when, and who made it so."""

    revision = UnicodeAttribute()
    at = Instant()
    by = UnicodeAttribute()
    settled = Instant(null=True)


class ChangesItem(Item):
    """What people changed from day to day and may still matter: JSON text, packed."""

    version = Integer()
    blob = BinaryAttribute(legacy_encoding=False)
    push = Json(null=True)


class ChangeItem(Item):
    """One such change, kept for ever."""

    change = Json()


class AppliedItem(PointerItem):
    """That a revision became current, once for each time. ``before`` is the one until then."""

    before = UnicodeAttribute(null=True)


class RevisionItem(Item):
    """A part of a revision's packed document."""

    blob = BinaryAttribute(legacy_encoding=False)


class KeyItem(Item):
    """An integration key."""

    integration = UnicodeAttribute()
    created_at = Instant()
    revoked_at = Instant(null=True)


class AccessItem(Item):
    """What a secret opens."""

    kind = UnicodeAttribute()
    subject = UnicodeAttribute()
    name = UnicodeAttribute()
    created_at = Instant()
    created_by = UnicodeAttribute()
    alarms = Json(default=list)
    revoked_at = Instant(null=True)

    def access(self) -> Access:
        from tocsin.store.configuration import Access

        return Access(
            self.sk.removeprefix(_HASH),
            "api" if self.kind == "api" else "calendar",
            self.subject,
            self.name,
            self.created_at,
            self.created_by,
            tuple(self.alarms),
            self.revoked_at,
        )


class Configuration:
    """The part of the store that knows configurations and keys."""

    def __init__(
        self, table: Table, pointer_ttl: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """``pointer_ttl``: for how many seconds ``config`` takes the pointer for unchanged."""
        self._table = table
        self._revisions = Revisions(self._blob)
        self._pointer_ttl = pointer_ttl
        self._monotonic = monotonic
        self._pointer: tuple[str, float] | None = None
        # The changes read last, by their version: reading them again is most often reading the same.
        self._known: Changes | None = None

    def config(self) -> tuple[str, Config]:
        now = self._monotonic()
        if self._pointer is None or now >= self._pointer[1]:
            id = self.current_revision()
            if id is None:
                raise nothing_applied()
            self._pointer = id, now + self._pointer_ttl
        return self._pointer[0], self._revisions.get(self._pointer[0])

    def revision(self, id: str) -> Config:
        return self._revisions.get(id)

    def current_revision(self) -> str | None:
        raw = self._table.read(_POINTER)
        return PointerItem.from_raw_data(raw).revision if raw is not None else None

    def apply(
        self,
        id: str,
        blob: bytes,
        expected: str | None,
        at: datetime,
        by: str,
        settled: datetime | None = None,
    ) -> None:
        parts = [blob[start : start + _PART_BYTES] for start in range(0, len(blob), _PART_BYTES)]
        pointer = PointerItem(*_POINTER, revision=id, at=at, by=by, settled=settled)
        applied = AppliedItem(
            _CONFIG, f"APPLIED#{iso(at)}#{id}", revision=id, at=at, by=by, before=expected, settled=settled
        )
        upon = same(PointerItem.revision, expected)
        self._pointer = None
        self._table.transact(
            [
                *(
                    Put(RevisionItem(_CONFIG, f"{_revision(id)}{index:02d}", blob=part))
                    for index, part in enumerate(parts)
                ),
                Put(applied),
                Update(
                    _POINTER, pointer.changes(), upon if expected is None else upon & (PointerItem.at < at)
                ),
            ]
        )

    def applies(self, start: datetime, end: datetime) -> Sequence[Applied]:
        from tocsin.store.configuration import Applied

        low, middle, high = "APPLIED#", f"APPLIED#{iso(start)}#~", f"APPLIED#{iso(end)}"
        before = self._table.query_between(_CONFIG, low, middle, backwards=True, limit=1)
        found = [*before, *(self._table.query_between(_CONFIG, middle, high) if start < end else ())]
        items = [AppliedItem.from_raw_data(raw) for raw in found]
        return tuple(Applied(item.revision, item.at, item.by, item.before, item.settled) for item in items)

    # what people change from day to day

    def in_force(self) -> tuple[str, Config, Changes]:
        id, changes = self._read_changes()
        if id is None:
            raise nothing_applied()
        return id, self._revisions.get(id), changes

    def changes(self) -> Changes:
        return self._read_changes()[1]

    def put_change(self, change: Change, upon: Changes, now: datetime) -> Changes:
        return self.put_changes((change,), upon, now)

    def put_changes(self, altered: Sequence[Change], upon: Changes, now: datetime) -> Changes:
        from tocsin.oncall.changes import with_each
        from tocsin.oncall.changes_json import as_json

        after = with_each(upon, at_once(altered), now)
        blob = pack_changes(after.rows)
        if len(blob) > _MOST_CHANGES and any(upon.find(change.made.id) is None for change in altered):
            raise Full(
                "too many changes are kept: cancel some of those to come; leave that is over is settled by the next"
                " tocsin apply that changes something"
            )
        self._table.transact(
            [
                *(Put(ChangeItem(_CONFIG, _change(change), change=as_json(change))) for change in altered),
                changes_written(after, blob, upon),
            ]
        )
        return after

    def changes_since(self, at: datetime) -> Sequence[Change]:
        from tocsin.oncall.changes_json import from_json

        rows = self._table.query_between(_CONFIG, f"CHANGE#{iso(at)}#~", "CHANGE#~")
        found = [from_json(ChangeItem.from_raw_data(raw).change) for raw in rows]
        return tuple(sorted(found, key=lambda change: (change.made.at, change.made.id)))

    def _read_changes(self) -> tuple[str | None, Changes]:
        """The pointer and the changes, in one request."""
        from tocsin.oncall.changes import Changes

        found = self._table.read_many([_POINTER, _CHANGES])
        pointer = PointerItem.from_raw_data(found[_POINTER]) if _POINTER in found else None
        settled = pointer.settled if pointer is not None else None
        id = pointer.revision if pointer is not None else None
        raw = found.get(_CHANGES)
        if raw is None:
            return id, Changes(settled=settled)
        version = int(raw["version"]["N"])
        if self._known is None or self._known.version != version:
            item = ChangesItem.from_raw_data(raw)
            self._known = Changes(unpack_changes(item.blob), version, push=frozenset(item.push or ()))
        return id, replace(self._known, settled=settled)

    def _blob(self, id: str) -> bytes | None:
        parts = [RevisionItem.from_raw_data(raw).blob for raw in self._table.query(_CONFIG, _revision(id))]
        return b"".join(parts) if parts else None

    def key(self, hash: str) -> KeyRecord | None:
        from tocsin.store.configuration import KeyRecord

        raw = self._table.read(head("KEY", hash))
        if raw is None:
            return None
        item = KeyItem.from_raw_data(raw)
        return KeyRecord(hash, item.integration, item.created_at, item.revoked_at)

    def put_key(self, key: KeyRecord) -> None:
        item = KeyItem(
            f"KEY#{key.hash}",
            HEAD,
            integration=key.integration,
            created_at=key.created_at,
            revoked_at=key.revoked_at,
        )
        try:
            self._table.put(item, KeyItem.pk.does_not_exist())
        except Refused as refused:
            raise Conflict(f"the key hash {key.hash} is taken") from refused

    def access(self, hash: str) -> Access | None:
        raw = self._table.read((_ACCESS, _HASH + hash))
        return AccessItem.from_raw_data(raw).access() if raw is not None else None

    def accesses(self) -> Sequence[Access]:
        found = [AccessItem.from_raw_data(raw).access() for raw in self._table.query(_ACCESS, _HASH)]
        return tuple(sorted(found, key=lambda one: (one.created_at, one.hash)))

    def put_access(self, access: Access) -> None:
        self._table.put(
            AccessItem(
                _ACCESS,
                _HASH + access.hash,
                kind=access.kind,
                subject=access.subject,
                name=access.name,
                created_at=access.created_at,
                created_by=access.created_by,
                alarms=list(access.alarms),
                revoked_at=access.revoked_at,
            )
        )


def changes_written(after: Changes, blob: bytes, upon: Changes) -> Update:
    """The step of a transaction that puts ``after``, packed as ``blob``, in the place of ``upon``."""
    item = ChangesItem(*_CHANGES, version=after.version, blob=blob, push=sorted(after.push) or None)
    return Update(_CHANGES, item.changes(), same(ChangesItem.version, upon.version or None))


def _change(change: Change) -> str:
    from tocsin.oncall.changes import over

    return f"CHANGE#{iso(over(change))}#{change.made.id}"


def _revision(id: str) -> str:
    return f"REV#{id}#"

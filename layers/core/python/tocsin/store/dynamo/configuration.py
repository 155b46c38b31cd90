"""Revisions, the pointer to the current one, and integration keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from tocsin.config.model import Config
from tocsin.incidents.times import iso
from tocsin.store.common import Revisions, nothing_applied
from tocsin.store.dynamo.attributes import Instant
from tocsin.store.dynamo.items import HEAD, Item, head
from tocsin.store.dynamo.table import Put, Refused, Table, Update, same
from tocsin.store.ports import Conflict, KeyRecord

_CONFIG = "CONFIG"
_POINTER = (_CONFIG, "POINTER")
#: An item holds 400 KB.
_PART_BYTES = 350_000


class PointerItem(Item):
    """Which revision is current, since when, and who made it so."""

    revision = UnicodeAttribute()
    at = Instant()
    by = UnicodeAttribute()


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

    def apply(self, id: str, blob: bytes, expected: str | None, at: datetime, by: str) -> None:
        parts = [blob[start : start + _PART_BYTES] for start in range(0, len(blob), _PART_BYTES)]
        pointer = PointerItem(*_POINTER, revision=id, at=at, by=by)
        applied = AppliedItem(_CONFIG, f"APPLIED#{iso(at)}#{id}", revision=id, at=at, by=by, before=expected)
        self._pointer = None
        self._table.transact(
            [
                *(
                    Put(RevisionItem(_CONFIG, f"{_revision(id)}{index:02d}", blob=part))
                    for index, part in enumerate(parts)
                ),
                Put(applied),
                Update(_POINTER, pointer.changes(), same(PointerItem.revision, expected)),
            ]
        )

    def _blob(self, id: str) -> bytes | None:
        parts = [RevisionItem.from_raw_data(raw).blob for raw in self._table.query(_CONFIG, _revision(id))]
        return b"".join(parts) if parts else None

    def key(self, hash: str) -> KeyRecord | None:
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


def _revision(id: str) -> str:
    return f"REV#{id}#"

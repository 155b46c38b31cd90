"""Alerts, and the fates of events."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Self

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, UnicodeAttribute

from tocsin.incidents.alert import Alert, Fate, FateKind
from tocsin.store.common import asked, kept
from tocsin.store.dynamo.attributes import Instant, Integer
from tocsin.store.dynamo.items import Item, Key, expiry, head
from tocsin.store.dynamo.table import Refused, Table, same

#: A queue keeps a message for 14 days, its dead letters for 14 more: no event comes again after that.
FATE_LIFE = timedelta(days=35)
#: A payload longer than this is stored compressed.
_COMPRESSED = 1024


class AlertItem(Item):
    """The figures of an alert: those of its key, or those that an incident keeps."""

    integration = UnicodeAttribute()
    dedup_key = UnicodeAttribute()
    open = BooleanAttribute()
    incident = Integer(null=True)
    title = UnicodeAttribute(default="")
    severity = UnicodeAttribute(default="unknown")
    total = Integer(attr_name="count", default=0)
    first_seen = Instant(null=True)
    last_seen = Instant(null=True)
    came_at = Instant(null=True)
    resolve_came_at = Instant(null=True)
    last_seq = UnicodeAttribute(default="")
    muted_until = Instant(null=True)

    @classmethod
    def of(cls, key: Key, alert: Alert) -> Self:
        alert = kept(alert)
        return cls(
            *key,
            integration=alert.integration,
            dedup_key=alert.dedup_key,
            open=alert.open,
            incident=alert.incident,
            title=alert.title,
            severity=alert.severity,
            total=alert.count,
            first_seen=alert.first_seen,
            last_seen=alert.last_seen,
            came_at=alert.came_at,
            resolve_came_at=alert.resolve_came_at,
            last_seq=alert.last_seq,
            muted_until=alert.muted_until,
        )

    def alert(self, key: str) -> Alert:
        return Alert(
            key=key,
            integration=self.integration,
            dedup_key=self.dedup_key,
            open=self.open,
            incident=self.incident,
            title=self.title,
            severity=self.severity,
            count=self.total,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            came_at=self.came_at,
            resolve_came_at=self.resolve_came_at,
            last_seq=self.last_seq,
            muted_until=self.muted_until,
        )


class AlertCopyItem(AlertItem):
    """An incident's alert, with the event that opened it: as text, or compressed when it is long."""

    payload = UnicodeAttribute(null=True)
    payload_z = BinaryAttribute(legacy_encoding=False, null=True)

    def pack(self, payload: str) -> None:
        if len(payload) > _COMPRESSED:
            self.payload_z = zlib.compress(payload.encode(), 6)
        else:
            self.payload = payload

    def unpacked(self) -> str | None:
        packed: bytes | None = self.payload_z
        return self.payload if packed is None else zlib.decompress(packed).decode()


class FateItem(Item):
    """What became of an event."""

    kind = UnicodeAttribute()
    at = Instant()
    integration = UnicodeAttribute()
    alert = UnicodeAttribute()
    incident = Integer(null=True)
    rule = UnicodeAttribute(null=True)
    expires = Integer()

    @classmethod
    def of(cls, fate: Fate) -> FateItem:
        return cls(
            *fate_key(fate.event),
            kind=fate.kind.value,
            at=fate.at,
            integration=fate.integration,
            alert=fate.alert,
            incident=fate.incident,
            rule=fate.rule,
            expires=expiry(fate.at, FATE_LIFE),
        )

    def fate(self, event: str) -> Fate:
        return Fate(
            event, FateKind(self.kind), self.at, self.integration, self.alert, self.incident, self.rule
        )


def alert_key(key: str) -> Key:
    return head("ALERT", key)


def copy_key(number: int, key: str) -> Key:
    return f"INC#{number}", f"ALERT#{key}"


def fate_key(event: str) -> Key:
    return f"EVENT#{event}", "FATE"


class Alerts:
    """The part of the store that knows alerts and fates."""

    _table: Table

    def alert(self, key: str, events: Sequence[str] = ()) -> tuple[Alert | None, Mapping[str, Fate]]:
        wanted = asked(events)
        found = self._table.read_many((alert_key(key), *map(fate_key, wanted)))
        raw = found.get(alert_key(key))
        fates = {
            event: FateItem.from_raw_data(found[fate_key(event)]).fate(event)
            for event in wanted
            if fate_key(event) in found
        }
        return AlertItem.from_raw_data(raw).alert(key) if raw is not None else None, fates

    def count(self, alert: Alert, times: int, seq: str, last_seen: datetime, came_at: datetime) -> None:
        # The stored ``came_at`` is that of ``alert``, since they have the same ``last_seq``.
        latest = came_at if alert.came_at is None else max(alert.came_at, came_at)
        self._table.update(
            alert_key(alert.key),
            [
                AlertItem.total.set(AlertItem.total + times),
                AlertItem.last_seq.set(seq),
                AlertItem.last_seen.set(last_seen),
                AlertItem.came_at.set(latest),
            ],
            (AlertItem.open == True)  # noqa: E712
            & same(AlertItem.incident, alert.incident)
            & (AlertItem.last_seq == alert.last_seq),
        )

    def note_resolve(self, key: str, integration: str, dedup_key: str, came_at: datetime) -> None:
        blank = AlertItem.of(alert_key(key), Alert(key, integration, dedup_key, open=False))
        attributes = AlertItem.get_attributes()
        known = [
            name for name in set(blank.attribute_values) - {"pk", "sk"} if getattr(blank, name) is not None
        ]
        try:
            self._table.update(
                alert_key(key),
                [
                    *(attributes[name].set(attributes[name] | getattr(blank, name)) for name in known),
                    AlertItem.resolve_came_at.set(came_at),
                ],
                (AlertItem.open.does_not_exist() | (AlertItem.open == False))  # noqa: E712
                & (AlertItem.resolve_came_at.does_not_exist() | (AlertItem.resolve_came_at < came_at)),
                patient=True,
            )
        except Refused:
            return

    def put_fates(self, fates: Sequence[Fate]) -> None:
        self._table.put_many(map(FateItem.of, fates))

    def alert_of(self, number: int, key: str) -> tuple[Alert | None, str | None]:
        found = self._table.read_many((alert_key(key), copy_key(number, key)))
        current, copy = found.get(alert_key(key)), found.get(copy_key(number, key))
        payload = AlertCopyItem.from_raw_data(copy).unpacked() if copy is not None else None
        if current is not None:
            alert = AlertItem.from_raw_data(current).alert(key)
            if alert.incident == number:
                return alert, payload
        return AlertItem.from_raw_data(copy).alert(key) if copy is not None else None, payload
